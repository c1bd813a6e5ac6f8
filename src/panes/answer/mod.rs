//! Answer: to the question asked of what is under the cursor of the list. What it would take to change the answer can be
//! applied.

mod actions;
pub mod question;
mod sheet;
mod sheets;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::why::{card, exported};
use super::widgets::{Pen, wrapped_message};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target};
use crate::answers::{CompareView, ContrastView, CounterfactualView, ExplainView, FragilityView, WhyNotView};

pub use actions::SCREEN_ACTIONS;
use question::Question;
use sheet::Sheet;

/// The answer to a question.
#[derive(Default)]
pub struct Answer;

/// An answer, and how it is shown.
#[derive(Clone, Debug)]
pub struct AnswerView {
    pub of: Answered,
    /// Its rows; none for what is drawn otherwise.
    sheet: Sheet,
}

/// What was answered.
#[derive(Clone, Debug)]
pub enum Answered {
    Why(Box<ExplainView>),
    WhyNot(WhyNotView),
    Without(CounterfactualView),
    Contrast(ContrastView),
    Fragility(FragilityView),
    Compare(CompareView),
}

impl Answered {
    fn question(&self) -> Question {
        match self {
            Self::Why(_) => Question::Why,
            Self::WhyNot(_) => Question::WhyNot,
            Self::Without(_) => Question::Without,
            Self::Contrast(_) => Question::Contrast,
            Self::Fragility(_) => Question::Fragility,
            Self::Compare(_) => Question::Compare,
        }
    }

    /// What the question is about.
    fn about(&self) -> String {
        match self {
            Self::Why(view) => view.label.clone(),
            Self::WhyNot(view) => view.label.clone(),
            Self::Without(view) => view.label.clone(),
            Self::Contrast(view) => view.item.named.label.clone(),
            Self::Fragility(view) => format!("the first {}", view.n),
            Self::Compare(view) => format!("the first {}", view.n),
        }
    }
}

impl Pane for Answer {
    const ID: PaneId = PaneId("answer");
    const ACTIONS: &'static [ActionRow] = actions::ACTIONS;
    const EVERYWHERE: &'static [ActionRow] = actions::EVERYWHERE;

    fn title(&self, view: Option<&AnswerView>, _selection: &Selection) -> String {
        let Some(view) = view else {
            return "Answer".to_owned();
        };
        format!("{} · {}", view.of.question().title(), view.of.about())
    }

    fn modes(&self) -> usize {
        Question::ALL.len()
    }

    fn rows(&self, view: &AnswerView, _state: &PaneState) -> usize {
        view.sheet.len()
    }

    fn row_text(&self, view: &AnswerView, _state: &PaneState, row: usize) -> String {
        view.sheet.text(row)
    }

    fn target(&self, view: &AnswerView, _state: &PaneState, row: usize) -> Option<Target> {
        let row = view.sheet.row(row)?;
        match &row.change {
            Some(change) => Some(Target::Change(std::sync::Arc::clone(change), row.about)),
            None => row.about.map(Target::Entity),
        }
    }

    fn row_key(&self, view: &AnswerView, _state: &PaneState, row: usize) -> u64 {
        view.sheet.key(row)
    }

    fn first_cursor(&self, view: &AnswerView) -> usize {
        view.sheet.first()
    }

    fn draw(&self, view: &AnswerView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let Answered::Why(why) = &view.of else {
            if view.sheet.len() == 0 && view.sheet.head.is_empty() {
                return wrapped_message(buffer, area, "there is nothing to tell", input.theme);
            }
            return view.sheet.draw(input, area, buffer);
        };
        let mut pen = Pen::new(buffer, area, input.theme);
        if pen.lines_left() >= 14 {
            card::histogram(why, input.theme, &mut pen);
            pen.take(1);
        } else {
            card::histogram_line(why, input.theme, &mut pen);
        }
        if pen.lines_left() >= 12 {
            card::full(why, input.theme, &mut pen);
        } else {
            card::short_card(why, input.theme, &mut pen);
        }
        Drawn::default()
    }

    fn export(&self, view: &AnswerView) -> Export {
        match &view.of {
            Answered::Why(view) => exported(view),
            _ => view.sheet.export(),
        }
    }
}

#[cfg(test)]
mod tests;
