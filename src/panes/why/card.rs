use ratatui::layout::Rect;

use crate::answers::{Check, ExplainView};
use crate::data::FeedbackKind;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{
    Extent, Pen, Spans, average, parted_bar, plural, put, put_right, score, short, spans_width, thousands, width, wrap,
};

/// Names and counts of the groups of near users, with what they mean.
fn groups(view: &ExplainView) -> Vec<(&'static str, usize, Role)> {
    let groups = view.neighbor_ratings.groups(view.words);
    let last = groups.len() - 1;
    let role = |n: usize| match n {
        0 => Role::Positive,
        n if n == last => Role::Negative,
        _ => Role::Neutral,
    };
    groups
        .into_iter()
        .enumerate()
        .map(|(n, (name, count))| (name, count, role(n)))
        .collect()
}

const NOBODY: &str = "none of the nearest users rated it";

/// How near users rated the item, one bar a group.
pub fn histogram(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) {
    let groups = groups(view);
    let all: usize = groups.iter().map(|g| g.1).sum();
    let words = view.words;
    pen.heading(&match all {
        0 => words.say(NOBODY).into_owned(),
        _ if words.kind == FeedbackKind::Events => format!("near users who {} it", words.did),
        1 if words.kind == FeedbackKind::Counts => format!("how much a near user {} it", words.did),
        n if words.kind == FeedbackKind::Counts => format!("how much {n} near users {} it", words.did),
        1 if words.kind == FeedbackKind::Votes => "how a near user voted on it".to_owned(),
        n if words.kind == FeedbackKind::Votes => format!("how {n} near users voted on it"),
        1 => "how the one nearby rater rated it".to_owned(),
        n => format!("how the {n} nearest raters rated it"),
    });
    if all == 0 {
        return;
    }
    let reach = Extent::of(groups.iter().map(|g| g.1 as f64));
    let digits = thousands(reach.above as u64).len() as u16;
    let names = groups.iter().map(|g| width(g.0)).max().unwrap_or(0).max(5) as u16;
    for (n, (name, count, role)) in groups.into_iter().enumerate() {
        let line = pen.take(1);
        let buffer = pen.buffer();
        put(buffer, line, line.x, line.y, name, theme.style(role));
        let (end, strong) = (line.x + names + 1 + digits, theme.style(Role::Strong));
        put_right(buffer, line, end, line.y, &thousands(count as u64), strong);
        let bar = Rect {
            x: end + 1,
            width: line.width.saturating_sub(names + 3 + digits).min(40),
            ..line
        };
        parted_bar(buffer, bar.intersection(line), &[count as f64], reach, theme, |_| {
            (theme.style(role), theme.pattern(n * 2 % 6))
        });
    }
}

/// The same on one line.
pub fn histogram_line(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) {
    let groups = groups(view);
    let all: usize = groups.iter().map(|g| g.1).sum();
    if all == 0 {
        pen.text(&view.words.say(NOBODY), theme.style(Role::Muted));
        return;
    }
    let mut spans: Spans<'_> = vec![("near ".into(), theme.style(Role::Muted))];
    for &(name, count, role) in &groups {
        spans.push((format!("{name} ").into(), theme.style(role)));
        spans.push((format!("{count} ").into(), theme.style(Role::Strong)));
    }
    let line = pen.take(1);
    let used = spans_width(&spans) as u16;
    Pen::new(pen.buffer(), line, theme).line(&spans);
    let room = line.width.saturating_sub(used).min(24);
    if room < 4 {
        return;
    }
    let bar = Rect {
        x: line.x + used,
        width: room,
        ..line
    };
    let counts: Vec<f64> = groups.iter().map(|g| g.1 as f64).collect();
    let reach = Extent::of([all as f64]);
    parted_bar(pen.buffer(), bar, &counts, reach, theme, |n| {
        (theme.style(groups[n].2), theme.pattern(n * 2 % 6))
    });
}

fn mark(check: &Check, theme: &Theme) -> (&'static str, Role) {
    let [passed, failed, _] = theme.symbols().checks;
    if check.holds {
        (passed, Role::Positive)
    } else {
        (failed, Role::Error)
    }
}

/// What is left over: 0, or how little.
fn left_over(value: f64) -> String {
    if value == 0.0 {
        "0".to_owned()
    } else {
        format!("{value:.0e}")
    }
}

fn percentile(view: &ExplainView) -> Option<String> {
    let share = view.percentile?;
    // Not rounded up to 100: only who is above all others is.
    Some(if share > 99.9 && share < 100.0 {
        "99.9".to_owned()
    } else {
        short((share * 10.0).floor() / 10.0)
    })
}

/// The card on one line, at the bottom.
pub fn line(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) {
    let place = pen.take_below(1);
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let check = &view.check;
    let (mark, role) = mark(check, theme);
    let sum = if theme.is_ascii() { "sum " } else { "Σ " };
    let mut spans: Spans<'_> = Vec::new();
    if let Some(prediction) = view.prediction {
        spans.push((format!("{} ", view.words.unit.one).into(), muted));
        spans.push((format!("{} ", average(view.words.kind, prediction)).into(), strong));
    }
    match view.rank {
        Some(rank) => {
            spans.push(("rank ".into(), muted));
            spans.push((thousands(rank as u64).into(), strong));
            spans.push((format!(" of {}", thousands(view.candidates as u64)).into(), muted));
        }
        None => spans.push((view.words.say("rated already").into_owned().into(), muted)),
    }
    let end: Spans<'_> = vec![(sum.into(), muted), (mark.into(), theme.style(role))];
    let room = usize::from(place.width).saturating_sub(spans_width(&end) + 2);
    let above = percentile(view).map(|p| format!(" · above {p} %"));
    if let Some(above) = above.filter(|a| spans_width(&spans) + width(a) <= room) {
        spans.push((above.into(), muted));
    }
    Pen::new(pen.buffer(), place, theme).line(&spans);
    let x = place.right().saturating_sub(spans_width(&end) as u16);
    if spans_width(&spans) + 1 + spans_width(&end) <= usize::from(place.width) {
        Pen::new(
            pen.buffer(),
            Rect {
                x,
                width: place.right() - x,
                ..place
            },
            theme,
        )
        .line(&end);
    }
}

/// The card at the bottom of a tall pane.
pub fn below(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) {
    let cells = usize::from(pen.left().width).saturating_sub(LABEL.len()).max(1);
    let wrapped = |text: &str, most: usize| wrap(text, cells).len().min(most);
    let low = view.low_ratings.as_ref().map_or(0, |text| wrapped(text, 3));
    let lines = 4 + wrapped(&view.model, 3) + wrapped(&view.meaning, 2) + low + usize::from(view.prediction.is_some());
    let place = pen.take_below(lines as u16);
    full(view, theme, &mut Pen::new(pen.buffer(), place, theme));
}

/// The blanks that labels are padded to.
const LABEL: &str = "predicts ";

fn label(text: &str) -> String {
    format!("{text:<w$}", w = LABEL.len())
}

/// The card where there is no room for all of it: its last line, and above it what the score is and means.
pub fn short_card(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) {
    line(view, theme, pen);
    let (plain, muted) = (theme.style(Role::Text), theme.style(Role::Muted));
    pen.line(&[
        (label("score").into(), muted),
        (score(view.score).into(), theme.style(Role::Strong)),
        (format!(" {}", view.unit).into(), plain),
    ]);
    pen.paragraph(&label("means"), &view.meaning, 2, plain);
    let lines = pen.lines_left();
    pen.paragraph(&label("model"), &view.model, lines, plain);
}

/// The whole card.
pub fn full(view: &ExplainView, theme: &Theme, pen: &mut Pen<'_>) {
    let (plain, muted, strong) = (
        theme.style(Role::Text),
        theme.style(Role::Muted),
        theme.style(Role::Strong),
    );
    pen.heading("score card");
    pen.line(&[
        (label("score").into(), muted),
        (score(view.score).into(), strong),
        (format!(" {}", view.unit).into(), plain),
    ]);
    pen.paragraph(&label("means"), &view.meaning, 2, plain);
    pen.paragraph(&label("model"), &view.model, 3, plain);
    if let Some(low) = &view.low_ratings {
        pen.paragraph(&label("note"), low, 3, plain);
    }
    let mut rank: Spans<'_> = vec![(label("rank").into(), muted)];
    match view.rank {
        Some(at) => {
            rank.push((thousands(at as u64).into(), strong));
            rank.push((
                format!(" of {} unseen", thousands(view.candidates as u64)).into(),
                plain,
            ));
        }
        None => rank.push((view.words.say("rated already").into_owned().into(), plain)),
    }
    if let Some(above) = percentile(view) {
        let room = usize::from(pen.left().width).saturating_sub(spans_width(&rank));
        let texts = [format!(" · above {above} % of them"), format!(" · above {above} %")];
        if let Some(text) = texts.into_iter().find(|t| width(t) <= room) {
            rank.push((text.into(), muted));
        }
    }
    pen.line(&rank);
    if let Some(prediction) = view.prediction {
        let on = match view.words.kind {
            FeedbackKind::Counts => format!(" {}", view.words.unit.many),
            _ => view.words.say(" on the scale of the ratings").into_owned(),
        };
        pen.line(&[
            (label("predicts").into(), muted),
            (average(view.words.kind, prediction).into(), strong),
            (on.into(), muted),
        ]);
    }
    let check = &view.check;
    let (mark, role) = mark(check, theme);
    let sum = if theme.is_ascii() { "sum of" } else { "Σ" };
    let parts = plural(check.parts, "part");
    let residual = if check.residual == 0.0 {
        format!(" residual {}", left_over(check.off))
    } else {
        format!(" with residual {}", score(check.residual))
    };
    let mut line: Spans<'_> = vec![
        (label("check").into(), muted),
        (format!("{sum} {parts} {} = score ", score(check.sum)).into(), plain),
        (mark.into(), theme.style(role)),
    ];
    // That nothing is left over says the mark as well.
    let room = usize::from(pen.left().width).saturating_sub(spans_width(&line));
    if check.residual != 0.0 || width(&residual) <= room {
        line.push((residual.into(), muted));
    }
    pen.line(&line);
}
