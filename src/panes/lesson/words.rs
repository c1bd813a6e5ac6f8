//! What the lesson says. Everything that is a figure comes from the rows; what does not hold on a dataset is not said.

use crate::answers::LeaderboardView;
use crate::answers::leaderboard::{BoardState, Step};
use crate::panes::theme::Role;
use crate::panes::widgets::{Figures, percent};

/// The one idea of a step.
pub struct Idea {
    /// In a line of 40 cells.
    pub short: &'static str,
    pub long: &'static str,
}

/// Popularity, item-knn, EASE.
pub const IDEAS: [Idea; 3] = [
    Idea {
        short: "one list for all: the most rated items",
        long: "Counting: one list for everybody, the items that most people rated. It does not know who it is for.",
    },
    Idea {
        short: "+ you: what goes with what you rated",
        long: "One more idea: you. Items are alike if the same people rated them; those like the items you rated come first.",
    },
    Idea {
        short: "+ all pairs at once: no echo counts twice",
        long: "One more idea: all pairs at once. Two similar items would count the same evidence twice; here each item adds \
               only what the others do not already say.",
    },
];

/// What stands in place of the figures of a step.
pub fn missing(view: &LeaderboardView, step: &Step) -> (String, Role) {
    if let Some(error) = &step.error {
        return (error.clone(), Role::Warning);
    }
    let running = view.running.as_ref().and_then(|(at, _)| view.rows.get(*at));
    if running.is_some_and(|row| row.model == step.model) {
        return ("being measured".to_owned(), Role::Text);
    }
    ("not measured yet".to_owned(), Role::Muted)
}

/// What can be learned, once all steps are there: plain sentences, what the leaderboard shows as well last.
pub fn conclusions(view: &LeaderboardView) -> Vec<String> {
    let [first, second, third] = view.steps.as_slice() else {
        return Vec::new();
    };
    let (Some(to_you), Some(to_pairs)) = (second.gain, third.gain) else {
        return Vec::new();
    };
    let said = [said(first, second), said(second, third)];
    let mut sentences = Vec::new();
    if said.iter().all(|(holds, _)| *holds) {
        let (larger, gain, smaller) = if to_you.mean >= to_pairs.mean {
            (
                "Knowing whom the list is for brings the most",
                to_you.mean,
                to_pairs.mean,
            )
        } else {
            (
                "Looking at all pairs at once brings the most",
                to_pairs.mean,
                to_you.mean,
            )
        };
        sentences.push(format!(
            "{larger}: {}. The other idea adds {}.",
            figure(gain),
            figure(smaller)
        ));
    } else {
        sentences.extend(said.into_iter().map(|(_, sentence)| sentence));
    }
    sentences.extend(coverages(&[first, second, third]));
    sentences
}

fn figure(value: f64) -> String {
    Figures::with(4).signed(value)
}

/// Whether a step leads up beyond chance, and what can be said of it.
fn said(below: &Step, above: &Step) -> (bool, String) {
    let Some(gain) = above.gain else {
        return (false, String::new());
    };
    let (one, other) = (above.name(), below.name());
    let users = gain.higher + gain.lower + gain.same;
    let what = match gain.mean {
        g if g > 0.0 => format!("{one} ranks better than {other}, by {}", figure(g)),
        g if g < 0.0 => format!("Here {one} does not rank better than {other} ({})", figure(g)),
        _ => format!("Here {one} ranks as well as {other}, and no better"),
    };
    match gain.half_width {
        None => (
            false,
            format!("{what}; but {users} tested users are too few to tell that from chance."),
        ),
        Some(_) if gain.may_be_chance() => (false, format!("{what}; that may be chance: the interval includes 0.")),
        Some(_) if gain.mean < 0.0 => (false, format!("{what}: the idea does not pay off on these ratings.")),
        Some(_) => (true, format!("{what}.")),
    }
}

/// How much of the catalog each shows to anybody.
fn coverages(steps: &[&Step]) -> Option<String> {
    // A figure and its unit stay on one line.
    let share = |s: &&Step| Some(format!("{} {}", s.name(), percent(s.coverage?).replace(' ', "\u{a0}")));
    let shares: Option<Vec<String>> = steps.iter().map(share).collect();
    Some(format!(
        "Accuracy is not everything. Share of the catalog that anybody gets to see: {}.",
        shares?.join(", ")
    ))
}

/// Keys, and what they lead to.
pub fn next(view: &LeaderboardView) -> Vec<(&'static str, String)> {
    if view.steps.iter().any(|s| s.value.is_none() && s.error.is_none()) {
        return match view.state {
            BoardState::Stopped => vec![("Space", "on the leaderboard resumes measuring".to_owned())],
            _ => Vec::new(),
        };
    }
    let best = view
        .best()
        .and_then(|n| view.rows.get(n))
        .map_or("", |r| r.model.as_str());
    let mut lines = Vec::new();
    if !best.is_empty() {
        lines.push((
            "Enter",
            format!("on {best} uses it in every pane; then 1 shows its list, and why"),
        ));
    }
    lines.push(("m", "adds another model, or your own formula, to the board".to_owned()));
    lines
}
