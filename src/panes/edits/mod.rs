//! Edits: the ledger of what is different from what is stored, each line to be undone, and where in their history somebody
//! stands.

pub(super) mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{
    Column, Content, Figures, Pen, draw_table, entity_key, name_of, put, quantity, upright_bars, width,
};
use super::{ActionRow, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Shared, Target, cells};
use crate::answers::{LedgerRow, LedgerView, Subject, TimelineView, Whose, World};
use crate::data::{Day, FeedbackKind};

/// The edits of a person.
#[derive(Default)]
pub struct Edits;

impl Pane for Edits {
    const ID: PaneId = PaneId("edits");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 3 });
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "drop_edit",
        title: "Undo this edit",
        hint: "undo it",
        doc: "Takes back the edit under the cursor; the others stay.",
        keys: &["d", "delete"],
        run: drop_edit,
        possible: |shared| shared.facts.rows > 0,
    }];

    fn title(&self, view: Option<&LedgerView>, _selection: &Selection) -> String {
        let Some(view) = view else { return "Edits".to_owned() };
        match &view.user {
            Some(user) => format!("Edits · {}", name_of(user)),
            None => "Edits · guest".to_owned(),
        }
    }

    fn rows(&self, view: &LedgerView, _state: &PaneState) -> usize {
        view.rows.len() + usize::from(view.later > 0)
    }

    fn row_text(&self, view: &LedgerView, _state: &PaneState, row: usize) -> String {
        view.rows.get(row).map_or_else(|| later_text(view), |r| r.label.clone())
    }

    fn target(&self, view: &LedgerView, _state: &PaneState, row: usize) -> Option<Target> {
        view.rows.get(row).map(|r| Target::Entity(r.entity))
    }

    fn row_key(&self, view: &LedgerView, _state: &PaneState, row: usize) -> u64 {
        view.rows.get(row).map_or(u64::MAX, |r| entity_key(r.entity))
    }

    fn draw(&self, view: &LedgerView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        if let Some(timeline) = &view.timeline
            && pen.lines_left() >= 3
        {
            history(timeline, input, &mut pen);
        }
        if view.others > 0 && pen.lines_left() >= 3 {
            let place = pen.take_below(1);
            let text = format!("and {} of other users", input.words.row.counted(view.others as u64));
            let mut line = Pen::new(pen.buffer(), place, theme);
            line.text(&text, theme.style(Role::Edited));
        }
        let body = pen.left();
        if self.rows(view, input.state) == 0 {
            // Without times there is nothing to go back to.
            let hint = if view.timeline.is_some() {
                "nothing is different: e edits what is under the cursor, E takes a line (`rate TITLE 4`, `scale 0.5`), [ \
                 goes back in time, L replays a file"
            } else {
                "nothing is different: e edits what is under the cursor, E takes a line (`rate TITLE 4`, `scale 0.5`), L \
                 replays a file"
            };
            let mut pen = Pen::new(buffer, body, theme);
            pen.paragraph("", &input.words.say(hint), body.height, theme.style(Role::Muted));
            return Drawn::default();
        }
        table(view, input, body, buffer)
    }

    fn export(&self, view: &LedgerView) -> Export {
        let mut table = Export::of_columns(["id", "label", "stored", "now"]);
        table.rows.extend(
            view.rows
                .iter()
                .map(|r| cells![r.id.clone(), r.label.clone(), r.stored, r.now]),
        );
        table
    }
}

/// Takes back the edit under the cursor, or lets the rest of the history happen.
fn drop_edit(shared: &mut Shared, world: &World) {
    let under = shared.facts.target.as_ref().and_then(Target::entity);
    let item = under.and_then(|entity| match entity {
        crate::answers::Entity::Item(item) => Some(item),
        crate::answers::Entity::User(_) => None,
    });
    match (&shared.selection.subject, item) {
        (Subject::Person(Whose::User(user)), Some(item)) => {
            let mut edits = (*shared.selection.edits).clone();
            edits.set(&world.dataset, *user, item, world.dataset.rating(*user, item));
            shared.selection.edits = edits.into();
        }
        (Subject::Person(Whose::User(user)), None) => {
            let events = world.events(*user);
            shared.selection.edits = world.edits_at(*user, &events, events.len());
        }
        (Subject::Person(Whose::Guest(ratings)), Some(item)) => {
            let left = ratings.iter().copied().filter(|(other, _)| *other != item);
            let guest = Whose::Guest(std::sync::Arc::new(left.collect()));
            shared.selection.subject = Subject::Person(guest);
        }
        _ => {}
    }
}

/// What is called those ratings that have not happened yet.
fn later_text(view: &LedgerView) -> String {
    match view.timeline.as_ref().and_then(|t| t.now) {
        Some(day) => format!("{} after {day}", view.later),
        None => format!("all of the history ({})", view.later),
    }
}

/// `1997-09-20 ▁▂▅█▃ 1998-04-02 · event 120 of 212`: what has happened is bright.
fn history(timeline: &TimelineView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let muted = theme.style(Role::Muted);
    let is_now = timeline.known == timeline.events;
    let standing = format!("{} of {}", timeline.known, timeline.events);
    let role = if is_now { Role::Muted } else { Role::Edited };
    let place = pen.take(1);
    let (first, last) = (timeline.first.to_string(), timeline.last.to_string());
    let buffer = pen.buffer();
    let needed = width(&first) + width(&last) + width(&standing) + timeline.parts.len() + 6;
    let mut x = place.x;
    if needed <= usize::from(place.width) {
        x += put(buffer, place, x, place.y, &first, muted) + 1;
    }
    let bars = Rect::new(x, place.y, timeline.parts.len() as u16, 1).intersection(place);
    let counts: Vec<f64> = timeline.parts.iter().map(|(all, _)| *all as f64).collect();
    upright_bars(buffer, bars, &counts, theme, |n| {
        let (all, known) = timeline.parts.get(n).copied().unwrap_or_default();
        theme.style(if known * 2 >= all { Role::Series(0) } else { Role::Muted })
    });
    x = bars.right() + 1;
    if needed <= usize::from(place.width) {
        x += put(buffer, place, x, place.y, &last, muted) + 2;
    }
    put(buffer, place, x, place.y, &standing, theme.style(role));
    if pen.lines_left() >= 4 {
        let now = timeline
            .now
            .map_or_else(|| "before everything".to_owned(), |day: Day| day.to_string());
        let many = input.words.row.many;
        let texts = if is_now {
            [
                format!("all {many} have happened; [ goes back by one, {{ by a day"),
                "[ goes back by one, { by a day".to_owned(),
                "[ { go back".to_owned(),
            ]
        } else {
            [
                format!("it is {now}: [ ] go by one, {{ }} by a day, . to the end"),
                format!("it is {now}: [ ] {{ }} . move"),
                now,
            ]
        };
        let cells = usize::from(pen.left().width);
        let text = texts.iter().find(|text| width(text) <= cells).unwrap_or(&texts[2]);
        pen.text(text, theme.style(role));
    }
}

fn table(view: &LedgerView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let shown = || view.rows.iter().take(500);
    let values = || shown().flat_map(|r| [r.stored, r.now]).flatten();
    let figures = Figures::of_values(input.words.kind, values());
    let text = |value: Option<f64>| match (value, input.words.kind) {
        (None, _) => "none".to_owned(),
        (Some(value), FeedbackKind::Counts) => quantity(value),
        (Some(value), _) => figures.text(value),
    };
    let wide = shown()
        .flat_map(|r| [r.stored, r.now])
        .map(|v| width(&text(v)))
        .max()
        .unwrap_or(0)
        .max(7) as u16;
    let columns = [
        Column::fixed("", 1),
        Column::flex("item", 12, 1),
        Column::fixed("stored", wide).right(),
        Column::fixed("now", wide).right(),
        Column::fixed("", 7).optional(2),
    ];
    draw_table(&columns, input, area, buffer, |row| {
        let edited = theme.style(Role::Edited);
        let Some(row) = view.rows.get(row) else {
            return Some(vec![
                Content::styled(theme.marker(0), edited),
                Content::styled(later_text(view), edited),
                Content::Empty,
                Content::styled("not yet", edited),
            ]);
        };
        Some(vec![
            Content::styled(theme.marker(0), edited),
            Content::text(theme.plain(&row.label).into_owned()),
            Content::styled(text(row.stored), theme.style(Role::Muted)),
            Content::styled(text(row.now), edited),
            Content::styled(what(row), theme.style(Role::Muted)),
        ])
    })
}

/// What an edit did, in a word.
fn what(row: &LedgerRow) -> &'static str {
    match (row.stored, row.now) {
        (None, _) => "added",
        (Some(_), None) => "removed",
        (Some(_), Some(_)) => "changed",
    }
}

#[cfg(test)]
mod tests;
