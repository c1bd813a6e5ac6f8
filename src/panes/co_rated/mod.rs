//! Co-rated: what the subject and the neighbor in focus both rated, by its part of their similarity, the largest first; how
//! often which rating met which; and what is left of the similarity without some of it.

mod grid;
mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{
    Column, Content, Extent, Figures, NONE, Pen, Spans, bar_cell, beside, draw_table, entity_key, name_of, percent,
    score, thousands, width, wrapped_message,
};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::{self, Arithmetic, number};
use crate::answers::{Entity, Named, PairView, TermLine, TermsView};

/// What two rows have in common, by its part of the similarity.
#[derive(Default)]
pub struct CoRated;

/// The pair and the parts of its similarity.
#[derive(Clone, Debug, PartialEq)]
pub struct CoRatedView {
    pub pair: PairView,
    pub terms: TermsView,
    /// Items are common; else users are.
    pub is_of_persons: bool,
}

/// How many rows columns are fitted to.
const FITTED: usize = 200;

impl CoRatedView {
    fn line(&self, row: usize) -> Option<&TermLine> {
        self.terms.terms.lines().get(row)
    }

    /// What is left out, below what is not.
    fn left_out(&self, row: usize) -> Option<&Named> {
        self.terms.without.get(row.checked_sub(self.terms.terms.len())?)
    }

    fn entity(&self, row: usize) -> Option<Entity> {
        let line = self.line(row).map(|line| line.entity);
        line.or_else(|| self.left_out(row).map(|named| named.entity))
    }
}

impl Pane for CoRated {
    const ID: PaneId = PaneId("co_rated");
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "leave_out",
        title: "Leave out, or take back",
        hint: "leave out",
        doc: "Compares the two as if neither had rated it; again takes it back.",
        keys: &["space"],
        run: question::leave_out,
        possible: question::can_leave_out,
    }];

    fn title(&self, view: Option<&CoRatedView>, _selection: &Selection) -> String {
        let Some(CoRatedView { pair, .. }) = view else {
            return "Co-rated".to_owned();
        };
        format!(
            "Co-rated · {} with {}",
            thousands(u64::from(pair.support)),
            name_of(&pair.b)
        )
    }

    fn rows(&self, view: &CoRatedView, _state: &PaneState) -> usize {
        view.terms.terms.len() + view.terms.without.len()
    }

    fn row_text(&self, view: &CoRatedView, _state: &PaneState, row: usize) -> String {
        let naming = view.terms.terms.naming();
        view.entity(row).map(|entity| naming.label(entity)).unwrap_or_default()
    }

    fn target(&self, view: &CoRatedView, _state: &PaneState, row: usize) -> Option<Target> {
        view.entity(row).map(Target::Entity)
    }

    fn row_key(&self, view: &CoRatedView, _state: &PaneState, row: usize) -> u64 {
        view.entity(row).map_or(row as u64, entity_key)
    }

    fn draw(&self, view: &CoRatedView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        if pen.lines_left() >= 3 {
            head(view, input, &mut pen);
        }
        if pen.lines_left() >= 6 {
            let place = pen.take_below(1);
            sum(view, input, &mut Pen::new(pen.buffer(), place, theme));
        }
        let mut body = pen.left();
        if let Some(met) = &view.terms.met {
            let wide = grid::width(met);
            if body.width >= 44 + wide && body.height >= grid::height(met) {
                let [left, right] = beside(body, body.width - wide - 2, 2);
                grid::draw(view, met, theme, pen.buffer(), right);
                body = left;
            }
        }
        if self.rows(view, input.state) == 0 {
            return wrapped_message(buffer, body, "nothing in common", theme);
        }
        table(view, input, body, buffer)
    }

    fn has_arithmetic(&self, view: &CoRatedView, _state: &PaneState, row: usize) -> bool {
        view.line(row).is_some() || view.terms.terms.is_empty()
    }

    fn work(&self, view: &CoRatedView, _state: &PaneState, row: usize) -> Option<Arithmetic> {
        let place = |line: &TermLine| view.pair.common.lines().iter().position(|c| c.0 == line.entity);
        let row = view.line(row).and_then(place);
        Some(arithmetic::of_pair(&view.pair, row))
    }

    fn export(&self, view: &CoRatedView) -> Export {
        let mut table = Export::of_columns("id label a b share of".split(' '));
        for row in view.terms.terms.iter() {
            table
                .rows
                .push(cells![row.id, row.label, row.a, row.b, row.share, row.of]);
        }
        table
    }
}

/// The similarity, and what it was before anything was left out.
fn head(view: &CoRatedView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let (pair, theme) = (&view.pair, input.theme);
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let text = |value: Option<f64>| value.map_or_else(|| "undefined".to_owned(), score);
    let mut spans: Spans<'_> = vec![
        (format!("{} ", pair.similarity).into(), muted),
        (text(pair.value).into(), strong),
    ];
    let n = view.terms.without.len();
    if n > 0 {
        let what = format!(" without {n}, {} with all", text(view.terms.value_with_all));
        spans.push((what.into(), theme.style(Role::Edited)));
    }
    let subject = pair.a.as_ref().map_or_else(|| "guest".to_owned(), name_of);
    let both = format!("{subject} and {}", name_of(&pair.b));
    pen.line_and(&spans, &theme.plain(&both), theme.style(Role::Text));
}

/// A sum with all its digits, those of a large whole number in threes.
fn in_full(value: f64) -> String {
    if value.fract() == 0.0 && (1000.0..1e15).contains(&value) {
        thousands(value as u64)
    } else {
        number(value)
    }
}

/// What the parts add up to.
fn sum(view: &CoRatedView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let sum = &view.terms.sum;
    let mut spans: Spans<'_> = vec![
        (
            format!("sum of the parts {} ", sum.name).into(),
            theme.style(Role::Muted),
        ),
        (in_full(sum.value).into(), theme.style(Role::Strong)),
    ];
    if view.pair.similarity == "msd" {
        spans.push((" the smaller, the more alike".into(), theme.style(Role::Muted)));
    }
    pen.line(&spans);
}

fn table(view: &CoRatedView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let muted = theme.style(Role::Muted);
    let lines = || view.terms.terms.lines().iter().take(FITTED);
    let kind = view.pair.words.kind;
    let ratings = Figures::of_values(kind, lines().flat_map(|l| [l.a, l.b]));
    let shares = Figures::of(lines().map(|l| l.share));
    let reach = Extent::of(lines().map(|l| l.share));
    let rating = ratings.width(lines().flat_map(|l| [l.a, l.b]));
    let share = shares.width(lines().map(|l| l.share)).max(4);
    let name = |named: Option<&Named>, other: &'static str| {
        let short = named.filter(|n| width(&n.label) <= 8);
        short.map_or_else(|| other.to_owned(), |n| n.label.clone())
    };
    let (a, b) = (name(view.pair.a.as_ref(), "this"), name(Some(&view.pair.b), "other"));
    let cells_of = |head: &str| (width(head).max(4) as u16).max(rating);
    let least = if area.width < 30 { 8 } else { 16 };
    let columns = vec![
        Column::flex(if view.is_of_persons { "item" } else { "user" }, least, 3).at_most(60),
        Column::fixed(a.clone(), cells_of(&a)).right().optional(1),
        Column::fixed(b.clone(), cells_of(&b)).right().optional(1),
        Column::fixed("part", share).right(),
        Column::fixed("share", 6).right().optional(2),
        Column::flex("", 6, 1).at_most(20).optional(3),
    ];
    let cells = |row: usize| {
        if let Some(named) = view.left_out(row) {
            let left_out = Content::styled(theme.plain(&named.label).into_owned(), theme.style(Role::Edited));
            let mut cells = vec![left_out];
            cells.extend((0..2).map(|_| Content::Empty));
            cells.push(Content::styled("out", theme.style(Role::Edited)));
            return Some(cells);
        }
        let row = view.terms.terms.get(row)?;
        Some(vec![
            Content::text(theme.plain(&row.label).into_owned()),
            Content::text(ratings.text(row.a)),
            Content::text(ratings.text(row.b)),
            Content::styled(shares.text(row.share), theme.style(Role::Strong)),
            Content::styled(row.of.map_or_else(|| NONE.to_owned(), percent), muted),
            bar_cell(row.share, reach, theme, theme.signed(row.share)),
        ])
    };
    draw_table(&columns, input, area, buffer, cells)
}

#[cfg(test)]
mod tests;
