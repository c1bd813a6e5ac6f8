//! Rank flow: the list that is shown, each item with its rank in the batch, what moved it, and its whole way.

use std::borrow::Cow;
use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::simulator::watches_pipeline;
use super::theme::{Role, Theme};
use super::widgets::{Column, Content, Figures, Pen, draw_table, signed, thousands};
use super::{Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::{FlowRow, PipelineView};

/// From the batch to the list.
#[derive(Default)]
pub struct RankFlow;

watches_pipeline!(RankFlow);

impl Pane for RankFlow {
    const ID: PaneId = PaneId("rank_flow");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 0 });

    fn title(&self, view: Option<&PipelineView>, _: &Selection) -> String {
        match view.filter(|v| v.response.is_some()) {
            None => "Rank flow".to_owned(),
            Some(view) => format!("Rank flow · RBO {:.2} to {}", view.rbo, Began::of(view).whole()),
        }
    }

    fn rows(&self, view: &PipelineView, _: &PaneState) -> usize {
        view.flow.len()
    }

    fn row_text(&self, view: &PipelineView, _: &PaneState, row: usize) -> String {
        view.flow.get(row).map(|r| r.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &PipelineView, _: &PaneState, row: usize) -> Option<Target> {
        view.flow.get(row)?.entity.map(Target::Entity)
    }

    fn row_key(&self, view: &PipelineView, _: &PaneState, row: usize) -> u64 {
        let entity = view.flow.get(row).and_then(|r| r.entity);
        entity.map_or(row as u64, super::widgets::entity_key)
    }

    fn draw(&self, view: &PipelineView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        if view.flow.is_empty() {
            let hint = if view.building.is_some() {
                "the batch runs"
            } else {
                "no item can be shown"
            };
            pen.text(hint, theme.style(Role::Muted));
            return Drawn::default();
        }
        let chosen = input
            .rows
            .get(input.state.cursor.min(input.rows.len().saturating_sub(1)));
        let way = chosen
            .and_then(|row| view.flow.get(row))
            .map(|row| way_of(row, Began::of(view)))
            .unwrap_or_default();
        let lines = (way.len() as u16).min(pen.lines_left() / 3);
        if pen.lines_left() >= 10 {
            let below = pen.take_below(lines);
            let mut below = Pen::new(pen.buffer(), below, theme);
            for line in &way {
                below.text(&theme.plain(line), theme.style(Role::Muted));
            }
        }
        let body = pen.left();
        table(view, input, body, pen.buffer())
    }

    fn arithmetic(&self, view: &PipelineView, _: &PaneState, row: usize) -> Option<Vec<String>> {
        let row = view.flow.get(row)?;
        let mut lines = vec![row.label.clone()];
        lines.extend(way_of(row, Began::of(view)));
        Some(lines)
    }

    fn export(&self, view: &PipelineView) -> Export {
        let mut table = Export::of_columns("rank id label batch score sources by why".split(' '));
        for row in &view.flow {
            let listed = row.listed.as_ref();
            table.rows.push(cells![
                row.now,
                row.id.clone(),
                row.label.clone(),
                row.batch,
                listed.map(|l| l.score),
                listed.map_or_else(String::new, |l| l.sources.join("|")),
                listed.map_or("out", |l| l.by),
                row.why.clone()
            ]);
        }
        table
    }
}

/// The order that the request began with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Began {
    Batch,
    /// A fallback answers: there is no order of the batch.
    Popular,
}

impl Began {
    fn of(view: &PipelineView) -> Self {
        if view.is_fallback() { Self::Popular } else { Self::Batch }
    }

    fn whole(self) -> &'static str {
        match self {
            Self::Batch => "the batch",
            Self::Popular => "the most popular",
        }
    }

    /// Above the column of ranks.
    fn short(self) -> &'static str {
        match self {
            Self::Batch => "batch",
            Self::Popular => "popular",
        }
    }

    /// `3 in the batch`.
    fn at(self, rank: usize) -> String {
        let rank = thousands(rank as u64);
        match self {
            Self::Batch => format!("{rank} in the batch"),
            Self::Popular => format!("{rank} among the most popular"),
        }
    }

    /// Of what had no rank there.
    fn without(self) -> &'static str {
        match self {
            Self::Batch => "not among the batch's candidates",
            Self::Popular => "not among the most popular",
        }
    }
}

/// By how many places it moved: `▲37`, `▼2`, `=`; `new` for what had no rank before, `out` for what fell out.
fn moved(row: &FlowRow, theme: &Theme) -> (Cow<'static, str>, Role) {
    match (row.batch, row.now) {
        (_, None) => (theme.plain("✘ out").into_owned().into(), Role::Negative),
        (None, Some(_)) => ("new".into(), Role::Strong),
        (Some(before), Some(now)) if before > now => (
            theme.plain(&format!("▲{}", before - now)).into_owned().into(),
            Role::Positive,
        ),
        (Some(before), Some(now)) if before < now => (
            theme.plain(&format!("▼{}", now - before)).into_owned().into(),
            Role::Negative,
        ),
        _ => ("=".into(), Role::Muted),
    }
}

fn table(view: &PipelineView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let scores = Figures::with(3);
    let began = Began::of(view).short();
    let columns = [
        Column::fixed("#", 3).right(),
        Column::fixed("moved", 6),
        Column::flex("item", 12, 3),
        Column::fixed("score", 7).right().optional(1),
        Column::fixed(began, began.len() as u16).right().optional(2),
        Column::flex("by", 10, 2).optional(3),
    ];
    draw_table(&columns, input, area, buffer, |row| {
        let row = view.flow.get(row)?;
        let ((mark, role), muted) = (moved(row, theme), theme.style(Role::Muted));
        let text = theme.style(if row.now.is_some() { Role::Text } else { Role::Muted });
        let rank = |rank: Option<usize>| rank.map_or_else(String::new, |r| thousands(r as u64));
        Some(vec![
            Content::text(rank(row.now)),
            Content::styled(mark, theme.style(role)),
            Content::styled(row.label.as_str(), text),
            Content::text(row.listed.as_ref().map_or_else(String::new, |l| scores.text(l.score))),
            Content::styled(rank(row.batch), muted),
            Content::styled(theme.plain(&crate::data::clean_label(&row.why)).into_owned(), muted),
        ])
    })
}

/// The way of an item, line by line: what its score is the sum of, and where it stood after each stage.
fn way_of(row: &FlowRow, began: Began) -> Vec<String> {
    let Some(listed) = &row.listed else {
        let rank = row.batch.map_or_else(String::new, |rank| began.at(rank) + "; ");
        return vec![format!("{rank}{}", crate::data::printable(&row.why))];
    };
    let Some(way) = &listed.trace else { return Vec::new() };
    let mut lines = Vec::new();
    let sources = listed.sources.join(", ");
    lines.push(match way.stored_score {
        Some(score) => format!(
            "{}, score {} by {sources}",
            began.at(way.stored_rank.unwrap_or_default()),
            super::widgets::score(score)
        ),
        None => began.without().to_owned(),
    });
    if way.stored_score.is_some() {
        let three = Figures::with(3);
        let mut sum = format!("{} = N(s) {}", three.text(listed.score), three.text(way.normalized));
        for share in way.session.iter().filter(|s| s.share != 0.0) {
            let _ = write!(sum, " {} {}", signed(share.share), crate::data::printable(&share.label));
        }
        for (rule, factor) in &way.boosts {
            let factor = super::widgets::short(*factor);
            let _ = write!(sum, " × {factor} {}", crate::data::printable(rule));
        }
        lines.push(sum);
    }
    let ranks: Vec<String> = way
        .ranks
        .iter()
        .map(|(stage, rank)| format!("{stage} {}", thousands(*rank as u64)))
        .collect();
    if !ranks.is_empty() {
        lines.push(ranks.join(" → "));
    }
    if listed.propensity < 1.0 {
        lines.push(format!("chosen with probability {:.3}", listed.propensity));
    }
    lines
}

#[cfg(test)]
mod tests;
