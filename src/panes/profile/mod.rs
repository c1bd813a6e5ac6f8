//! Profile: who somebody is, or what an item is: how many ratings, how they are spread, what is known beyond them, and
//! every single one, what-if edits marked.

mod question;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Figures, Pen, Spans, compact, cut, draw_table, entity_key, name_of, plural, put, put_right,
    quantity, short, spans_width, upright_bars, width, wrapped_message,
};
use super::{Cell, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{Bar, Entity, ProfileRow, ProfileView, arithmetic};
use crate::data::{Day, FeedbackKind, Moment};

/// The ratings of a user, guest or item.
#[derive(Default)]
pub struct Profile;

impl Pane for Profile {
    const ID: PaneId = PaneId("profile");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 1 });

    fn title(&self, view: Option<&ProfileView>, _selection: &Selection) -> String {
        match view {
            None => "Profile".to_owned(),
            Some(view) => match &view.subject {
                Some(subject) => format!("Profile · {}", name_of(subject)),
                None => "Profile · guest".to_owned(),
            },
        }
    }

    fn rows(&self, view: &ProfileView, _state: &PaneState) -> usize {
        view.rows.len()
    }

    fn row_text(&self, view: &ProfileView, _state: &PaneState, row: usize) -> String {
        view.rows.get(row).map(|r| r.label).unwrap_or_default()
    }

    fn target(&self, view: &ProfileView, _state: &PaneState, row: usize) -> Option<Target> {
        view.rows.entity(row).map(Target::Entity)
    }

    fn row_key(&self, view: &ProfileView, _state: &PaneState, row: usize) -> u64 {
        view.rows.entity(row).map_or(row as u64, entity_key)
    }

    fn draw(&self, view: &ProfileView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let mut pen = Pen::new(buffer, area, input.theme);
        summary(view, input.theme, &mut pen);
        let body = pen.left();
        if view.rows.is_empty() {
            let hint = if is_item(view) {
                "nobody has rated it"
            } else {
                "no ratings yet"
            };
            wrapped_message(buffer, body, &view.words.say(hint), input.theme)
        } else {
            table(view, input, body, buffer)
        }
    }

    fn work(&self, view: &ProfileView, _state: &PaneState, row: usize) -> Option<Arithmetic> {
        view.rows.get(row).map(|row| arithmetic::of_rating(view, &row))
    }

    fn export(&self, view: &ProfileView) -> Export {
        let mut table = Export::of_columns("id label rating stored edited time".split(' '));
        table.rows.extend(view.rows.iter().map(|row| {
            cells![
                row.id,
                row.label,
                row.rating,
                row.stored.map_or(row.rating, |s| s),
                if row.stored.is_some() {
                    "yes".into()
                } else {
                    Cell::Empty
                },
                row.time.map(Moment::as_f64)
            ]
        }));
        table
    }
}

fn is_item(view: &ProfileView) -> bool {
    view.subject
        .as_ref()
        .is_some_and(|s| matches!(s.entity, Entity::Item(_)))
}

/// Whether values differ at all.
fn has_values(view: &ProfileView) -> bool {
    !view.histogram.is_empty() && (view.words.kind != FeedbackKind::Events || view.histogram.len() > 1)
}

/// The decimals that show every rating of the dataset, and the edited ones.
fn rating_figures(view: &ProfileView) -> Figures {
    let bars = view.histogram.iter().flat_map(|bar| <[f64; 2]>::from(bar.ends()));
    let edited = view.rows.lines().iter().take(if view.edits > 0 { 500 } else { 0 });
    Figures::of_values(view.words.kind, bars.chain(edited.filter_map(|r| r.rating)))
}

/// Lowest and highest rating of the histogram.
fn scale_ends(bars: &[Bar]) -> Option<(f64, f64)> {
    Some((bars.first()?.ends().0, bars.last()?.ends().1))
}

/// What stands above the table: as many lines as the height can spare.
fn summary(view: &ProfileView, theme: &Theme, pen: &mut Pen<'_>) {
    if pen.lines_left() < 4 {
        return;
    }
    counts(view, theme, pen);
    if !has_values(view) {
        attributes(view, theme, pen, 1);
    } else if pen.lines_left() >= 18 && pen.left().width >= 24 {
        tall_histogram(view, theme, pen);
    } else if pen.lines_left() >= 5 {
        inline_histogram(view, theme, pen);
    }
}

fn counts(view: &ProfileView, theme: &Theme, pen: &mut Pen<'_>) {
    let (plain, strong, muted) = (
        theme.style(Role::Text),
        theme.style(Role::Strong),
        theme.style(Role::Muted),
    );
    let counted = match (is_item(view), view.words.kind) {
        (true, FeedbackKind::Ratings) => plural(view.ratings, "rater"),
        (true, _) => plural(view.ratings, "user"),
        (false, _) => view.words.row.counted(view.ratings as u64),
    };
    let mut spans: Spans<'_> = vec![(counted.into(), strong)];
    if view.words.kind == FeedbackKind::Counts {
        // Of a long tail a mean says little.
        let all = view.mean.map(|mean| mean * view.ratings as f64);
        let figures = [("  median ", view.median), ("  in all ", all)];
        for (name, value) in figures.iter().filter_map(|(name, value)| Some((*name, (*value)?))) {
            let figure: Spans<'_> = vec![(name.into(), muted), (quantity(value).into(), strong)];
            if spans_width(&spans) + spans_width(&figure) <= usize::from(pen.left().width) {
                spans.extend(figure);
            }
        }
    } else if view.words.kind == FeedbackKind::Votes {
        let mean = view.mean.map_or_else(String::new, |m| Figures::with(2).signed(m));
        spans.extend([("  balance ".into(), muted), (mean.into(), strong)]);
    } else if let Some(mean) = view.mean.filter(|_| view.words.kind == FeedbackKind::Ratings) {
        let two = Figures::with(2);
        spans.push(("  mean ".into(), muted));
        spans.push((two.text(mean).into(), strong));
        if let Some(deviation) = view.deviation {
            let between = if theme.is_ascii() { " sd " } else { " ± " };
            spans.push((between.into(), muted));
            spans.push((two.text(deviation).into(), plain));
        }
    }
    let edited = if view.edits > 0 {
        format!("{} edited", view.edits)
    } else {
        String::new()
    };
    pen.line_and(&spans, &edited, theme.style(Role::Edited));
}

/// `1 ▁▂▅█▆ 5`, and what is known beyond ratings.
fn inline_histogram(view: &ProfileView, theme: &Theme, pen: &mut Pen<'_>) {
    let Some((low, high)) = scale_ends(&view.histogram) else {
        return;
    };
    let figures = rating_figures(view);
    let line = pen.take(1);
    let buffer = pen.buffer();
    let muted = theme.style(Role::Muted);
    let mut x = line.x + put(buffer, line, line.x, line.y, &figures.text(low), muted) + 1;
    let bars = Rect::new(x, line.y, view.histogram.len() as u16, 1).intersection(line);
    let counts: Vec<f64> = view.histogram.iter().map(|b| b.count() as f64).collect();
    upright_bars(buffer, bars, &counts, theme, |_| theme.style(Role::Series(0)));
    x = bars.right() + 1;
    x += put(buffer, line, x, line.y, &figures.text(high), muted) + 2;
    let rest = Rect::new(x, line.y, line.right().saturating_sub(x), 1).intersection(line);
    let spans = attribute_spans(view, theme, usize::from(rest.width));
    super::widgets::spans_in(buffer, rest, &spans, theme.symbols().ellipsis);
}

/// The attributes on one line: names left out where there is no room for them, then the last ones; none is cut.
fn attribute_spans<'a>(view: &'a ProfileView, theme: &Theme, cells: usize) -> Spans<'a> {
    let (plain, muted) = (theme.style(Role::Text), theme.style(Role::Muted));
    let known = || view.attributes.iter().filter(|(_, value)| !value.is_empty());
    let line = |names: bool, most: usize| {
        let mut spans: Spans<'a> = Vec::new();
        for (name, value) in known().take(most) {
            if !spans.is_empty() {
                spans.push((Cow::Borrowed(" · "), muted));
            }
            if names {
                spans.push((Cow::Owned(format!("{name} ")), muted));
            }
            spans.push((Cow::Borrowed(value.as_str()), plain));
        }
        spans
    };
    let all = known().count();
    let named = line(true, all);
    if spans_width(&named) <= cells {
        return named;
    }
    // A single one may be longer than the line.
    let bare = (2..=all).rev().map(|most| line(false, most));
    bare.into_iter()
        .find(|spans| spans_width(spans) <= cells)
        .unwrap_or_else(|| line(false, 1))
}

fn attributes(view: &ProfileView, theme: &Theme, pen: &mut Pen<'_>, most: u16) {
    if view.attributes.is_empty() {
        return;
    }
    if most == 1 {
        let spans = attribute_spans(view, theme, usize::from(pen.left().width));
        pen.line(&spans);
        return;
    }
    let wide = view
        .attributes
        .iter()
        .map(|(name, _)| width(name))
        .max()
        .unwrap_or(0)
        .min(14);
    for (name, value) in view
        .attributes
        .iter()
        .filter(|(_, v)| !v.is_empty())
        .take(usize::from(most))
    {
        let name = super::widgets::fit(name, wide, theme.symbols().ellipsis);
        let gap = wide - width(&name);
        pen.line(&[
            (format!("{name}{} ", " ".repeat(gap)).into(), theme.style(Role::Muted)),
            (value.as_str().into(), theme.style(Role::Text)),
        ]);
    }
}

/// Bars with their ratings below, the attributes beside them or below.
fn tall_histogram(view: &ProfileView, theme: &Theme, pen: &mut Pen<'_>) {
    let bars = view.histogram.len() as u16;
    let known = view.attributes.iter().filter(|(_, v)| !v.is_empty()).count() as u16;
    let beside = pen.left().width >= 52 && known > 0;
    let room = if beside { pen.left().width / 2 } else { pen.left().width };
    let pitch = (room / bars.max(1)).clamp(1, 6);
    let height = if pen.lines_left() >= 24 { 5 } else { 4 };
    let counted = pitch >= 4;
    let block = pen.take(height + 1 + u16::from(counted));
    let plot = Rect::new(block.x, block.y, (pitch * bars).min(block.width), height);
    let counts: Vec<f64> = view.histogram.iter().map(|b| b.count() as f64).collect();
    let buffer = pen.buffer();
    let places = upright_bars(buffer, plot, &counts, theme, |_| theme.style(Role::Series(0)));
    scale_labels(view, theme, buffer, block, &places, counted);
    if beside {
        let x = plot.right() + 3;
        let right = Rect::new(x, block.y, block.right().saturating_sub(x), block.height);
        attributes(view, theme, &mut Pen::new(buffer, right, theme), block.height);
    } else {
        let most = if pen.lines_left() >= 16 { known.min(4) } else { 1 };
        attributes(view, theme, pen, most);
    }
    pen.take(1);
}

/// Ratings (and their counts) under the bars: all of them, or the first and the last where they are too close.
fn scale_labels(view: &ProfileView, theme: &Theme, buffer: &mut Buffer, block: Rect, places: &[Rect], counted: bool) {
    let figures = rating_figures(view);
    let y = block.bottom() - if counted { 2 } else { 1 };
    let labels: Vec<String> = view.histogram.iter().map(|bar| figures.text(bar.ends().0)).collect();
    let pitch = places.get(1).map_or(block.width, |p| p.x - places[0].x);
    let all = labels.iter().all(|l| width(l) < usize::from(pitch).max(2)) && pitch >= 2;
    // Of half stars, the whole ones.
    let is_whole = |bar: &&Bar| matches!(bar, Bar::Value { value, .. } if value.fract() == 0.0);
    let wholes = !all && view.histogram.iter().filter(is_whole).count() >= 2;
    for (n, (place, text)) in places.iter().zip(&labels).enumerate() {
        let wide = width(text) as u16;
        let x = place.x + place.width.saturating_sub(wide) / 2;
        let whole = match view.histogram[n] {
            Bar::Value { value, .. } if value.fract() == 0.0 && !all => Some(short(value)),
            _ => None,
        };
        if let Some(text) = whole.filter(|t| wholes && width(t) <= usize::from(pitch)) {
            let x = place.x + place.width.saturating_sub(width(&text) as u16) / 2;
            put(buffer, block, x, y, &text, theme.style(Role::Text));
        } else if wholes {
            // Between two that are labeled.
        } else if all {
            put(buffer, block, x, y, text, theme.style(Role::Text));
        } else if n == 0 {
            put(buffer, block, place.x, y, text, theme.style(Role::Text));
        } else if n + 1 == places.len() {
            let end = scale_ends(&view.histogram).map_or_else(String::new, |(_, high)| figures.text(high));
            put_right(buffer, block, place.right(), y, &end, theme.style(Role::Text));
        }
        if counted {
            let count = compact(view.histogram[n].count());
            let x = place.x + place.width.saturating_sub(width(&count) as u16) / 2;
            let count = cut(&count, usize::from(pitch.saturating_sub(1)));
            put(buffer, block, x, y + 1, count, theme.style(Role::Muted));
        }
    }
}

fn table(view: &ProfileView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let figures = rating_figures(view);
    let ends = scale_ends(&view.histogram);
    let values = ends.map_or([5.0, 5.0], |(low, high)| [low, high]);
    let edited = view.edits > 0;
    let dated = view.rows.lines().first().is_some_and(|r| r.time.is_some());
    let starred = ends
        .filter(|_| view.words.kind == FeedbackKind::Ratings)
        .filter(|(low, high)| *low >= 0.0 && *high <= 5.0 && *high >= 2.0)
        .map(|(_, high)| high);
    let what = if is_item(view) { "user" } else { "item" };
    let changes = view.rows.lines().iter().take(500).filter(|r| r.stored.is_some());
    let noted = changes
        .map(|r| width(&note(r.rating, r.stored, figures)))
        .max()
        .unwrap_or(0) as u16;
    // A title worth reading comes before dates and stars.
    let head = view.words.unit.many;
    let head = if view.words.kind == FeedbackKind::Counts {
        head
    } else {
        view.words.unit.one
    };
    let rating = figures.width(values).max(width(head) as u16);
    let rating = if has_values(view) { rating } else { 0 };
    let label = area
        .width
        .saturating_sub(rating + 1 + 2 * u16::from(edited))
        .clamp(8, if edited { 16 } else { 24 });
    let mut columns = vec![
        Column::fixed("", u16::from(edited)),
        Column::flex(what, label, 1),
        Column::fixed("date", 10).optional(5),
        Column::fixed("", starred.map_or(0, |s| s.ceil() as u16)).optional(4),
        Column::fixed(head, rating).right(),
        Column::fixed("what-if", noted.max(7)).optional(3),
    ];
    let shown = [edited, true, dated, starred.is_some(), has_values(view), edited];
    let mut keep = shown.iter();
    columns.retain(|_| *keep.next().unwrap_or(&true));
    let cells = |row: usize| {
        let row = view.rows.get(row)?;
        let all = row_cells(&row, theme, figures, starred);
        Some(all.into_iter().zip(shown).filter(|(_, s)| *s).map(|(c, _)| c).collect())
    };
    draw_table(&columns, input, area, buffer, cells)
}

/// What an edit did to a rating, in words.
#[allow(clippy::option_option)]
fn note(rating: Option<f64>, stored: Option<Option<f64>>, figures: Figures) -> String {
    match (rating, stored) {
        (_, None) => String::new(),
        (None, Some(Some(stored))) => format!("removed {}", figures.text(stored)),
        (None, Some(None)) => "removed".to_owned(),
        (Some(_), Some(Some(stored))) => format!("was {}", figures.text(stored)),
        (Some(_), Some(None)) => "added".to_owned(),
    }
}

fn row_cells(row: &ProfileRow, theme: &Theme, figures: Figures, starred: Option<f64>) -> [Content<'static>; 6] {
    let edited = row.stored.is_some();
    let ink = if edited {
        theme.style(Role::Edited)
    } else {
        Style::new()
    };
    let label = match row.rating {
        None => theme.style(Role::Muted).add_modifier(Modifier::CROSSED_OUT),
        Some(_) => Style::new(),
    };
    let stars = row
        .rating
        .zip(starred)
        .map_or(Content::Empty, |(r, top)| stars(r, top, theme));
    [
        Content::styled(if edited { theme.marker(0) } else { "" }, theme.style(Role::Edited)),
        Content::styled(theme.plain(&row.label).into_owned(), label),
        Content::styled(
            row.time
                .map_or_else(String::new, |t| Day::of_seconds(t.seconds()).to_string()),
            theme.style(Role::Muted),
        ),
        stars,
        Content::styled(
            figures.maybe(row.rating),
            ink.patch(theme.style(if edited { Role::Edited } else { Role::Text })),
        ),
        Content::styled(note(row.rating, row.stored, figures), theme.style(Role::Edited)),
    ]
}

/// `★★★½`: a star a point.
fn stars<'a>(rating: f64, top: f64, theme: &Theme) -> Content<'a> {
    let rating = rating.clamp(0.0, top);
    let (star, half) = if theme.is_ascii() { ("*", "+") } else { ("★", "½") };
    let mut text = star.repeat(rating.floor() as usize);
    if rating.fract() >= 0.25 {
        text.push_str(half);
    }
    Content::styled(text, theme.style(Role::Neutral))
}

#[cfg(test)]
mod tests;
