//! Newcomer: onboarding as a game. The program asks, a newcomer answers or doesn't know, and every pane follows.

mod map;
mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::controls::Value;
use super::theme::Role;
use super::widgets::{
    Column, Content, Figures, Pen, beside, draw_table, entity_key, percent, plural, quantity, thousands, width,
    wrapped_message,
};
use super::{ActionRow, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Shared, Target, cells};
use crate::answers::{Entity, NewcomerView, Subject, Whose, World, joined};
use crate::data::FeedbackKind;
pub use question::{way, way_control};

/// A newcomer who is asked.
#[derive(Default)]
pub struct Newcomer;

/// Among the pane's values, what had no answer.
const SKIPPED: &str = "skipped";

impl Pane for Newcomer {
    const ID: PaneId = PaneId("newcomer");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 4 });
    const ACTIONS: &'static [ActionRow] = &[
        ActionRow {
            id: "skip_question",
            title: "Don't know it",
            hint: "don't know",
            doc: "The newcomer has no answer to the question under the cursor.",
            keys: &["d"],
            run: skip,
            possible: |shared| is_guest(shared) && item_under(shared).is_some(),
        },
        ActionRow {
            id: "ask_again",
            title: "Ask again",
            hint: "",
            doc: "What had no answer may be asked once more.",
            keys: &["r"],
            run: |shared, _| drop(shared.memory_mut(Newcomer::ID).values.remove(SKIPPED)),
            possible: |shared| shared.values(Newcomer::ID).contains_key(SKIPPED),
        },
    ];

    fn title(&self, view: Option<&NewcomerView>, _selection: &Selection) -> String {
        match view {
            None => "Newcomer".to_owned(),
            Some(view) => format!("Newcomer · asked by {}", view.ask),
        }
    }

    fn modes(&self) -> usize {
        2
    }

    fn rows(&self, view: &NewcomerView, _state: &PaneState) -> usize {
        usize::from(view.question.is_some()) + view.answers.len()
    }

    fn row_text(&self, view: &NewcomerView, _state: &PaneState, row: usize) -> String {
        named(view, row).map(|n| n.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &NewcomerView, _state: &PaneState, row: usize) -> Option<Target> {
        named(view, row).map(|n| Target::Entity(n.entity))
    }

    /// The question is always the same row, so that the cursor stays on it.
    fn row_key(&self, view: &NewcomerView, _state: &PaneState, row: usize) -> u64 {
        match named(view, row).filter(|_| row > 0 || view.question.is_none()) {
            Some(named) => entity_key(named.entity),
            None => u64::MAX,
        }
    }

    fn draw(&self, view: &NewcomerView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
        let (mut area, is_map) = (area, input.state.mode % 2 == 1);
        if let Some(sky) = &view.map {
            if is_map {
                return map::draw(sky, input, area, buffer);
            }
            if area.width >= 76 && area.height >= 10 {
                let [left, right] = beside(area, area.width / 2, 1);
                map::draw(sky, input, right, buffer);
                area = left;
            }
        } else if is_map {
            return wrapped_message(buffer, area, "als is being fitted, whose map it is", theme);
        }
        let mut pen = Pen::new(buffer, area, theme);
        if pen.lines_left() >= 5 {
            let known = view.uncertainty.map_or_else(
                || "als is being fitted".to_owned(),
                |u| format!("uncertainty {}", percent(u)),
            );
            pen.line_and(
                &[
                    (plural(view.answers.len(), "answer").into(), strong),
                    (format!("  {} without", thousands(view.skipped as u64)).into(), muted),
                ],
                &known,
                muted,
            );
            match &view.question {
                Some(_) => {
                    let texts = ["e rates the first row; d: don't know it", "e rates it; d: don't know"];
                    let fits = |t: &&&str| width(t) <= usize::from(pen.left().width);
                    let text = texts.iter().find(fits).unwrap_or(&texts[1]);
                    pen.text(&input.words.say(text), muted);
                }
                None => pen.text("nothing is left to be asked", muted),
            }
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn arithmetic(&self, view: &NewcomerView, _state: &PaneState, row: usize) -> Option<Vec<String>> {
        let question = view.question.as_ref().filter(|_| row == 0)?;
        let (ratings, three) = (question.ratings as f64, Figures::with(3));
        Some(vec![
            question.item.label.clone(),
            format!(
                "{} ratings, entropy {} bits",
                question.ratings,
                three.text(question.entropy)
            ),
            format!(
                "ln({}) × {} = {}",
                question.ratings,
                three.text(question.entropy),
                three.text(ratings.max(1.0).ln() * question.entropy)
            ),
            format!("asked by {}", view.ask),
        ])
    }

    fn export(&self, view: &NewcomerView) -> Export {
        let mut table = Export::of_columns(["id", "label", "rating"]);
        let answers = view.answers.iter();
        table
            .rows
            .extend(answers.map(|a| cells![a.item.id.clone(), a.item.label.clone(), a.rating]));
        table
    }
}

/// The question, then the answers.
fn named(view: &NewcomerView, row: usize) -> Option<&crate::answers::Named> {
    match (&view.question, row) {
        (Some(question), 0) => Some(&question.item),
        (Some(_), row) => view.answers.get(row - 1).map(|a| &a.item),
        (None, row) => view.answers.get(row).map(|a| &a.item),
    }
}

fn is_guest(shared: &Shared) -> bool {
    matches!(shared.selection.subject, Subject::Person(Whose::Guest(_)))
}

fn item_under(shared: &Shared) -> Option<crate::data::ItemIx> {
    match shared.facts.target.as_ref().and_then(Target::entity) {
        Some(Entity::Item(item)) => Some(item),
        _ => None,
    }
}

fn skip(shared: &mut Shared, world: &World) {
    let Some(item) = item_under(shared) else { return };
    let mut skipped = question::skipped(&shared.values(Newcomer::ID));
    skipped.push(world.dataset.item_id(item).to_owned());
    let values = &mut shared.memory_mut(Newcomer::ID).values;
    let text = joined(skipped.iter().map(String::as_str));
    values.insert(SKIPPED.to_owned(), Value::Text(text));
}

fn table(view: &NewcomerView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let figures = Figures::of_values(input.words.kind, view.answers.iter().map(|a| a.rating));
    let columns = [
        Column::fixed("", 1),
        Column::flex("item", 12, 1),
        Column::fixed(input.words.row.many, 8).right().optional(2),
        Column::fixed("bits", 5).right().optional(3),
        Column::fixed("answer", 8).right(),
    ];
    draw_table(&columns, input, area, buffer, |row| {
        let named = named(view, row)?;
        let label = theme.plain(&named.label).into_owned();
        if let Some(question) = view.question.as_ref().filter(|_| row == 0) {
            return Some(vec![
                Content::styled("?", theme.style(Role::Key)),
                Content::styled(label, theme.style(Role::Strong)),
                Content::styled(thousands(question.ratings as u64), theme.style(Role::Muted)),
                Content::styled(Figures::with(2).text(question.entropy), theme.style(Role::Muted)),
                Content::styled("?", theme.style(Role::Key)),
            ]);
        }
        let at = row - usize::from(view.question.is_some());
        let rating = view.answers.get(at)?.rating;
        let text = if input.words.kind == FeedbackKind::Counts {
            quantity(rating)
        } else {
            figures.text(rating)
        };
        Some(vec![
            Content::styled(theme.marker(0), theme.style(Role::Edited)),
            Content::text(label),
            Content::Empty,
            Content::Empty,
            Content::styled(text, theme.style(Role::Edited)),
        ])
    })
}

#[cfg(test)]
mod tests;
