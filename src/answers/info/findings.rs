//! What a careful reader of a dataset should know.

use serde::Serialize;

use super::InfoView;
use crate::answers::text::{percent, thousands};
use crate::data::Words;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Answers would be wrong or meaningless.
    Trouble,
    Note,
    Fine,
}

impl Severity {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Trouble => "trouble",
            Self::Note => "note",
            Self::Fine => "fine",
        }
    }
}

/// One sentence worth reading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub severity: Severity,
    /// In one sentence, with the place where there is one.
    pub text: String,
}

/// Fewer ratings than this make a user or an item cold.
const COLD: u32 = 5;

/// What a careful reader should know, the worst first.
pub fn findings(view: &InfoView) -> Vec<Finding> {
    let mut found = Vec::new();
    let say = |text: &str| view.feedback.words.say(text).into_owned();
    let mut add = |severity, text: String| found.push(Finding { severity, text });
    if view.ratings == 0 {
        add(Severity::Trouble, say("there are no ratings"));
    }
    match view.rejected.first() {
        Some(first) => {
            let at = format!("{}:{}:{}: {}", first.file, first.line, first.column, first.reason);
            add(
                Severity::Trouble,
                format!(
                    "{} rows could not be used; the first is {at}",
                    thousands(view.rejected_count)
                ),
            );
        }
        None => add(Severity::Fine, "every row could be used".to_owned()),
    }
    if view.scale.is_some_and(|s| s.min >= s.max) {
        add(
            Severity::Trouble,
            "all ratings are the same: nothing tells items apart but how often they are rated".to_owned(),
        );
    }
    if view.synthetic {
        add(
            Severity::Note,
            say("people and ratings are invented: the data is synthetic"),
        );
    }
    for step in &view.filters {
        let text = format!(
            "{} leaves {} ratings, {} users, {} items",
            step.filter,
            thousands(step.ratings as u64),
            thousands(step.users as u64),
            thousands(step.items as u64)
        );
        add(Severity::Note, text);
    }
    if view.duplicates > 0 {
        let text = format!(
            "{} (user, item) pairs came again; kept: {}",
            thousands(view.duplicates),
            view.duplicate_policy
        );
        add(Severity::Note, text);
    } else {
        add(Severity::Fine, "no (user, item) pair came twice".to_owned());
    }
    for (count, what) in [
        (view.items_without_metadata, "items"),
        (view.users_without_metadata, "users"),
    ] {
        if count > 0 {
            add(
                Severity::Note,
                say(&format!("{} {what} have ratings but no metadata", thousands(count))),
            );
        }
    }
    if !view.timestamps {
        add(
            Severity::Note,
            "no times: nothing can be split or replayed by time".to_owned(),
        );
    }
    for (counts, what) in [(&view.activity.0, "users"), (&view.activity.1, "items")] {
        cold(counts, what, view.feedback.words, &mut add);
    }
    if let Some(share) = head_share(&view.activity.1) {
        add(
            Severity::Note,
            say(&format!(
                "the most rated 10 % of items have {} of all ratings",
                percent(share)
            )),
        );
    }
    for note in &view.notes {
        add(Severity::Note, note.clone());
    }
    found.sort_by_key(|f| f.severity);
    found
}

/// How many have too few ratings to be known. `counts` descend.
fn cold(counts: &[u32], what: &str, words: Words, add: &mut impl FnMut(Severity, String)) {
    if counts.is_empty() {
        return;
    }
    let cold = counts.len() - counts.partition_point(|n| *n >= COLD);
    let share = percent(cold as f64 / counts.len() as f64);
    if cold > 0 {
        add(
            Severity::Note,
            format!(
                "{} {what} ({share}) have fewer than {COLD} {}: cold",
                thousands(cold as u64),
                words.row.many
            ),
        );
    } else {
        add(
            Severity::Fine,
            format!("all {what} have {COLD} {} or more", words.row.many),
        );
    }
}

/// The share of all ratings that the first tenth has. `counts` descend.
fn head_share(counts: &[u32]) -> Option<f64> {
    let all: u64 = counts.iter().map(|n| u64::from(*n)).sum();
    let head: u64 = counts[..counts.len() / 10].iter().map(|n| u64::from(*n)).sum();
    (all > 0 && head > 0).then(|| head as f64 / all as f64)
}
