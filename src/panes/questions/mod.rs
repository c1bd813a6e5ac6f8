//! Questions: what can be asked of the item under the cursor of the list; the one under its own cursor is answered.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{Column, Content, draw_table, width};
use super::{Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Shared, Target, cells};
use crate::data::ItemIx;

/// What can be asked.
#[derive(Default)]
pub struct Questions;

/// The questions, with what each is about.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionsView {
    /// The item that they are about.
    pub label: Option<String>,
    /// The question, and what it is about in this case.
    pub rows: Vec<(&'static str, String)>,
    /// What the item is compared with.
    pub second: Option<ItemIx>,
}

fn lead(shared: &mut Shared, target: &Target) {
    if let Target::Choice(at) = target {
        question::turn(shared, *at);
    }
}

impl Pane for Questions {
    const ID: PaneId = PaneId("questions");
    const LEADS: Option<Leads> = Some(Leads::Other(lead));
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&QuestionsView>, _selection: &Selection) -> String {
        let label = view.and_then(|view| view.label.as_ref());
        label.map_or_else(|| "Questions".to_owned(), |label| format!("Questions · {label}"))
    }

    fn rows(&self, view: &QuestionsView, _state: &PaneState) -> usize {
        view.rows.len()
    }

    fn row_text(&self, view: &QuestionsView, _state: &PaneState, row: usize) -> String {
        let row = view.rows.get(row);
        row.map(|(title, detail)| format!("{title} {detail}"))
            .unwrap_or_default()
    }

    fn target(&self, view: &QuestionsView, _state: &PaneState, row: usize) -> Option<Target> {
        (row < view.rows.len()).then_some(Target::Choice(row))
    }

    fn draw(&self, view: &QuestionsView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let title = view.rows.iter().map(|(title, _)| width(title)).max().unwrap_or(0) as u16;
        let columns = vec![Column::fixed("question", title + 1), Column::flex("about", 8, 1)];
        let cells = |row: usize| {
            let (title, detail) = view.rows.get(row)?;
            Some(vec![
                Content::styled(*title, theme.style(Role::Strong)),
                Content::styled(theme.plain(detail).into_owned(), theme.style(Role::Muted)),
            ])
        };
        draw_table(&columns, input, area, buffer, cells)
    }

    fn export(&self, view: &QuestionsView) -> Export {
        let mut table = Export::of_columns(["question", "about"]);
        let rows = view.rows.iter().map(|(title, detail)| cells![*title, detail.clone()]);
        table.rows.extend(rows);
        table
    }
}

#[cfg(test)]
mod tests;
