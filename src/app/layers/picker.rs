//! The picker: a fuzzy search over users or items, with a live preview on every pane.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use tui_input::Input;

use super::{PAGE, rating, rows_at};
use crate::answers::{AnswerError, Entity, PickQuery, PickRow, PickView, Subject, Whose, pick};
use crate::app::action::{Cx, Layer, Scene, Then};
use crate::app::scope::{Scope, Verb};
use crate::app::verbs::program;
use crate::app::verbs::rating::Cell;
use crate::engine::{Generation, JobError, Lane, Snapshot};
use crate::panes::widgets::{
    compact, highlighted, popup, put_right, spans_in, text_field, thousands, width, wrapped_message,
};
use crate::panes::{Drawn, Picks, Role, Selection, first_row};
use crate::task::Task;

/// What a picker is for.
#[derive(Clone, Copy, Debug)]
enum Picking {
    User,
    Item,
    Rate,
    /// What an action of a pane wants.
    For(Picks),
}

impl Picking {
    fn is_of_users(self) -> bool {
        match self {
            Self::User => true,
            Self::For(picks) => picks.users,
            Self::Item | Self::Rate => false,
        }
    }
}

/// The picker.
struct Picker {
    picking: Picking,
    input: Input,
    cursor: usize,
    before: Selection,
    lane: Lane<PickView>,
    asked: Option<PickQuery>,
    generation: Generation,
    found: Arc<Snapshot<PickView>>,
}

/// Opens it over the users.
pub fn open_users(cx: &mut Cx<'_>) {
    open(cx, Picking::User);
}

/// Opens it over the items.
pub fn open_items(cx: &mut Cx<'_>) {
    open(cx, Picking::Item);
}

/// Opens it for what an action of a pane wants.
pub fn open_for(cx: &mut Cx<'_>, picks: Picks) {
    open(cx, Picking::For(picks));
}

/// A newcomer becomes the subject, and rates a first item.
pub fn open_guest(cx: &mut Cx<'_>) {
    program::become_guest(cx);
    open(cx, Picking::Rate);
}

fn open(cx: &mut Cx<'_>, picking: Picking) {
    let lane = Lane::new(&cx.tools.browsing, Arc::clone(&cx.tools.wake));
    let mut picker = Picker {
        picking,
        input: Input::default(),
        cursor: 0,
        before: cx.state.shared.selection.clone(),
        found: lane.latest().load(),
        lane,
        asked: None,
        generation: Generation::default(),
    };
    picker.ask(cx);
    cx.open(picker);
}

impl Picker {
    fn rows(&self) -> &[PickRow] {
        self.found.phase.view().map_or(&[], |v| v.rows.as_slice())
    }

    fn entity(&self) -> Option<Entity> {
        self.rows().get(self.cursor).map(|row| row.entity)
    }

    /// Asks for what fits the text, where that is another question than before.
    fn ask(&mut self, cx: &Cx<'_>) {
        let query = PickQuery {
            text: self.input.value().to_owned(),
            users: self.picking.is_of_users(),
            items: !self.picking.is_of_users(),
        };
        if self.asked.as_ref() == Some(&query) {
            return;
        }
        // What was found refines only what was asked before, and only whole answers do.
        let found = self.lane.latest().load();
        let is_whole = found.generation == self.generation && found.phase.is_settled();
        let previous = self.asked.replace(query.clone()).filter(|_| is_whole);
        self.generation = self.generation.next();
        let (world, pool) = (cx.world.clone(), cx.tools.pool.clone());
        self.lane.ask(self.generation, move |asked| {
            let task = Task {
                cancel: asked.cancel.clone(),
                pool,
                ..Task::default()
            };
            let previous = previous.as_ref().zip(found.phase.view());
            let view = pick::compute(&world, &query, previous, &task, &mut |view| {
                // An error only means that nobody wants it: the task says so, too.
                let _ = asked.partial(view);
            });
            view.map_err(|e| match e {
                AnswerError::Cancelled(_) => JobError::Cancelled,
                other => JobError::Failed(other.to_string()),
            })
        });
    }

    /// Shows what it would be like to take the row, on every pane.
    fn preview(&self, cx: &mut Cx<'_>) {
        let shared = &mut cx.state.shared;
        match (self.picking, self.entity()) {
            (Picking::User, Some(Entity::User(user))) => shared.set_subject(Subject::Person(Whose::User(user))),
            (Picking::Item, Some(Entity::Item(item))) => shared.set_subject(Subject::Item(item)),
            (Picking::For(picks), Some(entity)) => (picks.preview)(shared, entity),
            (Picking::Rate, _) => {}
            _ => shared.selection = self.before.clone(),
        }
    }

    fn take(&self, cx: &mut Cx<'_>) {
        let shared = &mut cx.state.shared;
        let mut before = shared.visit();
        before.subject.clone_from(&self.before.subject);
        (before.focus_item, before.focus_user) = (self.before.focus_item, self.before.focus_user);
        match (self.picking, self.entity()) {
            (Picking::User, Some(Entity::User(user))) => shared.go_to(Subject::Person(Whose::User(user)), before),
            (Picking::Item, Some(Entity::Item(item))) => shared.go_to(Subject::Item(item), before),
            (Picking::For(picks), Some(entity)) => (picks.take)(shared, entity),
            (Picking::Rate, Some(Entity::Item(item))) => {
                if let Subject::Person(whose) = shared.selection.subject.clone() {
                    rating::open_on(cx, Cell { whose, item });
                }
            }
            _ => shared.selection = self.before.clone(),
        }
    }
}

impl Layer for Picker {
    fn scope(&self) -> Scope {
        Scope::List
    }

    fn act(&mut self, verb: Verb, cx: &mut Cx<'_>) -> Then {
        match verb {
            Verb::Close => {
                cx.state.shared.selection = self.before.clone();
                Then::Close
            }
            Verb::Accept => {
                self.take(cx);
                Then::Close
            }
            Verb::Move(motion) => {
                self.cursor = motion.from(self.cursor, self.rows().len(), PAGE);
                self.preview(cx);
                Then::Stay
            }
            _ => Then::Stay,
        }
    }

    fn input(&mut self) -> Option<&mut Input> {
        Some(&mut self.input)
    }

    fn typed(&mut self, cx: &mut Cx<'_>) {
        self.cursor = 0;
        self.ask(cx);
    }

    fn point(&mut self, row: usize, cx: &mut Cx<'_>) {
        self.cursor = row;
        self.preview(cx);
    }

    fn poll(&mut self, cx: &mut Cx<'_>) -> bool {
        let found = self.lane.latest().load();
        if Arc::ptr_eq(&found, &self.found) || found.phase.view().is_none() {
            return false;
        }
        self.found = found;
        // As long as names are looked through, another one may come to the top, and the panes only take time from it.
        // Before anything is typed or moved, the screen stays as it was.
        let is_untouched = self.input.value().is_empty() && self.cursor == 0;
        if self.found.phase.is_settled() && !is_untouched {
            self.preview(cx);
        }
        true
    }

    fn is_pending(&self) -> bool {
        let found = self.lane.latest().load();
        found.generation < self.generation || !found.phase.is_settled()
    }

    /// At the left edge, so that the panes beside it show the preview.
    fn draw(&self, scene: &Scene<'_>, buffer: &mut Buffer) -> (Option<Position>, Drawn) {
        let theme = scene.theme;
        let wide = scene.first_column.max(32).min(scene.body.width);
        let area = Rect {
            width: wide,
            ..scene.body
        };
        let title = match self.picking {
            Picking::User => "Users",
            Picking::Item => "Items",
            Picking::Rate => "Rate an item",
            Picking::For(picks) => picks.title,
        };
        let none = PickView::default();
        let view = self.found.phase.view().unwrap_or(&none);
        let so_far = if view.growing { " so far" } else { "" };
        let (matches, total) = (thousands(view.matches as u64), thousands(view.total as u64));
        let note = format!("{matches}{so_far} of {total}");
        let inside = popup(buffer, area, &theme.plain(title), &note, theme);
        let at = text_field(buffer, inside, &theme.plain("› "), &self.input, theme);
        let list = Rect {
            y: inside.y + 1,
            height: inside.height.saturating_sub(1),
            ..inside
        };
        if view.rows.is_empty() && self.found.phase.is_settled() {
            let none = format!(
                "Nothing is called {:?}. Ids and titles are searched.",
                self.input.value()
            );
            wrapped_message(buffer, list, &none, theme);
        }
        let first = first_row(0, self.cursor, usize::from(list.height), view.rows.len());
        for (n, row) in view.rows.iter().enumerate().skip(first).take(usize::from(list.height)) {
            let line = Rect {
                y: list.y + (n - first) as u16,
                height: 1,
                ..list
            };
            if n == self.cursor {
                buffer.set_style(line, theme.style(Role::Selection));
            }
            let count = compact(row.ratings as u64);
            let room = line.width.saturating_sub(width(&count) as u16 + 1);
            let found = theme.style(Role::Match);
            let (title, id) = row.text.split_at(row.id_at);
            let before = title.chars().count();
            let (in_title, in_id) = row.matched.split_at(row.matched.partition_point(|at| *at < before));
            let in_id: Vec<usize> = in_id.iter().map(|at| at - before).collect();
            let mut spans = highlighted(title, in_title, theme.style(Role::Text), found);
            spans.extend(highlighted(id, &in_id, theme.style(Role::Muted), found));
            spans_in(buffer, Rect { width: room, ..line }, &spans, theme.symbols().ellipsis);
            put_right(buffer, line, line.right(), line.y, &count, theme.style(Role::Muted));
        }
        (at, rows_at(list, view.rows.len(), first))
    }
}
