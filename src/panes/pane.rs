use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::ask::Ask;
use super::export::Export;
use super::rows::{Drawn, Pointed, Rows};
use super::selection::{PaneId, PaneState, Selection, Target};
use super::shared::{ActionRow, Leads, Shared};
use super::theme::{Role, Theme};
use crate::answers::arithmetic::Arithmetic;
use crate::bandit::Arm;
use crate::data::Words;
use crate::task::Curves;

/// What a pane is drawn with beside its view. All plain data.
#[derive(Clone, Copy, Debug)]
pub struct PaneInput<'a> {
    pub theme: &'a Theme,
    /// Who and what everything is about.
    pub selection: &'a Selection,
    /// What ratings are called.
    pub words: Words,
    /// The pane's own memory: cursor, unfolded rows, mode, pan and zoom.
    pub state: &'a PaneState,
    /// The rows left after `/`, in order. Without a filter, all of them.
    pub rows: Rows<'a>,
    /// Whether the pane has the keyboard: the cursor is drawn boldly then, else faintly.
    pub focused: bool,
    /// Whether the answer is being replaced (after 100 ms of waiting). `app` dims what was drawn; few panes care.
    pub stale: bool,
}

impl PaneInput<'_> {
    /// The style of the row under the cursor, boldly or faintly.
    pub fn cursor_style(&self) -> ratatui::style::Style {
        self.theme.style(if self.focused {
            Role::Selection
        } else {
            Role::SelectionUnfocused
        })
    }
}

/// What stands in place of an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// A sentence: what is missing, or how far that is.
    pub text: String,
    /// How the model that is waited for learns, as far as it has.
    pub curves: Curves,
}

impl Message {
    /// A sentence.
    pub fn of(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            curves: Curves::default(),
        }
    }
}

/// How one pane is drawn and walked over.
///
/// What must hold, and is tested over every registered pane: `draw` never panics at any size and writes only inside its
/// area; its cost is O(visible cells); no number is shown as NaN; `rows` counts what the cursor can stand on (0 where it
/// has no rows); `target`, `row_text` and `arithmetic` accept any `row < rows(view)`.
pub trait Pane: Ask + Send + Sync {
    /// Its name for files and commands.
    const ID: PaneId;
    /// What its cursor sets.
    const LEADS: Option<Leads> = None;
    /// It starts at the top when the subject or the model changes.
    const IS_ABOUT_SUBJECT: bool = true;
    /// Its rows are ranks: where an edit moves the row under the cursor, that is said.
    const IS_RANKED: bool = false;
    /// It draws its controls itself, and says in [`Drawn::controls`] where they stand; else they stand below what it draws.
    const DRAWS_CONTROLS: bool = false;
    /// Its own actions.
    const ACTIONS: &'static [ActionRow] = &[];
    /// Actions that lead to it from every pane.
    const EVERYWHERE: &'static [ActionRow] = &[];

    /// The title with what it depends on: `Neighbors · cosine · k 40`. `view` is absent before the first answer.
    fn title(&self, view: Option<&Self::View>, selection: &Selection) -> String;

    /// The least width and height inside the border at which it says something; below, only the title is shown.
    fn min_size(&self) -> (u16, u16) {
        (16, 2)
    }

    /// How many rows the cursor can stand on. 0 for a pane without a cursor.
    fn rows(&self, _view: &Self::View, _state: &PaneState) -> usize {
        0
    }

    /// The text of a row that `/` looks in.
    fn row_text(&self, _view: &Self::View, _state: &PaneState, _row: usize) -> String {
        String::new()
    }

    /// What the row is about: Enter makes it the subject, the cursor on it may set the focus item or neighbor.
    fn target(&self, _view: &Self::View, _state: &PaneState, _row: usize) -> Option<Target> {
        None
    }

    /// What can be made an arm of the bandit: a new item.
    fn arm(&self, _view: &Self::View) -> Option<Arm> {
        None
    }

    /// A key that stays the same while answers change (an id), so that the cursor stays on the same thing.
    fn row_key(&self, _view: &Self::View, _state: &PaneState, row: usize) -> u64 {
        row as u64
    }

    /// Whether the row is a branch that can be folded: [`PaneState::folded`] holds its key once it was turned over.
    fn is_branch(&self, _view: &Self::View, _state: &PaneState, _row: usize) -> bool {
        false
    }

    /// Whether the row is a branch that is folded.
    fn is_folded(&self, _view: &Self::View, _state: &PaneState, _row: usize) -> bool {
        false
    }

    /// How many ways it has of showing its answer, stepped through by a key; [`PaneState::mode`] says which.
    fn modes(&self) -> usize {
        1
    }

    /// Whether the cursor keys move what is shown ([`PaneState::pan`]) instead of a cursor: a map.
    fn pans(&self, _state: &PaneState) -> bool {
        false
    }

    /// The mouse on the plane that it drew ([`Drawn::plane`]), at a share of it from the upper left. Says whether that meant
    /// anything: else a drag moves what is shown.
    fn pointed(shared: &mut Shared, at: (f64, f64), how: Pointed) -> bool {
        let _ = (shared, at, how);
        false
    }

    /// Where the cursor goes when a view comes for a new subject.
    fn first_cursor(&self, _view: &Self::View) -> usize {
        0
    }

    /// Draws the answer, and says where its rows went (for the mouse and for scrolling).
    fn draw(&self, view: &Self::View, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn;

    /// Draws what stands in place of an answer in a way of its own; false where the sentence is all there is to it.
    fn draw_message(&self, message: &Message, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> bool {
        let _ = (message, input, area, buffer);
        false
    }

    /// Whether there is arithmetic for the row under the cursor. Asked in every frame; what takes long to write out says
    /// so without writing it.
    fn has_arithmetic(&self, view: &Self::View, state: &PaneState, row: usize) -> bool {
        self.arithmetic(view, state, row).is_some()
    }

    /// How the number under the cursor comes about, step by step.
    fn work(&self, _view: &Self::View, _state: &PaneState, _row: usize) -> Option<Arithmetic> {
        None
    }

    /// The same line by line: what a pane says that has no steps.
    fn arithmetic(&self, view: &Self::View, state: &PaneState, row: usize) -> Option<Vec<String>> {
        self.work(view, state, row).map(|work| work.lines())
    }

    /// What the pane shows, all of it, as a table: copied as text, exported as CSV or JSON.
    fn export(&self, view: &Self::View) -> Export;
}
