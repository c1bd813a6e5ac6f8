//! Who changes: everybody's lists by the formula before it was turned and as it is now, or by two models; those whose list
//! changes most come first.

mod question;
mod run;
mod what;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{
    Column, Content, Extent, Figures, Pen, bar_cell, draw_table, entity_key, percent, thousands, wrapped_message,
};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::text::brief;
use crate::answers::{CompareAllView, UserChange};
use crate::data::clean_label;
use crate::engine::{Order, RunState};

pub use run::ChangesView;

/// Whose list changes most.
#[derive(Default)]
pub struct Changes;

fn row(view: &ChangesView, row: usize) -> Option<&UserChange> {
    view.compared.as_ref()?.users.get(row)
}

impl Pane for Changes {
    const ID: PaneId = PaneId("changes");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "run_changes",
        title: "Compare or stop",
        hint: "compare/stop",
        doc: "Goes on with those not compared yet, or stops that.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    }];

    fn title(&self, view: Option<&ChangesView>, _selection: &Selection) -> String {
        match view.and_then(|view| Some((view.compared.as_ref()?.users.len(), view.of))) {
            Some((done, of)) if done < of => {
                format!("Who changes · {} of {}", thousands(done as u64), thousands(of as u64))
            }
            _ => "Who changes most".to_owned(),
        }
    }

    fn rows(&self, view: &ChangesView, _state: &PaneState) -> usize {
        view.compared.as_ref().map_or(0, |compared| compared.users.len())
    }

    fn row_text(&self, view: &ChangesView, _state: &PaneState, at: usize) -> String {
        row(view, at).map(|user| user.user.clone()).unwrap_or_default()
    }

    fn target(&self, view: &ChangesView, _state: &PaneState, at: usize) -> Option<Target> {
        row(view, at).map(|user| Target::Entity(user.entity))
    }

    fn row_key(&self, view: &ChangesView, _state: &PaneState, at: usize) -> u64 {
        row(view, at).map_or(at as u64, |user| entity_key(user.entity))
    }

    fn draw(&self, view: &ChangesView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let Some(compared) = view.compared.as_ref().filter(|compared| !compared.users.is_empty()) else {
            return wrapped_message(buffer, area, &waiting(view), theme);
        };
        let mut pen = Pen::new(buffer, area, theme);
        let muted = theme.style(Role::Muted);
        if pen.lines_left() >= 4 {
            let rbo = Figures::with(3).text(compared.rbo.value);
            let means = format!("mean overlap {}, rank-biased {rbo}", percent(compared.overlap));
            pen.paragraph("", &means, 2, theme.style(Role::Text));
        }
        if pen.lines_left() >= 6 {
            for (name, model) in [("a", &compared.a), ("b", &compared.b)] {
                pen.text(&theme.plain(&format!("{name} = {}", brief(model, "…"))), muted);
            }
        }
        let body = pen.left();
        table(compared, input, body, buffer)
    }

    fn export(&self, view: &ChangesView) -> Export {
        let mut table = Export::of_columns(["user", "overlap", "rbo"]);
        let users = view.compared.iter().flat_map(|compared| &compared.users);
        table
            .rows
            .extend(users.map(|user| cells![user.user.clone(), user.overlap, user.rbo]));
        table
    }
}

/// Why nobody is compared yet.
fn waiting(view: &ChangesView) -> String {
    match (view.state, &view.report) {
        (RunState::Asks, _) => "so many ratings take their time: space compares everybody's lists".to_owned(),
        (RunState::Paused, _) if view.compared.is_some() && view.of == 0 => "nobody has rated anything".to_owned(),
        (RunState::Paused, _) => "stopped: space goes on".to_owned(),
        (RunState::Running, Some(report)) => report.stage.clone(),
        (RunState::Running, None) => "comparing begins once nothing is turned".to_owned(),
    }
}

fn table(view: &CompareAllView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let figures = Figures::with(3);
    let reach = Extent { below: 0.0, above: 1.0 };
    let columns = vec![
        Column::flex("user", 5, 2).at_most(24),
        Column::fixed("overlap", 7).right().optional(1),
        Column::fixed("rbo", 5).right(),
        Column::flex("changed", 7, 2).at_most(40).optional(2),
    ];
    let cells = |at: usize| {
        let user = view.users.get(at)?;
        Some(vec![
            Content::text(theme.plain(&clean_label(&user.user)).into_owned()),
            Content::text(percent(user.overlap)),
            Content::styled(figures.text(user.rbo), theme.style(Role::Strong)),
            bar_cell(1.0 - user.rbo, reach, theme, theme.style(Role::Edited)),
        ])
    };
    draw_table(&columns, input, area, buffer, cells)
}

#[cfg(test)]
mod tests;
