//! Conditions of rules: `item.genre = Horror and (time.hour < 6 or user.age < 18)`.
//!
//! ```text
//! condition  = all {"or" all}            all = one {"and" one}
//! one        = ["not"] ( "(" condition ")" | field comparison value | field )
//! comparison = "=" | "!=" | "<" | "<=" | ">" | ">="
//! field      = item.id | item.label | item.raters | item.new | item.COLUMN | user.id | user.ratings | user.session
//!            | user.COLUMN | time.hour | time.weekday | store.age | score | source
//! value      = number | word | 'text' | "text"
//! ```
//!
//! A column of names (genres) equals a value where it has it among its names. Hours are UTC's, 0 to 23; weekdays `monday` to
//! `sunday`; `store.age` is in hours; `score` is the normalized score at the rule's stage, 0 to 1 before boosts. A field that
//! says nothing about an item or user makes every comparison false but `!=`. A field alone asks whether it says anything
//! that is not 0.

use std::fmt;

use super::Catalog;
use crate::data::AttributeKind;

/// A condition over item, user, time, store and score.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    text: String,
    root: Node,
}

/// What is wrong with a condition, and where: the byte of its text at which it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    pub at: usize,
    pub what: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Says {
        field: Field,
        at: usize,
    },
    Compare {
        field: Field,
        at: usize,
        sign: Sign,
        value: Value,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Equal,
    Differs,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// As written; those of two characters come first.
const SIGNS: [(&str, Sign); 7] = [
    ("!=", Sign::Differs),
    ("<=", Sign::AtMost),
    (">=", Sign::AtLeast),
    ("==", Sign::Equal),
    ("=", Sign::Equal),
    ("<", Sign::Less),
    (">", Sign::More),
];

#[derive(Clone, Debug, PartialEq)]
struct Value {
    text: String,
    number: Option<f64>,
}

/// What a comparison looks at.
#[derive(Clone, Debug, PartialEq)]
enum Field {
    ItemId,
    ItemLabel,
    ItemRaters,
    ItemNew,
    Item(String),
    UserId,
    UserRatings,
    UserSession,
    User(String),
    Hour,
    Weekday,
    StoreAge,
    Score,
    Source,
}

const PLAIN: [(&str, Field); 12] = [
    ("item.id", Field::ItemId),
    ("item.label", Field::ItemLabel),
    ("item.raters", Field::ItemRaters),
    ("item.new", Field::ItemNew),
    ("user.id", Field::UserId),
    ("user.ratings", Field::UserRatings),
    ("user.session", Field::UserSession),
    ("time.hour", Field::Hour),
    ("time.weekday", Field::Weekday),
    ("store.age", Field::StoreAge),
    ("score", Field::Score),
    ("source", Field::Source),
];

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// What is known when a rule is applied, whatever the item.
#[derive(Clone, Debug, Default)]
pub struct Facts<'a> {
    pub user: &'a str,
    /// (column, what it says); several names joined by `, `.
    pub features: &'a [(String, String)],
    /// How many items the user had rated.
    pub ratings: usize,
    /// How many events the session has.
    pub session: usize,
    /// Seconds since 1970.
    pub now: i64,
    /// Age of the record, in hours.
    pub age_hours: f64,
    /// Names of the sources, by bit.
    pub sources: &'a [String],
}

/// The item that is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Looked {
    pub item: u32,
    pub score: f64,
    pub sources: u8,
}

/// A condition that knows its catalog.
#[derive(Clone, Debug)]
pub struct Bound(BoundNode);

#[derive(Clone, Debug)]
enum BoundNode {
    Any(Vec<BoundNode>),
    All(Vec<BoundNode>),
    Not(Box<BoundNode>),
    Says(BoundField),
    Compare(BoundField, Sign, Value),
}

#[derive(Clone, Debug)]
enum BoundField {
    Plain(Field),
    /// A column of item numbers.
    Number(usize),
    /// A column of item names, and the number of the name that is asked for.
    Names(usize, Option<u32>),
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong, and at which byte.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        let mut parser = Parser { text, at: 0, depth: 0 };
        let root = parser.any()?;
        parser.skip();
        if parser.at < text.len() {
            return Err(parser.wrong("expected and, or, or the end"));
        }
        Ok(Self {
            text: text.to_owned(),
            root,
        })
    }

    /// The condition over this catalog, and users of whom these columns are known.
    ///
    /// # Errors
    /// A column that neither has, with those that there are.
    pub fn bind(&self, catalog: &Catalog, user_columns: &[String]) -> Result<Bound, Mistake> {
        bind(&self.root, catalog, user_columns).map(Bound)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.trim())
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

/// Deeper than anybody writes, and far from where the stack ends.
const DEEPEST: usize = 64;

impl<'a> Parser<'a> {
    fn wrong(&self, what: impl Into<String>) -> Mistake {
        Mistake {
            at: self.at,
            what: what.into(),
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Takes `word`, where it stands by itself.
    fn word(&mut self, word: &str) -> bool {
        self.skip();
        let Some(after) = self.rest().strip_prefix(word) else {
            return false;
        };
        let goes_on = after.starts_with(|c: char| c.is_alphanumeric() || c == '.' || c == '_' || c == '-');
        if !goes_on {
            self.at += word.len();
        }
        !goes_on
    }

    fn any(&mut self) -> Result<Node, Mistake> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.wrong("too many parentheses"));
        }
        let mut parts = vec![self.all()?];
        while self.word("or") {
            parts.push(self.all()?);
        }
        self.depth -= 1;
        Ok(one_of(parts, Node::Any))
    }

    fn all(&mut self) -> Result<Node, Mistake> {
        let mut parts = vec![self.one()?];
        while self.word("and") {
            parts.push(self.one()?);
        }
        Ok(one_of(parts, Node::All))
    }

    fn one(&mut self) -> Result<Node, Mistake> {
        let mut turned = false;
        while self.word("not") {
            turned = !turned;
        }
        self.skip();
        let node = if self.rest().starts_with('(') {
            self.at += 1;
            let inner = self.any()?;
            self.skip();
            if !self.rest().starts_with(')') {
                return Err(self.wrong("expected )"));
            }
            self.at += 1;
            inner
        } else {
            self.comparison()?
        };
        Ok(if turned { Node::Not(Box::new(node)) } else { node })
    }

    fn comparison(&mut self) -> Result<Node, Mistake> {
        let at = self.at;
        let field = self.field()?;
        self.skip();
        let Some((written, sign)) = SIGNS.into_iter().find(|(s, _)| self.rest().starts_with(s)) else {
            return Ok(Node::Says { field, at });
        };
        self.at += written.len();
        self.skip();
        let value_at = self.at;
        let value = self.value()?;
        let is_order = !matches!(sign, Sign::Equal | Sign::Differs);
        if is_order && value.number.is_none() {
            self.at = value_at;
            return Err(self.wrong(format!("{written} compares numbers, and {:?} is none", value.text)));
        }
        if field == Field::Weekday && !DAYS.contains(&value.text.to_lowercase().as_str()) {
            self.at = value_at;
            return Err(self.wrong(format!("{:?} is no day: write {}", value.text, DAYS.join(", "))));
        }
        Ok(Node::Compare { field, at, sign, value })
    }

    fn field(&mut self) -> Result<Field, Mistake> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '_' | '-')))
            .unwrap_or(rest.len());
        let name = &rest[..end];
        let plain = PLAIN.iter().find(|(n, _)| *n == name).map(|(_, field)| field.clone());
        let field = plain.or_else(|| match name.split_once('.') {
            Some(("item", column)) if !column.is_empty() => Some(Field::Item(column.to_owned())),
            Some(("user", column)) if !column.is_empty() => Some(Field::User(column.to_owned())),
            _ => None,
        });
        let Some(field) = field else {
            let names: Vec<&str> = PLAIN.iter().map(|p| p.0).collect();
            let said = if name.is_empty() {
                "nothing".to_owned()
            } else {
                format!("{name:?}")
            };
            return Err(self.wrong(format!(
                "expected a field and found {said}: there are {}, item.COLUMN and user.COLUMN",
                names.join(", ")
            )));
        };
        self.at += end;
        Ok(field)
    }

    fn value(&mut self) -> Result<Value, Mistake> {
        let rest = self.rest();
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        if let Some(quote) = quote {
            let Some(end) = rest[1..].find(quote) else {
                return Err(self.wrong(format!("the closing {quote} is missing")));
            };
            self.at += end + 2;
            return Ok(Value {
                number: None,
                text: rest[1..=end].to_owned(),
            });
        }
        let end = rest
            .find(|c: char| c.is_whitespace() || "()=<>!".contains(c))
            .unwrap_or(rest.len());
        let text = &rest[..end];
        if text.is_empty() {
            return Err(self.wrong("expected a value: a number, a word, or 'text'"));
        }
        let number = text.parse::<f64>().ok().filter(|n| n.is_finite());
        self.at += end;
        Ok(Value {
            text: text.to_owned(),
            number,
        })
    }
}

fn one_of(mut parts: Vec<Node>, many: fn(Vec<Node>) -> Node) -> Node {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

fn bind(node: &Node, catalog: &Catalog, users: &[String]) -> Result<BoundNode, Mistake> {
    let each = |parts: &[Node]| {
        parts
            .iter()
            .map(|p| bind(p, catalog, users))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(match node {
        Node::Any(parts) => BoundNode::Any(each(parts)?),
        Node::All(parts) => BoundNode::All(each(parts)?),
        Node::Not(inner) => BoundNode::Not(Box::new(bind(inner, catalog, users)?)),
        Node::Says { field, at } => BoundNode::Says(bind_field(field, *at, None, catalog, users)?),
        Node::Compare { field, at, sign, value } => {
            let field = bind_field(field, *at, Some(value), catalog, users)?;
            BoundNode::Compare(field, *sign, value.clone())
        }
    })
}

fn bind_field(
    field: &Field,
    at: usize,
    value: Option<&Value>,
    catalog: &Catalog,
    users: &[String],
) -> Result<BoundField, Mistake> {
    let missing = |whose: &str, name: &str, known: Vec<&str>| Mistake {
        at,
        what: if known.is_empty() {
            format!("there is no {whose}.{name}: nothing is known of {whose}s here")
        } else {
            format!("there is no {whose}.{name}; there are {}", known.join(", "))
        },
    };
    match field {
        Field::Item(name) => {
            let columns = &catalog.attributes().columns;
            let Some(at) = columns.iter().position(|c| c.name == *name) else {
                return Err(missing("item", name, catalog.columns().collect()));
            };
            Ok(match columns[at].kind {
                AttributeKind::Number => BoundField::Number(at),
                AttributeKind::Names => {
                    let term = value.and_then(|v| columns[at].names().find(&v.text));
                    BoundField::Names(at, term.map(|t| t as u32))
                }
            })
        }
        Field::User(name) if !users.contains(name) => {
            Err(missing("user", name, users.iter().map(String::as_str).collect()))
        }
        other => Ok(BoundField::Plain(other.clone())),
    }
}

impl Bound {
    /// Whether it holds for an item.
    pub fn holds(&self, catalog: &Catalog, facts: &Facts<'_>, looked: Looked) -> bool {
        holds(&self.0, catalog, facts, looked)
    }

    /// Whether it speaks of the user, the time and the store alone, so that it holds for all items or for none.
    pub fn is_about_request(&self) -> bool {
        is_about_request(&self.0)
    }
}

fn is_about_request(node: &BoundNode) -> bool {
    let about = |field: &BoundField| match field {
        BoundField::Number(_) | BoundField::Names(..) => false,
        BoundField::Plain(field) => !matches!(
            field,
            Field::ItemId
                | Field::ItemLabel
                | Field::ItemRaters
                | Field::ItemNew
                | Field::Item(_)
                | Field::Score
                | Field::Source
        ),
    };
    match node {
        BoundNode::Any(parts) | BoundNode::All(parts) => parts.iter().all(is_about_request),
        BoundNode::Not(inner) => is_about_request(inner),
        BoundNode::Says(field) | BoundNode::Compare(field, ..) => about(field),
    }
}

fn holds(node: &BoundNode, catalog: &Catalog, facts: &Facts<'_>, looked: Looked) -> bool {
    match node {
        BoundNode::Any(parts) => parts.iter().any(|p| holds(p, catalog, facts, looked)),
        BoundNode::All(parts) => parts.iter().all(|p| holds(p, catalog, facts, looked)),
        BoundNode::Not(inner) => !holds(inner, catalog, facts, looked),
        BoundNode::Says(field) => says(field, catalog, facts, looked),
        BoundNode::Compare(field, sign, value) => compares(field, *sign, value, catalog, facts, looked),
    }
}

/// What a field says: a number, a text, or nothing.
enum Said<'a> {
    Number(f64),
    Text(&'a str),
    Nothing,
}

fn say<'a>(field: &Field, catalog: &'a Catalog, facts: &'a Facts<'a>, looked: Looked) -> Said<'a> {
    match field {
        Field::ItemId => Said::Text(catalog.id(looked.item)),
        Field::ItemLabel => Said::Text(catalog.label(looked.item)),
        Field::ItemRaters => Said::Number(f64::from(catalog.raters(looked.item))),
        Field::ItemNew => Said::Number(f64::from(u8::from(catalog.is_new(looked.item)))),
        Field::UserId => Said::Text(facts.user),
        Field::UserRatings => Said::Number(facts.ratings as f64),
        Field::UserSession => Said::Number(facts.session as f64),
        Field::Hour => Said::Number(facts.now.rem_euclid(86_400).div_euclid(3_600) as f64),
        // 1970 began on a Thursday.
        Field::Weekday => Said::Text(DAYS[(facts.now.div_euclid(86_400) + 3).rem_euclid(7) as usize]),
        Field::StoreAge => Said::Number(facts.age_hours),
        Field::Score => Said::Number(looked.score),
        Field::User(name) => {
            let found = facts.features.iter().find(|(column, _)| column == name);
            found.map_or(Said::Nothing, |(_, said)| Said::Text(said))
        }
        // Bound, or of several names.
        Field::Item(_) | Field::Source => Said::Nothing,
    }
}

fn says(field: &BoundField, catalog: &Catalog, facts: &Facts<'_>, looked: Looked) -> bool {
    let columns = &catalog.attributes().columns;
    let row = looked.item as usize;
    match field {
        BoundField::Number(at) => columns[*at].number(row).is_some_and(|n| n != 0.0),
        BoundField::Names(at, _) => columns[*at].terms(row).next().is_some(),
        BoundField::Plain(Field::Source) => looked.sources != 0,
        BoundField::Plain(field) => match say(field, catalog, facts, looked) {
            Said::Number(number) => number != 0.0,
            Said::Text(text) => !text.is_empty(),
            Said::Nothing => false,
        },
    }
}

fn compares(
    field: &BoundField,
    sign: Sign,
    value: &Value,
    catalog: &Catalog,
    facts: &Facts<'_>,
    looked: Looked,
) -> bool {
    let columns = &catalog.attributes().columns;
    let row = looked.item as usize;
    let has = |has: bool| match sign {
        Sign::Equal => has,
        Sign::Differs => !has,
        _ => false,
    };
    match field {
        BoundField::Number(at) => number(columns[*at].number(row), sign, value),
        BoundField::Names(at, term) => has(term.is_some_and(|t| columns[*at].terms(row).any(|(is, _)| is == t))),
        BoundField::Plain(Field::Source) => {
            let mut named = facts
                .sources
                .iter()
                .enumerate()
                .filter(|(_, name)| **name == value.text);
            has(named.any(|(bit, _)| looked.sources & (1 << bit) != 0))
        }
        BoundField::Plain(field) => match say(field, catalog, facts, looked) {
            Said::Number(is) => number(Some(is), sign, value),
            Said::Text(text) => match sign {
                Sign::Equal | Sign::Differs => {
                    let fits = |part: &str| part == value.text || same_day(field, part, &value.text);
                    has(fits(text) || (matches!(field, Field::User(_)) && text.split(", ").any(fits)))
                }
                _ => number(text.parse().ok().filter(|n: &f64| n.is_finite()), sign, value),
            },
            Said::Nothing => sign == Sign::Differs,
        },
    }
}

fn same_day(field: &Field, is: &str, wanted: &str) -> bool {
    *field == Field::Weekday && is.eq_ignore_ascii_case(wanted)
}

fn number(is: Option<f64>, sign: Sign, value: &Value) -> bool {
    let (Some(is), Some(wanted)) = (is, value.number) else {
        return sign == Sign::Differs;
    };
    match sign {
        Sign::Equal => is == wanted,
        Sign::Differs => is != wanted,
        Sign::Less => is < wanted,
        Sign::AtMost => is <= wanted,
        Sign::More => is > wanted,
        Sign::AtLeast => is >= wanted,
    }
}
