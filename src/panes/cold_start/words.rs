//! What a policy did last and why, and what it does next, a sentence each.

use crate::answers::{ColdStartNext, ColdStartPolicy, ColdStartView, RunState};
use crate::bandit::How;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Pen, fit, score, width};

/// What a policy did when it was stepped, and why; at the end, how to go on.
pub fn last(view: &ColdStartView, policy: &ColdStartPolicy) -> Option<String> {
    let end = "the run is finished: r starts over";
    let is_finished = view.state == RunState::Finished;
    let (Some(decided), Some(last)) = (&policy.decided, &policy.last) else {
        return is_finished.then(|| end.to_owned());
    };
    let (before, after) = why(policy, decided);
    let label = view.arms.get(last.arm).map_or("", |a| a.label.as_str());
    let outcome = if last.success { "a success" } else { "a failure" };
    let end = if is_finished { format!("; {end}") } else { String::new() };
    Some(format!("{before}{label}{after}: {outcome}{end}"))
}

/// `▸ next Star Wars (1977)  by its draws: .871`.
pub fn next_line(view: &ColdStartView, policy: &ColdStartPolicy, theme: &Theme, pen: &mut Pen<'_>) {
    let muted = theme.style(Role::Muted);
    let Some(next) = &policy.next else {
        return pen.text("no pull is left", muted);
    };
    let label = view.arms.get(next.arm).map_or("", |a| a.label.as_str());
    let why = by_what(next);
    let head = format!("{} next ", theme.symbols().cursor);
    let room = usize::from(pen.left().width).saturating_sub(width(&head) + width(&why) + 2);
    let label = fit(label, room.max(6), theme.symbols().ellipsis);
    pen.line(&[
        (head.into(), theme.style(Role::Key)),
        (label, theme.style(Role::Text)),
        (format!("  {why}").into(), muted),
    ]);
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
    let who = match policy.name.split_once("epsilon=") {
        Some((_, epsilon)) => format!("ε {epsilon}"),
        None => policy.title.clone(),
    };
    let figure = figure(decided);
    let is_highest = figure.is_some_and(|own| decided.figures.iter().flatten().all(|f| *f <= own));
    let most = if is_highest { "highest" } else { "lowest" };
    match (decided.how, figure, decided.figures_are) {
        (How::Explore, ..) => (format!("{who} explored at random: "), String::new()),
        (How::Initial, ..) => (format!("{who} tries every arm once first: "), String::new()),
        (How::Drawn, Some(chance), _) => (format!("{who} drew "), format!(" at a chance of {}", score(chance))),
        (How::Rival, ..) => (format!("{who} set its favorite aside for its rival "), String::new()),
        (_, Some(draw), "draws") => (format!("{who} drew {} for ", score(draw)), format!(", the {most}")),
        (_, Some(own), what) => (
            format!("{who}: the {most} {} is {} of ", head(what), score(own)),
            String::new(),
        ),
        (_, None, _) => (format!("{who} took "), String::new()),
    }
}

/// `by its draws: .871`.
pub fn by_what(next: &ColdStartNext) -> String {
    match (next.how, figure(next)) {
        (How::Explore, _) => "to explore".to_owned(),
        (How::Initial, _) => "every arm once at first".to_owned(),
        (How::Rival, _) => "to learn more of a rival".to_owned(),
        (_, Some(figure)) => format!("by its {}: {}", next.figures_are, score(figure)),
        (_, None) => "nothing is known yet".to_owned(),
    }
}
