//! Why an item is not in an answer: the stage that lost it, by how much, and the smallest single change that brings it in.

use super::course::{BOOST, Course, DIVERSITY, DROP, Ended, FETCH, PLACE, SEEN, SESSION, Tweaks, Watch};
use super::request::{Lever, Lost};
use super::stages::Item;

/// So many halvings find where a change begins to be enough.
const HALVINGS: usize = 24;

pub(super) fn explain(course: &Course<'_>, ended: &Ended, watch: &Watch, id: &str) -> Lost {
    let catalog = &course.fetched.shared.catalog;
    let Some(item) = catalog.find(id) else {
        return Lost {
            item: id.to_owned(),
            label: crate::data::printable(id),
            stage: Some(FETCH),
            why: "the batch does not know this item".to_owned(),
            ..Lost::default()
        };
    };
    let listed = ended.placed.list.iter().position(|(i, _)| *i == item);
    let mut lost = Lost {
        item: id.to_owned(),
        label: catalog.label(item).to_owned(),
        rank: listed.map(|at| at + 1),
        ..Lost::default()
    };
    if listed.is_some() {
        lost.why.push_str("it is in the list");
        return lost;
    }
    locate(course, ended, item, &mut lost);
    lost.levers = levers(course, ended, watch, item, lost.stage);
    lost
}

/// Names the stage that lost it.
fn locate(course: &Course<'_>, ended: &Ended, item: u32, lost: &mut Lost) {
    let fetched = course.fetched;
    let find = |items: &[Item]| items.iter().position(|i| i.item == item);
    if fetched.is_seen(item) {
        lost.stage = Some(SEEN);
        lost.why.push_str(if fetched.consumed.contains(&item) {
            "it was watched or bought in this session"
        } else {
            "the user had seen it before the batch"
        });
        return;
    }
    let Some(stored) = find(&fetched.items) else {
        lost.stage = Some(FETCH);
        lost.why = match &fetched.fallback {
            Some(fallback) => format!(
                "it is not among the {} most popular of the fallback ({})",
                fetched.items.len(),
                fallback.reason
            ),
            None => format!(
                "no source of the batch put it among the {} candidates",
                fetched.items.len()
            ),
        };
        return;
    };
    lost.rank = Some(stored + 1);
    let candidate = fetched.items[stored];
    if let Some(rule) = course.ground(None).dropped_by(item, Some(&candidate)) {
        lost.stage = Some(DROP);
        lost.why = format!("rule {} drops it: {}", rule + 1, course.rule_name(rule));
        return;
    }
    if let Some((_, rule)) = ended.placed.capped.iter().find(|(i, _)| *i == item) {
        lost.stage = Some(PLACE);
        lost.why = format!("rule {} keeps it out: {}", rule + 1, course.rule_name(*rule));
        lost.rank = find(&ended.order).map(|at| at + 1);
        return;
    }
    out_ranked(course, ended, item, stored, lost);
}

/// It took part to the end and stands too low: the stage that took it out of the first n is to blame, else the batch.
fn out_ranked(course: &Course<'_>, ended: &Ended, item: u32, stored: usize, lost: &mut Lost) {
    let n = course.n;
    let mut by_score = ended.order.clone();
    by_score.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.stored_rank.cmp(&b.stored_rank)));
    let scored = by_score.iter().position(|i| i.item == item);
    let last = ended.order.iter().position(|i| i.item == item);
    lost.rank = last.map(|at| at + 1);
    let own = scored.map(|at| by_score[at].score);
    let cut = by_score.get(n.saturating_sub(1)).map(|i| i.score);
    lost.margin = own.zip(cut).map(|(own, cut)| (cut - own).max(0.0));
    let had = match &course.fetched.fallback {
        Some(_) => "among the most popular it was at",
        None => "the batch had it at",
    };
    let (stage, why) = match (scored, last) {
        (Some(scored), Some(last)) if scored < n && last >= n => (
            DIVERSITY,
            format!("by its score it is {}; diversity put it at {}", scored + 1, last + 1),
        ),
        (Some(scored), _) if scored < n => (PLACE, "pins, slots or a minimum took its place".to_owned()),
        (Some(scored), _) if stored < n && !ended.boosts.is_empty() => (
            BOOST,
            format!("{had} {}; session and boosts put it at {}", stored + 1, scored + 1),
        ),
        (Some(scored), _) if stored < n => (
            SESSION,
            format!("{had} {}; the session put it at {}", stored + 1, scored + 1),
        ),
        (Some(scored), _) => (
            FETCH,
            format!("{had} {}; it is at {} now, and {n} are listed", stored + 1, scored + 1),
        ),
        (None, _) => (FETCH, "it is no candidate any more".to_owned()),
    };
    lost.stage = Some(stage);
    lost.why = why;
}

/// Tries single changes; all that bring it in, the smallest of each kind.
fn levers(course: &Course<'_>, ended: &Ended, watch: &Watch, item: u32, stage: Option<&'static str>) -> Vec<Lever> {
    let base = Tweaks {
        skipped: watch.skipped.clone(),
        ..Tweaks::default()
    };
    let rank = |tweaks: &Tweaks| {
        let placed = course.run(tweaks, None).placed;
        placed.list.iter().position(|(i, _)| *i == item).map(|at| at + 1)
    };
    let mut levers = Vec::new();
    for (at, rule) in course.rules.bound.iter().enumerate() {
        let Some(rule) = rule else { continue };
        let tweaks = Tweaks {
            without: Some(at),
            ..base.clone()
        };
        if let Some(rank) = rank(&tweaks) {
            levers.push(Lever {
                kind: "rule",
                what: format!("without rule {}: {}", at + 1, rule.name),
                from: None,
                to: None,
                rank,
            });
        }
    }
    let is_candidate = !matches!(stage, Some(SEEN)) && ended.order.iter().any(|i| i.item == item);
    if !is_candidate {
        return levers;
    }
    let plan = &course.fetched.shared.plan;
    let mut search = |kind, what: String, from: f64, far: f64, tweak: &dyn Fn(f64) -> Tweaks| {
        if let Some((to, rank)) = smallest(from, far, |value| rank(&tweak(value))) {
            levers.push(Lever {
                kind,
                what,
                from: Some(from),
                to: Some(to),
                rank,
            });
        }
    };
    let lift = |factor| Tweaks {
        lift: Some((item, factor)),
        ..base.clone()
    };
    search("boost", "a boost of this item".to_owned(), 1.0, 1e6, &lift);
    let weight = |weight| Tweaks {
        weight: Some(weight),
        ..base.clone()
    };
    if !course.fetched.events.is_empty() {
        search(
            "session",
            "the session's weight".to_owned(),
            plan.session.weight,
            100.0,
            &weight,
        );
        search(
            "session",
            "the session's weight".to_owned(),
            plan.session.weight,
            0.0,
            &weight,
        );
    }
    if plan.diversity.method != super::Method::None {
        let lambda = |lambda| Tweaks {
            lambda: Some(lambda),
            ..base.clone()
        };
        search(
            "diversity",
            "diversity's λ".to_owned(),
            plan.diversity.lambda,
            1.0,
            &lambda,
        );
        search(
            "diversity",
            "diversity's λ".to_owned(),
            plan.diversity.lambda,
            0.0,
            &lambda,
        );
    }
    levers
}

/// The value nearest to `from` on the way to `far` that brings it in, as far as halving finds it: what it gives was tried.
fn smallest(from: f64, far: f64, rank: impl Fn(f64) -> Option<usize>) -> Option<(f64, usize)> {
    if from == far {
        return None;
    }
    let (mut outside, mut inside) = (from, far);
    let mut found = rank(far)?;
    for _ in 0..HALVINGS {
        // Factors are halved as factors are.
        let is_wide = outside > 0.0 && inside > 0.0 && (inside / outside).abs().ln().abs() > 1.0;
        let middle = if is_wide {
            (outside * inside).sqrt()
        } else {
            f64::midpoint(outside, inside)
        };
        match rank(middle) {
            Some(rank) => (inside, found) = (middle, rank),
            None => outside = middle,
        }
    }
    Some((inside, found))
}
