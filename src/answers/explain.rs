//! Why an item has its score for somebody.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::factors::describe;
use super::neighbors::rating;
use super::{AnswerError, Entity, Named, Subject, Whose, World, reason};
use crate::data::{FeedbackKind, ItemIx, UserIx, Words};
use crate::models::neighborhood::{Neighbor, Similarity, best_neighbors};
use crate::models::{About, Detail, Explanation, Formula, Norm, Serving, Unit};
use crate::task::Cancel;

/// Why an item has its score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainView {
    /// `null` for a guest.
    pub user: Option<String>,
    pub item: String,
    pub label: String,
    pub model: String,
    /// What the score is measured in.
    pub unit: String,
    pub score: f64,
    /// The score clipped to the scale, for models of unit `rating`.
    pub prediction: Option<f64>,
    /// What speaks for it most, as a person would say it: "because you rated Star Wars (1977) 5, which 380 people rated alike".
    pub sentence: String,
    /// Among unseen candidates; `null` for a rated item.
    pub rank: Option<usize>,
    /// How many unseen candidates there are.
    pub candidates: usize,
    /// The share of candidates with a lower score, 0 to 100.
    pub percentile: Option<f64>,
    /// What the unit means and what 0 means.
    pub meaning: String,
    /// What ratings are called (for text and screen).
    #[serde(skip)]
    pub words: Words,
    /// Where the model gives low ratings no or little heed: that, and what does; `null` where there are none or all is well.
    pub low_ratings: Option<String>,
    /// How the nearest neighbors (of user-knn's defaults) who rated the item rated it.
    pub neighbor_ratings: NeighborRatings,
    pub check: Check,
    /// The score at the root, its parts below it.
    pub tree: TreeNode,
}

/// What the parts of a score add up to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Check {
    /// How many parts the score has.
    pub parts: usize,
    /// What those parts add up to.
    pub sum: f64,
    pub off: f64,
    /// Whether every node of the tree is the sum of its parts, within 1e-6 of their magnitudes.
    pub holds: bool,
    /// The sum of the nodes that say themselves what the parts leave over.
    pub residual: f64,
}

impl Check {
    /// Adds up the whole tree.
    pub fn of(tree: &TreeNode) -> Self {
        let sum = match tree.children.as_slice() {
            [] => tree.value,
            children => children.iter().map(|c| c.value).sum(),
        };
        Self {
            parts: tree.children.len(),
            sum,
            off: sum - tree.value,
            holds: tree.adds_up(),
            residual: tree.residual(),
        }
    }
}

/// What the nearest raters of an item gave it, grouped as people read it best (Herlocker 2000).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NeighborRatings {
    /// Ratings in the upper third of the scale; of counts, in that of the item's own; votes for it.
    pub good: usize,
    pub so_so: usize,
    pub bad: usize,
    /// Those of whom only is known that they have it.
    #[serde(skip_serializing_if = "is_zero")]
    pub others: usize,
    /// Each neighbor with its similarity and its rating, nearest first (for the screen).
    #[serde(skip)]
    pub ratings: Vec<(Named, f64, f64)>,
}

impl NeighborRatings {
    /// Name and size of each group, the best first.
    pub fn groups(&self, words: Words) -> Vec<(&'static str, usize)> {
        match words.kind {
            FeedbackKind::Ratings => vec![("good", self.good), ("so-so", self.so_so), ("bad", self.bad)],
            FeedbackKind::Counts => vec![("much", self.good), ("so-so", self.so_so), ("little", self.bad)],
            FeedbackKind::Events => vec![(words.did, self.others)],
            FeedbackKind::Votes => vec![("for", self.good), ("against", self.bad)],
        }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// A node of an explanation as the contract has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TreeNode {
    pub label: String,
    /// `hybrid`, `component`, `offset`, `base`, `bias`, `neighbor`, `rated`, `term`, `factor`, `feature`, `residual`,
    /// `rest` or `missing`.
    pub kind: &'static str,
    /// What it is about; `null` for nothing in particular.
    #[serde(rename = "ref")]
    pub about: Option<NodeRef>,
    pub value: f64,
    pub detail: Map<String, Value>,
    /// What its value is the sum of; empty for a leaf.
    pub children: Vec<TreeNode>,
    /// For kind `rest`, what it stands for (for arithmetic).
    #[serde(skip)]
    pub hidden: Vec<HiddenPart>,
}

/// A part that is not listed by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct HiddenPart {
    pub label: String,
    /// As [`TreeNode::kind`].
    pub kind: &'static str,
    pub value: f64,
}

impl TreeNode {
    fn adds_up(&self) -> bool {
        if self.children.is_empty() {
            return true;
        }
        let sum: f64 = self.children.iter().map(|c| c.value).sum();
        let magnitude: f64 = self.children.iter().map(|c| c.value.abs()).sum();
        (sum - self.value).abs() <= 1e-6 * magnitude.max(1.0) && self.children.iter().all(Self::adds_up)
    }

    fn residual(&self) -> f64 {
        let own = if self.kind == "residual" { self.value } else { 0.0 };
        own + self.children.iter().map(Self::residual).sum::<f64>()
    }
}

/// What a node is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeRef {
    /// The user or item itself, where it is one.
    #[serde(skip)]
    pub entity: Option<Entity>,
    /// `user`, `item`, `model`, `term` or `factor`.
    pub kind: &'static str,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct ExplainQuery {
    pub whose: Whose,
    /// The item that has the score.
    pub item: ItemIx,
    pub formula: Formula,
    /// Levels of the tree below the root.
    pub depth: usize,
    /// Children a node, before the others are summed up in one.
    pub top: usize,
}

impl ExplainQuery {
    /// All levels, ten children a node.
    pub fn new(whose: Whose, item: ItemIx, formula: Formula) -> Self {
        Self {
            whose,
            item,
            formula,
            depth: usize::MAX,
            top: 10,
        }
    }
}

/// Why the item has the score that the model serves, its place among the candidates, and how the nearest neighbors rated
/// it.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted, [`AnswerError::NoScore`] where it has nothing to say of the
/// item; cancellation.
pub fn compute(world: &World, query: &ExplainQuery, cancel: &Cancel) -> Result<ExplainView, AnswerError> {
    let serving = world.serving(&query.formula, &query.whose, cancel)?;
    let tree = tree_of(world, &serving, query)?;
    let standing = serving.standing(query.item, cancel)?;
    let unit = serving.unit();
    let words = world.dataset.feedback().words();
    Ok(ExplainView {
        user: serving.profile().user().map(|u| world.dataset.user_id(u).to_owned()),
        item: world.dataset.item_id(query.item).to_owned(),
        label: world.dataset.item_label(query.item).to_owned(),
        model: query.formula.to_string(),
        unit: unit.name().to_owned(),
        score: tree.value,
        prediction: (unit == Unit::Rating).then(|| world.dataset.scale().clip(tree.value)),
        sentence: reason::sentence(world, &serving, query.item)?,
        rank: standing.rank,
        candidates: standing.candidates,
        percentile: (standing.candidates > 0).then(|| 100.0 * standing.lower as f64 / standing.candidates as f64),
        meaning: meaning(&query.formula, unit, words),
        words,
        low_ratings: low_ratings(&query.formula, words.kind),
        neighbor_ratings: neighbor_ratings(world, query, cancel)?,
        check: Check::of(&tree),
        tree,
    })
}

/// What the score means and what 0 is, in a few words; a sum of other than min-max normalized parts says so.
fn meaning(formula: &Formula, unit: Unit, words: Words) -> String {
    match formula {
        Formula::Weighted { norm: Norm::ZScore, .. } => "weighted z-scores; 0 = the mean of every part".to_owned(),
        Formula::Weighted { norm: Norm::Rank, .. } => "weighted ranks; 0 = the last in every part".to_owned(),
        Formula::Weighted {
            norm: Norm::Softmax, ..
        } => "weighted shares of a softmax; near 0 = far behind in every part".to_owned(),
        _ => match (unit, words.kind) {
            (Unit::Rating, FeedbackKind::Counts) => format!("a predicted number of {}", words.unit.many),
            (Unit::Rating, FeedbackKind::Events) => "a predicted value, where all values are alike".to_owned(),
            _ => words.say(unit.meaning()).into_owned(),
        },
    }
}

/// Whether low ratings are given too little heed, in a sentence.
fn low_ratings(formula: &Formula, kind: FeedbackKind) -> Option<String> {
    if kind != FeedbackKind::Ratings {
        return None;
    }
    let (low, name) = formula.low_ratings();
    Some(low.clause(name)? + "; item-knn:values=centered takes it as a dislike")
}

/// The parts of the score alone: no rank, no neighbors.
///
/// # Errors
/// As [`compute`].
pub fn tree(world: &World, query: &ExplainQuery, cancel: &Cancel) -> Result<TreeNode, AnswerError> {
    let serving = world.serving(&query.formula, &query.whose, cancel)?;
    tree_of(world, &serving, query)
}

fn tree_of(world: &World, serving: &Serving, query: &ExplainQuery) -> Result<TreeNode, AnswerError> {
    let tree = serving.explain(query.item)?.sorted().pruned(query.depth, query.top);
    Ok(node(world, &tree, query))
}

/// A node with names in place of indices.
fn node(world: &World, part: &Explanation, query: &ExplainQuery) -> TreeNode {
    let about = reference(world, &part.about);
    let details = part.detail.iter();
    let detail = details.filter_map(|(name, d)| Some(((*name).to_owned(), figure(world, d, query)?)));
    TreeNode {
        label: meaning_of_factor(world, part, query).unwrap_or_else(|| label(world, part, about.as_ref())),
        kind: part.kind.name(),
        about,
        value: part.value,
        detail: detail.collect(),
        children: part.children.iter().map(|c| node(world, c, query)).collect(),
        hidden: part.detail.iter().flat_map(|(_, d)| hidden(world, d)).collect(),
    }
}

fn label(world: &World, part: &Explanation, about: Option<&NodeRef>) -> String {
    match (about, &part.label) {
        (Some(named), label) if label.is_empty() => named.label.clone(),
        // Not the name of anything in the data.
        (_, Cow::Borrowed(label)) => world.dataset.feedback().words().say(label).into_owned(),
        (_, Cow::Owned(label)) => label.clone(),
    }
}

/// What a factor means at the end where the item is, `Science Fiction (f3)`, where that was found out (by the Factors pane) and
/// other seeds find the same factor.
fn meaning_of_factor(world: &World, part: &Explanation, query: &ExplainQuery) -> Option<String> {
    let About::Factor(factor) = part.about else { return None };
    let described = describe::known(world, query.formula.with_factors()?, false)?;
    let factor = described.factors.get(factor).filter(|factor| !factor.is_unstable())?;
    let (high, low) = factor.name.as_ref()?.split_once(" ↔ ")?;
    let item = part.detail.iter().find_map(|(name, detail)| match detail {
        Detail::Number(loading) if *name == "item" => Some(*loading),
        _ => None,
    })?;
    let (end, opposite) = if item >= 0.0 { (high, low) } else { (low, high) };
    // An end that no attribute names is what the other is not.
    let end = if end == "other" {
        format!("not {opposite}")
    } else {
        end.to_owned()
    };
    Some(format!("{end} (f{})", factor.factor))
}

fn hidden(world: &World, detail: &Detail) -> Vec<HiddenPart> {
    let Detail::Gathered(parts) = detail else {
        return Vec::new();
    };
    let part = |part: &Explanation| HiddenPart {
        label: label(world, part, reference(world, &part.about).as_ref()),
        kind: part.kind.name(),
        value: part.value,
    };
    parts.iter().map(part).collect()
}

fn figure(world: &World, detail: &Detail, query: &ExplainQuery) -> Option<Value> {
    Some(match detail {
        // `json!` makes null of what is not finite.
        Detail::Number(x) => json!(x),
        Detail::Count(n) => json!(n),
        Detail::Text(text) => json!(text),
        Detail::Tree(tree) => {
            let tree = (**tree).clone().sorted().pruned(query.depth, query.top);
            serde_json::to_value(node(world, &tree, query)).unwrap_or(Value::Null)
        }
        Detail::Gathered(_) => return None,
    })
}

fn reference(world: &World, about: &About) -> Option<NodeRef> {
    let of = |kind, id: String, label: String| NodeRef {
        entity: None,
        kind,
        id,
        label,
    };
    Some(match about {
        About::Nothing => return None,
        About::Model(formula) => of("model", formula.clone(), formula.clone()),
        About::User(user) => entity(world, Entity::User(*user)),
        About::Item(item) => entity(world, Entity::Item(*item)),
        About::Term(column, name) => {
            let clean = crate::data::clean_label(name).into_owned();
            of("term", format!("{column}={name}"), clean)
        }
        About::Factor(n) => of("factor", (n + 1).to_string(), format!("factor {}", n + 1)),
    })
}

fn entity(world: &World, entity: Entity) -> NodeRef {
    NodeRef {
        entity: Some(entity),
        kind: entity.kind(),
        id: world.id(entity).to_owned(),
        label: world.label(entity),
    }
}

/// How many of the nearest raters are looked at: user-knn's k.
const NEAREST: usize = 40;

/// What the item got from the most similar users (by cosine, above 0) who rated it.
fn neighbor_ratings(world: &World, query: &ExplainQuery, cancel: &Cancel) -> Result<NeighborRatings, AnswerError> {
    let subject = Subject::Person(query.whose.clone());
    let near = world.near_to(&subject, Similarity::Cosine.into(), cancel)?;
    let raters = raters_near(world, &near, query.item);
    let thirds = world.dataset.thirds(query.item);
    let mut found = NeighborRatings::default();
    for neighbor in best_neighbors(raters, NEAREST) {
        let user = UserIx(neighbor.index);
        let Some(rating) = rating(world, user, query.item) else {
            continue;
        };
        match thirds.third(rating) {
            Some(0) => found.bad += 1,
            Some(1) => found.so_so += 1,
            Some(_) => found.good += 1,
            None => found.others += 1,
        }
        let named = world.named(Entity::User(user));
        found.ratings.push((named, neighbor.similarity, rating));
    }
    Ok(found)
}

/// Those of `near`, users ascending, who rated the item and are alike at all. O(raters · log near), or O(near) where that
/// is less.
fn raters_near<'a>(world: &World, near: &'a [Neighbor], item: ItemIx) -> Vec<Neighbor> {
    let edits = world.edits();
    let raters = match edits.of_item(item).next() {
        None => Cow::Borrowed(world.dataset.item_row(item).ids),
        Some(_) => edits.item_ratings(&world.dataset, item).iter().map(|r| r.0.0).collect(),
    };
    let alike = |n: &&'a Neighbor| n.similarity > 0.0;
    if raters.len() < near.len() / 16 {
        let find = |user: &u32| near.binary_search_by_key(user, |n| n.index).ok().map(|at| &near[at]);
        return raters.iter().filter_map(find).filter(alike).copied().collect();
    }
    let mut raters = raters.iter().copied().peekable();
    let rated = near.iter().filter(alike).filter(|n| {
        while raters.next_if(|user| *user < n.index).is_some() {}
        raters.peek() == Some(&n.index)
    });
    rated.copied().collect()
}
