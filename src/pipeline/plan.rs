//! A pipeline as TOML.

use serde::Deserialize;
use toml::Spanned;

use super::condition::{Condition, Mistake};
use super::diversity::{Diversity, Method};
use super::rules::{Rule, RuleKind};
use super::session::SessionPlan;
use super::store::MOST_SOURCES;
use crate::bandit::PolicyChoice;
use crate::models::neighborhood::Similarity;

/// The plan that is followed where none is given.
pub const DEFAULT_PLAN: &str = include_str!("../../assets/pipeline.toml");

/// The longest list that can be asked for, and the most candidates of a user.
const MOST: u32 = 1000;
/// The most rules: each is tried out without in a trace.
const MOST_RULES: usize = 100;

/// What a batch computes and what a request makes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The text that it was read from.
    pub text: String,
    /// The formula that ranks; `None`: the one that fits the data.
    pub rank: Option<Written>,
    /// Empty: the parts of the ranking formula.
    pub sources: Vec<SourcePlan>,
    /// Candidates of a user, at most.
    pub keep: usize,
    /// Items of an answer, where a request does not say.
    pub list: usize,
    /// Records older than so many hours are not served.
    pub max_age_hours: f64,
    /// Past so many milliseconds, a request leaves out what it can do without: the session, diversity.
    pub budget_ms: f64,
    pub session: SessionPlan,
    pub diversity: Diversity,
    pub rules: Vec<Rule>,
}

/// A text, and where it stands: the line and column of its first character, both from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    pub line: usize,
    pub column: usize,
}

/// Where candidates come from.
#[derive(Clone, Debug, PartialEq)]
pub struct SourcePlan {
    pub name: String,
    pub formula: Written,
    pub quota: usize,
}

/// What is wrong with a plan: a sentence with file, line and column.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {what}")]
pub struct PlanError {
    pub file: String,
    pub line: usize,
    pub column: usize,
    pub what: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    rank: Option<Spanned<String>>,
    keep: Option<Spanned<u32>>,
    list: Option<Spanned<u32>>,
    max_age_hours: Option<Spanned<f64>>,
    budget_ms: Option<Spanned<f64>>,
    #[serde(default)]
    source: Vec<RawSource>,
    #[serde(default)]
    session: RawSession,
    #[serde(default)]
    diversity: RawDiversity,
    #[serde(default)]
    rule: Vec<Spanned<RawRule>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSource {
    name: Spanned<String>,
    model: Spanned<String>,
    quota: Spanned<u32>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawSession {
    weight: Option<Spanned<f64>>,
    decay: Option<Spanned<f64>>,
    similarity: Option<Spanned<String>>,
    neighbors: Option<Spanned<u32>>,
    buy: Option<Spanned<f64>>,
    watch: Option<Spanned<f64>>,
    click: Option<Spanned<f64>>,
    skip: Option<Spanned<f64>>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawDiversity {
    method: Option<Spanned<String>>,
    lambda: Option<Spanned<f64>>,
    depth: Option<Spanned<u32>>,
    by: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRule {
    name: Option<String>,
    r#if: Option<Spanned<String>>,
    drop: Option<Spanned<String>>,
    boost: Option<Spanned<f64>>,
    pin: Option<Spanned<String>>,
    at: Option<Spanned<u32>>,
    cap: Option<Spanned<u32>>,
    per: Option<Spanned<String>>,
    min: Option<Spanned<u32>>,
    of: Option<Spanned<String>>,
    top: Option<Spanned<u32>>,
    slot: Option<Spanned<u32>>,
    policy: Option<Spanned<String>>,
    arms: Option<Spanned<String>>,
    most: Option<Spanned<u32>>,
}

/// Reads one file and says where mistakes are.
pub(super) struct Source<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Source<'_> {
    /// A mistake at a byte of the text.
    pub fn wrong(&self, at: usize, what: impl Into<String>) -> PlanError {
        let (line, column) = self.place(at);
        PlanError {
            file: self.file.to_owned(),
            line,
            column,
            what: what.into(),
        }
    }

    fn place(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.rfind('\n').map_or(0, |end| end + 1);
        (before.matches('\n').count() + 1, before[line..].chars().count() + 1)
    }

    fn written(&self, text: &Spanned<String>) -> Written {
        let (line, column) = self.place(self.inside(text, 0));
        Written {
            text: text.get_ref().clone(),
            line,
            column,
        }
    }

    /// The place in the file of byte `at` of a text in it; its beginning where escapes or indents stand between.
    fn inside(&self, text: &Spanned<String>, at: usize) -> usize {
        let span = text.span();
        let raw = self.text.get(span.clone()).unwrap_or("");
        let quotes = if raw.starts_with("\"\"\"") || raw.starts_with("'''") {
            3
        } else {
            1
        };
        let is_plain = raw
            .get(quotes..)
            .is_some_and(|rest| rest.starts_with(text.get_ref().as_str()));
        span.start + if is_plain { quotes + at } else { 0 }
    }

    fn condition(&self, text: &Spanned<String>) -> Result<Condition, PlanError> {
        Condition::parse(text.get_ref()).map_err(|Mistake { at, what }| self.wrong(self.inside(text, at), what))
    }

    fn number(&self, number: Option<&Spanned<f64>>, default: f64, min: f64, max: f64) -> Result<f64, PlanError> {
        let Some(number) = number else { return Ok(default) };
        let value = *number.get_ref();
        if (min..=max).contains(&value) {
            return Ok(value);
        }
        Err(self.wrong(number.span().start, format!("{value} is not between {min} and {max}")))
    }

    fn count(&self, number: Option<&Spanned<u32>>, default: u32, min: u32, max: u32) -> Result<usize, PlanError> {
        let Some(number) = number else {
            return Ok(default as usize);
        };
        let value = *number.get_ref();
        if (min..=max).contains(&value) {
            return Ok(value as usize);
        }
        Err(self.wrong(number.span().start, format!("{value} is not between {min} and {max}")))
    }
}

impl Default for Plan {
    fn default() -> Self {
        // The text is part of the program, and a test reads it.
        Self::parse(DEFAULT_PLAN, "default plan").unwrap_or_else(|_| Self {
            text: String::new(),
            rank: None,
            sources: Vec::new(),
            keep: 1000,
            list: 20,
            max_age_hours: 72.0,
            budget_ms: 50.0,
            session: SessionPlan::default(),
            diversity: Diversity::default(),
            rules: Vec::new(),
        })
    }
}

impl Plan {
    /// Reads a plan; `file` is its name for errors. Formulas are read when they are fitted.
    ///
    /// # Errors
    /// What is wrong, with file, line and column.
    pub fn parse(text: &str, file: &str) -> Result<Self, PlanError> {
        let source = Source { file, text };
        let read: File = toml::from_str(text).map_err(|e| {
            let what = e.message().replace('\n', ", ");
            source.wrong(e.span().map_or(0, |s| s.start), what)
        })?;
        let keep = source.count(read.keep.as_ref(), MOST, 1, MOST)?;
        Ok(Self {
            rank: read.rank.as_ref().map(|text| source.written(text)),
            sources: sources(&source, &read.source)?,
            keep,
            list: source.count(read.list.as_ref(), 20, 1, MOST)?,
            max_age_hours: source.number(read.max_age_hours.as_ref(), 72.0, 0.001, 1e6)?,
            budget_ms: source.number(read.budget_ms.as_ref(), 50.0, 0.1, 1e6)?,
            session: session(&source, &read.session)?,
            diversity: diversity(&source, read.diversity)?,
            rules: rules(&source, &read.rule)?,
            text: text.to_owned(),
        })
    }
}

fn sources(source: &Source<'_>, raw: &[RawSource]) -> Result<Vec<SourcePlan>, PlanError> {
    if let Some(ninth) = raw.get(MOST_SOURCES) {
        return Err(source.wrong(ninth.name.span().start, format!("there can be {MOST_SOURCES} sources")));
    }
    let mut found: Vec<SourcePlan> = Vec::new();
    for one in raw {
        let name = one.name.get_ref();
        if found.iter().any(|s| s.name == *name) {
            return Err(source.wrong(one.name.span().start, format!("two sources are called {name:?}")));
        }
        found.push(SourcePlan {
            name: name.clone(),
            formula: source.written(&one.model),
            quota: source.count(Some(&one.quota), 0, 1, MOST)?,
        });
    }
    Ok(found)
}

fn session(source: &Source<'_>, raw: &RawSession) -> Result<SessionPlan, PlanError> {
    let default = SessionPlan::default();
    let similarity = match &raw.similarity {
        Some(name) => Similarity::find(name.get_ref()).map_err(|what| source.wrong(name.span().start, what))?,
        None => default.similarity,
    };
    let gain = |raw: &Option<Spanned<f64>>, default: f64| source.number(raw.as_ref(), default, -10.0, 10.0);
    Ok(SessionPlan {
        weight: source.number(raw.weight.as_ref(), default.weight, 0.0, 100.0)?,
        decay: source.number(raw.decay.as_ref(), default.decay, 0.0, 1.0)?,
        similarity,
        neighbors: source.count(raw.neighbors.as_ref(), default.neighbors as u32, 1, 10_000)?,
        buy: gain(&raw.buy, default.buy)?,
        watch: gain(&raw.watch, default.watch)?,
        click: gain(&raw.click, default.click)?,
        skip: gain(&raw.skip, default.skip)?,
    })
}

fn diversity(source: &Source<'_>, raw: RawDiversity) -> Result<Diversity, PlanError> {
    let default = Diversity::default();
    let method = match &raw.method {
        Some(name) => name
            .get_ref()
            .parse::<Method>()
            .map_err(|what| source.wrong(name.span().start, what))?,
        None => default.method,
    };
    Ok(Diversity {
        method,
        lambda: source.number(raw.lambda.as_ref(), default.lambda, 0.0, 1.0)?,
        depth: source.count(raw.depth.as_ref(), default.depth as u32, 1, MOST)?,
        by: raw.by,
    })
}

fn rules(source: &Source<'_>, raw: &[Spanned<RawRule>]) -> Result<Vec<Rule>, PlanError> {
    if let Some(one) = raw.get(MOST_RULES) {
        return Err(source.wrong(one.span().start, format!("there can be {MOST_RULES} rules")));
    }
    raw.iter().map(|one| rule(source, one)).collect()
}

fn rule(source: &Source<'_>, spanned: &Spanned<RawRule>) -> Result<Rule, PlanError> {
    let raw = spanned.get_ref();
    let at = spanned.span().start;
    let kinds = [
        ("drop", raw.drop.is_some(), &[][..]),
        ("boost", raw.boost.is_some(), &[]),
        ("pin", raw.pin.is_some(), &["at"]),
        ("cap", raw.cap.is_some(), &["per"]),
        ("min", raw.min.is_some(), &["of", "top"]),
        ("slot", raw.slot.is_some(), &["policy", "arms", "most"]),
    ];
    let mut named = kinds.iter().filter(|(_, is, _)| *is);
    let (Some((kind, _, keys)), None) = (named.next(), named.next()) else {
        let names: Vec<&str> = kinds.iter().map(|k| k.0).collect();
        return Err(source.wrong(at, format!("a rule has one of {}", names.join(", "))));
    };
    let given = [
        ("at", raw.at.as_ref().map(Spanned::span)),
        ("per", raw.per.as_ref().map(Spanned::span)),
        ("of", raw.of.as_ref().map(Spanned::span)),
        ("top", raw.top.as_ref().map(Spanned::span)),
        ("policy", raw.policy.as_ref().map(Spanned::span)),
        ("arms", raw.arms.as_ref().map(Spanned::span)),
        ("most", raw.most.as_ref().map(Spanned::span)),
    ];
    for (key, span) in given {
        if let Some(span) = span.filter(|_| !keys.contains(&key)) {
            return Err(source.wrong(span.start, format!("{key} does not go with {kind}")));
        }
    }
    let missing = |key: &str| source.wrong(at, format!("{kind} needs {key}"));
    let place = |number: &Option<Spanned<u32>>, key: &str| match number {
        Some(_) => source.count(number.as_ref(), 1, 1, MOST),
        None => Err(missing(key)),
    };
    let text = |text: &Option<Spanned<String>>, key: &str| text.clone().ok_or_else(|| missing(key));
    let found = match *kind {
        "drop" => RuleKind::Drop(source.condition(&text(&raw.drop, "a condition")?)?),
        "boost" => RuleKind::Boost(source.number(raw.boost.as_ref(), 1.0, 0.0, 1e6)?),
        "pin" => RuleKind::Pin {
            item: text(&raw.pin, "an item")?.into_inner(),
            at: place(&raw.at, "at")?,
        },
        "cap" => RuleKind::Cap {
            most: source.count(raw.cap.as_ref(), 1, 0, MOST)?,
            per: text(&raw.per, "per")?.into_inner(),
        },
        "min" => RuleKind::Min {
            least: place(&raw.min, "min")?,
            of: source.condition(&text(&raw.of, "of")?)?,
            top: place(&raw.top, "top")?,
        },
        _ => RuleKind::Slot {
            at: place(&raw.slot, "slot")?,
            policy: policy(source, raw)?,
            arms: source.condition(&text(&raw.arms, "arms")?)?,
            most: source.count(raw.most.as_ref(), 10, 2, 100)?,
        },
    };
    let (line, column) = source.place(at);
    let condition = raw.r#if.as_ref().map(|text| source.condition(text)).transpose()?;
    Ok(Rule::new(raw.name.clone(), found, condition, (line, column)))
}

fn policy(source: &Source<'_>, raw: &RawRule) -> Result<PolicyChoice, PlanError> {
    let Some(text) = &raw.policy else {
        return "epsilon-greedy"
            .parse()
            .map_err(|_| source.wrong(0, "slot needs policy"));
    };
    text.get_ref()
        .parse()
        .map_err(|e| source.wrong(source.inside(text, 0), format!("{e}")))
}
