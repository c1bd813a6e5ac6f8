//! What a policy did last and why, and what it does next, a sentence each.

use std::borrow::Cow;

use crate::answers::{ColdStartNext, ColdStartPolicy, ColdStartView};
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Spans, fit, score, width};

/// The sentences on a policy in `cells` cells: what happened first.
pub fn of_policy<'a>(view: &'a ColdStartView, policy: &ColdStartPolicy, theme: &Theme, cells: u16) -> Vec<Spans<'a>> {
    let muted = theme.style(Role::Muted);
    let mut lines = Vec::new();
    if let (Some(decided), Some(last)) = (&policy.decided, &policy.last) {
        let role = if last.success { Role::Positive } else { Role::Negative };
        let outcome = if last.success { ", a success" } else { ", a failure" };
        let (before, after) = why(policy, decided);
        lines.push(in_room(
            view,
            (last.arm, theme),
            (before.into(), muted),
            vec![(after.into(), muted), (outcome.into(), theme.style(role))],
            cells,
        ));
    }
    lines.push(match &policy.next {
        None => vec![("the run is finished: r starts over".into(), muted)],
        Some(next) => in_room(
            view,
            (next.arm, theme),
            (
                format!("{} next ", theme.symbols().cursor).into(),
                theme.style(Role::Key),
            ),
            vec![(format!("  {}", by_what(next)).into(), muted)],
            cells,
        ),
    });
    lines
}

/// The name of an arm between two texts, cut so that all is seen.
fn in_room<'a>(
    view: &'a ColdStartView,
    (arm, theme): (usize, &Theme),
    before: (Cow<'a, str>, ratatui::style::Style),
    after: Spans<'a>,
    cells: u16,
) -> Spans<'a> {
    let label = view.arms.get(arm).map_or("", |a| a.label.as_str());
    let taken: usize = width(&before.0) + after.iter().map(|(text, _)| width(text)).sum::<usize>();
    let room = usize::from(cells).saturating_sub(taken).max(6);
    let label = fit(label, room, theme.symbols().ellipsis);
    let mut spans = vec![before, (label, theme.style(Role::Text))];
    spans.extend(after);
    spans
}

fn figure(next: &ColdStartNext) -> Option<f64> {
    next.figures.get(next.arm).copied().flatten().filter(|f| f.is_finite())
}

/// What the figure of one arm is called in the head of its column.
pub fn head(figures_are: &str) -> &'static str {
    match figures_are {
        "indices" => "index",
        "draws" => "draw",
        "probabilities" => "chance",
        // Beside the mean that is believed, which has a flat prior in it.
        _ => "average",
    }
}

/// Why an arm was pulled, before and after its name: `Thompson sampling drew .81 for Alien, the highest`.
fn why(policy: &ColdStartPolicy, decided: &ColdStartNext) -> (String, String) {
    let who = &policy.title;
    let figure = figure(decided);
    let is_highest = figure.is_some_and(|own| decided.figures.iter().flatten().all(|f| *f <= own));
    let most = if is_highest { "highest" } else { "lowest" };
    match (decided.how, figure, decided.figures_are) {
        ("explore", ..) => (format!("{who} explored at random: "), String::new()),
        ("initial", ..) => (format!("{who} tries every arm once: "), String::new()),
        ("drawn", Some(chance), _) => (format!("{who} drew "), format!(" at a chance of {}", score(chance))),
        (_, Some(draw), "draws") => (format!("{who} drew {} for ", score(draw)), format!(", the {most}")),
        (_, Some(own), what) => (
            format!("{who}: the {most} {} is {} of ", head(what), score(own)),
            String::new(),
        ),
        (how, None, _) => (format!("{who} ({how}): "), String::new()),
    }
}

/// `by its draws: .871`.
fn by_what(next: &ColdStartNext) -> String {
    match (next.how, figure(next)) {
        ("explore", _) => "to explore".to_owned(),
        ("initial", _) => "every arm once at first".to_owned(),
        (_, Some(figure)) => format!("by its {}: {}", next.figures_are, score(figure)),
        (how, None) => how.to_owned(),
    }
}
