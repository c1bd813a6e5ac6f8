//! Because: why the item has its score, in the sentence that a person would say, above the parts of its sum; each opens.

use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::why::{Look, Parts, card};
use super::widgets::{Pen, wrap};
use super::{ActionRow, PaneId, Shared};
use crate::answers::ExplainView;

/// The sentence, with what the parts consist of folded away.
pub struct Sentence;

/// The reason for a score.
pub type Because = Parts<Sentence>;

fn toggle(shared: &mut Shared) {
    let Some(key) = shared.facts.row_key.filter(|_| shared.facts.is_branch) else {
        return;
    };
    shared.focused_mut().turn(key);
}

impl Look for Sentence {
    const ID: PaneId = PaneId("because");
    const NAME: &'static str = "Because";
    const STARTS_FOLDED: bool = true;
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "open_part",
        title: "Open or close the part",
        hint: "open the part",
        doc: "Shows what the part under the cursor consists of, or hides it.",
        keys: &["enter"],
        run: |shared, _| toggle(shared),
        possible: |shared| shared.facts.is_branch,
    }];

    fn around(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) -> Rect {
        let area = pen.left();
        let lines = wrap(&view.sentence, usize::from(area.width).max(1)).len() as u16;
        // The tree keeps its head and a row, and half of a low pane.
        let most = lines
            .min(pen.lines_left().saturating_sub(2))
            .min((area.height / 2).max(1));
        pen.paragraph("", &theme.plain(&view.sentence), most, theme.style(Role::Strong));
        if pen.lines_left() >= 4 {
            card::line(view, theme, pen);
        }
        pen.left()
    }
}

#[cfg(test)]
mod tests;
