use std::fmt::Write;

use super::output::exact;
use super::table::{Left, Right, Table, aligned, clean, counted, rounded};
use crate::answers::{ContrastRow, ContrastView, CutRow};

/// So many parts are listed one by one for reading.
const LISTED: usize = 10;

/// Two scores part by part, the smaller differences summed up, and the sum of all.
pub(super) fn table(parts: &[ContrastRow], (first, second): (&str, &str)) -> String {
    let heads = [(first, Right), (second, Right), ("difference", Right), ("part", Left)];
    let mut table = Table::new(heads);
    let row =
        |label: String, item: f64, cut: f64, difference: f64| [aligned(item), aligned(cut), aligned(difference), label];
    for part in parts.iter().take(LISTED) {
        let label = match part.component.split(':').next() {
            Some(component) if !component.is_empty() => format!("{} › {}", clean(component), clean(&part.label)),
            _ => clean(&part.label),
        };
        table.row(row(label, part.item, part.cut, part.difference));
    }
    let rest = parts.get(LISTED..).unwrap_or_default();
    let sum = |figure: fn(&ContrastRow) -> f64, rows: &[ContrastRow]| rows.iter().map(figure).sum::<f64>();
    let mut total = |label: String, rows: &[ContrastRow]| {
        table.row(row(
            label,
            sum(|r| r.item, rows),
            sum(|r| r.cut, rows),
            sum(|r| r.difference, rows),
        ));
    };
    if !rest.is_empty() {
        total(format!("{} more", rest.len()), rest);
    }
    total("sum".to_owned(), parts);
    table.to_string()
}

pub(super) fn rows(view: &ContrastView) -> Vec<[String; 5]> {
    let row = |row: &ContrastRow| {
        [
            row.label.clone(),
            row.kind.to_owned(),
            exact(row.item),
            exact(row.cut),
            exact(row.difference),
        ]
    };
    view.contrast.iter().map(row).collect()
}

pub(super) fn text(view: &ContrastView) -> String {
    let whom = view
        .user
        .as_ref()
        .map_or_else(|| "a guest".to_owned(), |u| format!("user {}", clean(u)));
    let mut text = format!("two items for {whom}\nmodel {}\n", view.model);
    let mut line = |name: &str, row: &CutRow| {
        let rank = row.rank.map_or_else(
            || "rated already".to_owned(),
            |rank| format!("rank {}", counted(rank as u64)),
        );
        let (label, id) = (&row.named.label, clean(&row.named.id));
        let _ = writeln!(
            text,
            "{name:<4} {label} (item {id}): score {}, {rank}",
            rounded(row.score)
        );
    };
    line("item", &view.item);
    line("cut", &view.cut);
    let _ = writeln!(
        text,
        "gap  {}\n\n{}",
        rounded(view.gap),
        table(&view.contrast, ("item", "cut")).trim_end()
    );
    let verdict = if view.holds() {
        "the differences sum to minus the gap"
    } else {
        "THE DIFFERENCES DO NOT SUM TO MINUS THE GAP"
    };
    let _ = writeln!(text, "\ncheck: {verdict}");
    text
}
