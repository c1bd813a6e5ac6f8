//! Measures: every similarity of the subject and the neighbor in focus side by side, and how near each makes the two among
//! everybody; what the one under the cursor looks at, and its arithmetic.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::Role;
use super::widgets::{Column, Content, Figures, NONE, Pen, draw_table, name_of, score, thousands, width, wrap};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{MeasureRow, MeasuresView, Named, PairQuery, World, arithmetic, pair};
use crate::models::neighborhood::Similarity;
use crate::task::Cancel;

/// All similarities of a pair.
#[derive(Default)]
pub struct Measures;

/// What they are, and of whom: the arithmetic is written out when it is asked for.
#[derive(Clone)]
pub struct MeasuresPaneView {
    pub measures: MeasuresView,
    pub other: Named,
    pub pair: PairQuery,
    /// `None` where there is nothing to be computed from.
    pub world: Option<World>,
}

impl Pane for Measures {
    const ID: PaneId = PaneId("measures");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "measure_by",
        title: "Measure by this one",
        hint: "measure by it",
        doc: "Neighbors are those that are near by the similarity under the cursor.",
        keys: &["space"],
        run: question::measure_by,
        possible: question::can_measure_by,
    }];

    fn title(&self, view: Option<&MeasuresPaneView>, _selection: &Selection) -> String {
        view.map_or_else(
            || "Measures".to_owned(),
            |view| {
                format!(
                    "Measures · {} in common with {}",
                    thousands(u64::from(view.measures.support)),
                    name_of(&view.other)
                )
            },
        )
    }

    fn rows(&self, view: &MeasuresPaneView, _state: &PaneState) -> usize {
        view.measures.ranks.len()
    }

    fn row_text(&self, view: &MeasuresPaneView, _state: &PaneState, row: usize) -> String {
        view.measures
            .ranks
            .get(row)
            .map(|r| r.similarity.clone())
            .unwrap_or_default()
    }

    fn draw(&self, view: &MeasuresPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let rows = view.measures.ranks.len() as u16 + 1;
        let room = area.height.saturating_sub(rows);
        let said = said(view, input);
        let cells = usize::from(area.width).max(1);
        let lines: Vec<String> = said.iter().flat_map(|text| wrap(&theme.plain(text), cells)).collect();
        // All of it or nothing: half of a reason is none.
        let needed = lines.len() as u16;
        if room >= needed {
            let place = pen.take_below(needed);
            let mut below = Pen::new(pen.buffer(), place, theme);
            for line in &lines {
                below.text(line, theme.style(Role::Muted));
            }
        } else if let Some(note) = view.measures.note.as_ref().filter(|_| area.height >= 6) {
            let place = pen.take_below(area.height / 3);
            Pen::new(pen.buffer(), place, theme).paragraph("", &theme.plain(note), 9, theme.style(Role::Muted));
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn has_arithmetic(&self, view: &MeasuresPaneView, _state: &PaneState, row: usize) -> bool {
        view.world.is_some() && row < view.measures.ranks.len()
    }

    fn work(&self, view: &MeasuresPaneView, _state: &PaneState, row: usize) -> Option<Arithmetic> {
        let query = PairQuery {
            measure: view.measures.ranks.get(row)?.measure,
            ..view.pair.clone()
        };
        let pair = pair::compute(view.world.as_ref()?, &query, &Cancel::new()).ok()?;
        Some(arithmetic::of_pair(&pair, None))
    }

    fn export(&self, view: &MeasuresPaneView) -> Export {
        let mut table = Export::of_columns("similarity value reason rank of looks_at".split(' '));
        table.rows.extend(view.measures.ranks.iter().map(|row| {
            cells![
                row.similarity.clone(),
                row.value,
                row.reason.clone(),
                row.rank,
                row.of,
                row.looks_at
            ]
        }));
        table
    }
}

/// What is said below the table: of the measure under the cursor, and of a lone common rating.
fn said(view: &MeasuresPaneView, input: &PaneInput<'_>) -> Vec<String> {
    let row = input.rows.get(input.state.cursor);
    let row = row.and_then(|row| view.measures.ranks.get(row));
    let similarity = row.and_then(|row| Similarity::find(&row.similarity).ok());
    let mut said: Vec<String> = view.measures.note.iter().cloned().collect();
    if let Some(spec) = similarity.map(Similarity::spec) {
        said.push(format!("{}: {}", spec.name, spec.formula));
        said.push(spec.doc.to_owned());
    }
    said
}

fn table(view: &MeasuresPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let muted = theme.style(Role::Muted);
    let rows = &view.measures.ranks;
    let own = view.pair.measure.similarity.name();
    let within = rows.iter().filter_map(|r| r.value).filter(|v| v.abs() <= 1.0);
    let figures = Figures::of(within);
    let value = |row: &MeasureRow| match row.value {
        Some(v) if v.abs() <= 1.0 => figures.text(v),
        Some(v) => score(v),
        None => NONE.to_owned(),
    };
    let rank = |row: &MeasureRow| match (row.rank, row.of) {
        (Some(rank), Some(_)) if area.width < 40 => thousands(rank as u64),
        (None, Some(_)) if area.width < 40 => NONE.to_owned(),
        (Some(rank), Some(of)) => format!("{} of {}", thousands(rank as u64), thousands(of as u64)),
        (None, Some(of)) => format!("{NONE} of {}", thousands(of as u64)),
        _ => String::new(),
    };
    let widest = |text: &dyn Fn(&MeasureRow) -> String| rows.iter().map(|r| width(&text(r))).max().unwrap_or(0) as u16;
    let names = widest(&|r| r.similarity.clone()) + 2;
    let columns = vec![
        Column::fixed("similarity", names),
        Column::fixed("value", widest(&value).max(5)).right(),
        Column::fixed("rank", widest(&rank).max(4)).right().optional(1),
        Column::flex("looks at", 12, 1).at_most(24).optional(2),
    ];
    let cells = |row: usize| {
        let row = rows.get(row)?;
        let is_own = row.similarity == own;
        let mark = if is_own { theme.symbols().checks[2] } else { " " };
        let style = if is_own {
            theme.style(Role::Strong)
        } else {
            Style::new()
        };
        let looks = row.reason.clone().unwrap_or_else(|| row.looks_at.to_owned());
        Some(vec![
            Content::styled(format!("{mark} {}", row.similarity), style),
            Content::styled(value(row), style),
            Content::styled(rank(row), muted),
            Content::styled(looks, muted),
        ])
    };
    draw_table(&columns, input, area, buffer, cells)
}

#[cfg(test)]
mod tests;
