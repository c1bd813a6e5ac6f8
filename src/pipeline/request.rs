//! What is asked of a server, and what it answers.

use serde::Serialize;

use super::SessionEvent;

/// A question: what is to be shown to somebody now?
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    pub user: String,
    /// What the user did since the batch, the oldest first.
    pub session: Vec<SessionEvent>,
    /// Seconds since 1970.
    pub now: i64,
    /// How many items; `None`: as many as the plan says.
    pub n: Option<usize>,
    /// What exploration draws: the same number, the same choice.
    pub draw: u64,
    pub detail: Detail,
    /// An item, by id: why it is not in the list.
    pub why_not: Option<String>,
    /// A stage that takes longer, by its name, and by how many milliseconds: to see what becomes of the answer.
    pub delay: Option<(String, f64)>,
}

/// How much an answer says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Only the list and the figures of stages.
    #[default]
    List,
    /// What each stage dropped, too.
    Drops,
    /// And the list before and after each stage, the way of each item, and what each rule did.
    Trace,
}

/// Why the list is not the user's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fallback {
    /// `unknown-user`, `store-down`, `store-slow`, `stale`, `half-written`, `other-dataset`.
    pub reason: &'static str,
    pub why: String,
}

/// An answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Response {
    pub user: String,
    pub version: u64,
    /// Of the record, in milliseconds since 1970; of the build where there is no record.
    pub built_at: i64,
    pub age_hours: f64,
    pub model_id: String,
    pub items: Vec<Listed>,
    pub stages: Vec<StageReport>,
    /// Milliseconds from the question to the answer, what was only simulated included.
    pub ms: f64,
    pub fallback: Option<Fallback>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RuleReport>,
    /// What could not be done as the plan says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<Lost>,
    /// The first of the list as the batch left it, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub batch: Vec<String>,
}

/// An item of an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Listed {
    pub rank: usize,
    pub id: String,
    pub label: String,
    /// What ranked it before diversity and rules of place: N(s) + session, times boosts.
    pub score: f64,
    /// Names of the sources that proposed it; `popular` for the fallback.
    pub sources: Vec<String>,
    /// `order`, `pin`, `slot`, `min`.
    pub by: &'static str,
    /// The rule that put it there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The probability with which it was chosen for its place.
    pub propensity: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Way>,
}

/// How an item came to its place.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Way {
    /// In the store, from 1; `None` where it was not a candidate.
    pub stored_rank: Option<usize>,
    pub stored_score: Option<f64>,
    /// N(s): the stored score, 0 to 1 over the candidates.
    pub normalized: f64,
    /// What each event of the session adds.
    pub session: Vec<Share>,
    /// Rules that boosted it, each with its factor.
    pub boosts: Vec<(String, f64)>,
    /// Its rank after each stage that it took part in: (stage, rank).
    pub ranks: Vec<(&'static str, usize)>,
}

/// What one event adds to one item's score.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Share {
    pub event: String,
    pub label: String,
    /// w·g·λ^age.
    pub weight: f64,
    pub similarity: f64,
    /// weight · similarity.
    pub share: f64,
}

/// What a stage did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StageReport {
    pub name: &'static str,
    pub ms: f64,
    #[serde(rename = "in")]
    pub before: usize,
    #[serde(rename = "out")]
    pub after: usize,
    /// What happened for this user, in a few words.
    pub what: String,
    pub dropped: Vec<Dropped>,
    /// The first of the list before and after it, by id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lists: Option<(Vec<String>, Vec<String>)>,
}

/// An item that a stage took away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Dropped {
    pub id: String,
    pub reason: String,
}

/// What a rule did for this answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RuleReport {
    pub name: String,
    pub kind: &'static str,
    /// Candidates that it speaks of.
    pub matched: usize,
    /// Places of the list that are another item's because of it.
    pub moved: usize,
    /// What would have been in the list without it, by id.
    pub without: Vec<String>,
    /// Why it could not be obeyed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<String>,
}

/// Why an item is not in a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Lost {
    pub item: String,
    pub label: String,
    /// The stage that lost it; `None`: it is in the list.
    pub stage: Option<&'static str>,
    pub why: String,
    /// Its rank in the list, or where it stood when it was lost.
    pub rank: Option<usize>,
    /// What its score lacks to that of the last of the list, where scores decide.
    pub margin: Option<f64>,
    /// Single changes that bring it in, the smallest first; each was tried.
    pub levers: Vec<Lever>,
}

/// A change, and the rank that it gives.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Lever {
    pub kind: &'static str,
    pub what: String,
    pub from: Option<f64>,
    pub to: Option<f64>,
    pub rank: usize,
}
