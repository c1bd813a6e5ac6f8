//! Cold start: how policies learn which of several new items people like: what each lost on the way, and what it
//! believes of every arm.

mod actions;
mod arms;
mod question;
mod race;
mod run;
mod words;

pub use actions::add_this_arm;
pub use question::command_of;
pub use run::BanditSettings;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{Figures, Pen, Spans, beside, gauge, plural, spans_width, thousands, wrapped_message};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::{self, Arithmetic};
use crate::answers::{ColdStartPolicy, ColdStartView, RunState};

/// Policies that learn which of several arms is best.
#[derive(Default)]
pub struct ColdStart;

/// The policy whose beliefs are shown.
fn chosen<'a>(view: &'a ColdStartView, state: &PaneState) -> Option<(usize, &'a ColdStartPolicy)> {
    let at = state.mode % view.policies.len().max(1);
    view.policies.get(at).map(|p| (at, p))
}

impl Pane for ColdStart {
    const ID: PaneId = PaneId("cold_start");
    const ACTIONS: &'static [ActionRow] = actions::ACTIONS;
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&ColdStartView>, _selection: &Selection) -> String {
        let Some(view) = view else {
            return "Cold start".to_owned();
        };
        let (arms, policies) = (plural(view.arms.len(), "arm"), plural(view.policies.len(), "policy"));
        format!("Cold start · {arms} · {policies}")
    }

    fn modes(&self) -> usize {
        3
    }

    fn rows(&self, view: &ColdStartView, _state: &PaneState) -> usize {
        if view.policies.is_empty() { 0 } else { view.arms.len() }
    }

    fn row_text(&self, view: &ColdStartView, _state: &PaneState, row: usize) -> String {
        arms::arm_at(view, row)
            .map(|at| view.arms[at].label.clone())
            .unwrap_or_default()
    }

    fn target(&self, view: &ColdStartView, _state: &PaneState, row: usize) -> Option<Target> {
        let at = arms::arm_at(view, row)?;
        Some(view.arms[at].entity.map_or(Target::Arm(at), Target::Entity))
    }

    fn draw(&self, view: &ColdStartView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        if view.policies.is_empty() {
            wrapped_message(buffer, area, "no arms to learn about", theme)
        } else {
            layout(view, input, area, buffer)
        }
    }

    fn work(&self, view: &ColdStartView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        let policy = chosen(view, state)?.1;
        let by_what = policy.next.as_ref().map_or_else(String::new, words::by_what);
        arithmetic::of_pull(view, policy, arms::arm_at(view, row)?, &by_what)
    }

    fn export(&self, view: &ColdStartView) -> Export {
        let mut table =
            Export::of_columns("policy arm label true_mean pulls successes mean low high p_best".split(' '));
        for policy in &view.policies {
            for (n, arm) in view.arms.iter().enumerate() {
                let belief = policy.posteriors.get(n);
                table.rows.push(cells![
                    policy.name.clone(),
                    arm.id.clone(),
                    arm.label.clone(),
                    arm.mean,
                    policy.pulls.get(n).map(|p| *p as f64),
                    policy.successes.get(n).map(|s| *s as f64),
                    belief.map(|b| b.mean),
                    belief.map(|b| b.low),
                    belief.map(|b| b.high),
                    belief.map(|b| b.p_best)
                ]);
            }
        }
        table
    }
}

/// What there is room for: the state always, then the policies, their curves, the arms.
fn layout(view: &ColdStartView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let mut pen = Pen::new(buffer, area, theme);
    status(view, theme, &mut pen);
    if let Some(said) = chosen(view, input.state).and_then(|(_, policy)| words::last(view, policy)) {
        let most = if pen.lines_left() >= 8 { 2 } else { 1 };
        pen.paragraph("", &theme.plain(&said), most, theme.style(Role::Text));
    }
    let policies = view.policies.len() as u16;
    let body = pen.left();
    if body.width >= 68 && body.height >= 9 {
        let [left, right] = beside(body, body.width * 2 / 5, 2);
        let mut pen = Pen::new(buffer, left, theme);
        race::policies(view, input, &mut pen);
        let chart = pen.left();
        race::curves(view, theme, chart, buffer);
        return arms::draw(view, input, right, buffer);
    }
    race::policies(view, input, &mut pen);
    let left = pen.lines_left();
    // Half for the curves, half for the arms, where both can be read.
    let curves = match left {
        0..=3 => 0,
        4..=9 => left,
        10..=15 => 6.max(left.saturating_sub(policies + 8)),
        _ => (left / 2).min(12),
    };
    let chart = pen.take(curves);
    race::curves(view, theme, chart, pen.buffer());
    let rest = pen.left();
    if rest.height >= 4 {
        return arms::draw(view, input, rest, buffer);
    }
    arms::draw_small(view, input, rest, buffer);
    Drawn::default()
}

/// `▶ running  pull 4,210 of 10,000 ████▋`.
fn status(view: &ColdStartView, theme: &Theme, pen: &mut Pen<'_>) {
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let (mark, word, role) = match view.state {
        RunState::Running => (if theme.is_ascii() { ">" } else { "▶" }, "running", Role::Positive),
        RunState::Paused => (if theme.is_ascii() { "\"" } else { "‖" }, "paused", Role::Warning),
        RunState::Finished => (theme.symbols().checks[0], "finished", Role::Neutral),
    };
    let spans: Spans<'_> = vec![
        (format!("{mark} {word}").into(), theme.style(role)),
        ("  pull ".into(), muted),
        (thousands(view.step).into(), strong),
        (Cow::Owned(format!(" of {}", thousands(view.horizon))), muted),
    ];
    let line = pen.take(1);
    Pen::new(pen.buffer(), line, theme).line(&spans);
    let used = spans_width(&spans) as u16 + 2;
    let room = line.width.saturating_sub(used).min(30);
    if room >= 4 && view.horizon > 0 && view.state != RunState::Finished {
        let place = Rect::new(line.x + used, line.y, room, line.height);
        gauge(pen.buffer(), place, view.step as f64 / view.horizon as f64, theme);
    }
}

/// A policy's name without its parameters.
fn brief(policy: &ColdStartPolicy) -> &str {
    policy.name.split(':').next().unwrap_or(&policy.name)
}

/// Regrets of all policies with the same decimals.
fn regret_figures(view: &ColdStartView) -> Figures {
    let most = view.policies.iter().map(|p| p.regret).fold(0.0, f64::max);
    Figures::with(usize::from(most < 1000.0))
}

#[cfg(test)]
mod tests;
