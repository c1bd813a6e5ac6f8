//! Each answer as a sheet.

use std::sync::Arc;

use super::sheet::{Column, Format, Row, Section, Sheet, each};
use crate::answers::text::{brief, plural};
use crate::answers::{
    Change, CompareView, ContrastRow, ContrastView, CounterfactualView, CutRow, FragilityView, LeverRow, WhyNotView,
};
use crate::data::printable;
use crate::explain::why_not::{LeverKind, Verdict};
use crate::panes::theme::Role;
use crate::panes::widgets::{Figures, percent, score, short, thousands};

fn column(head: &str, format: Format) -> Column {
    Column {
        head: head.to_owned(),
        format,
    }
}

fn counts(head: &str) -> Column {
    column(head, Format::Plain(Figures::with(0)))
}

fn count(n: usize) -> f64 {
    n as f64
}

/// Why an item is not in the list: the way into it, what would bring it in, and its score beside that of the last in the list.
pub fn why_not(view: &WhyNotView) -> Sheet {
    let mut head = vec![(Role::Strong, format!("{}: {}.", view.label, view.sentence()))];
    let way = view.funnel.iter().map(|stage| {
        let mark = match stage.passes {
            Some(true) => " ✔",
            Some(false) => " ✘",
            None => "",
        };
        format!("{} {}{mark}", stage.stage, thousands(stage.out as u64))
    });
    let way: Vec<String> = way.collect();
    let cut = view.cut.as_ref().zip(view.gap);
    let short_by = cut.map_or(String::new(), |(cut, gap)| {
        format!(", short by {} of {}", score(gap), place(cut))
    });
    head.push((Role::Muted, format!("{}{short_by}", way.join(" → "))));
    if view.levers.is_empty() && view.verdict != Verdict::InList {
        let none = "No single change that was tried would bring it in.";
        head.push((Role::Muted, none.to_owned()));
    }
    let columns = ["from", "to"].map(|name| column(name, Format::Each)).into_iter();
    let columns = columns.chain([counts("rank")]).collect();
    let levers = Section::new(
        "what would bring it in",
        columns,
        view.levers.iter().map(lever).collect(),
    );
    let parts = contrast_section("beside the last in it", ["item", "cut"], &view.contrast);
    Sheet::new(head, [levers, parts])
}

fn lever(lever: &LeverRow) -> Row {
    let label = printable(&lever.label);
    let label = match lever.kind {
        LeverKind::Length => "list length".to_owned(),
        LeverKind::Weight => format!("weight of {label}"),
        LeverKind::Threshold => format!("threshold of {label}"),
        LeverKind::Keep => "what stages keep".to_owned(),
        LeverKind::Rating => format!("rate {label}"),
        LeverKind::Unrate => format!("do not rate {label}"),
        LeverKind::NewRating => format!("also rate {label}"),
    };
    let mut row = Row::new(label, vec![lever.from, lever.to, Some(count(lever.rank))]);
    row.change = Some(Arc::new(lever.does.clone()));
    row.about = match &lever.does {
        Change::Ratings(ratings) => ratings.first().map(|(item, _)| crate::answers::Entity::Item(*item)),
        Change::Length(_) | Change::Formula(_) => None,
    };
    row
}

/// `rank 10: Mummy, The (1999) .671`.
fn place(row: &CutRow) -> String {
    let rank = row.rank.map_or_else(
        || "rated already".to_owned(),
        |rank| format!("rank {}", thousands(rank as u64)),
    );
    format!("{rank}: {} {}", row.named.label, score(row.score))
}

/// The smallest set of ratings without which an item is not in the list, and what would be then.
pub fn without(view: &CounterfactualView) -> Sheet {
    let name = &view.label;
    let Some(set) = &view.set else {
        return Sheet::new(vec![(Role::Strong, format!("{name}: {}.", view.sentence()))], []);
    };
    let after = match view.rank_after {
        Some(rank) => format!(
            "It would fall from rank {} to {}",
            thousands(view.rank.unwrap_or_default() as u64),
            thousands(rank as u64)
        ),
        None => "It would have no score".to_owned(),
    };
    let new = view
        .replaced_by
        .as_ref()
        .map_or(String::new(), |new| format!(", and {} would come in", new.label));
    let tried = plural(view.tried, "trial");
    let head = vec![
        (Role::Strong, format!("{name} {}.", view.sentence())),
        (Role::Text, format!("{after}{new}.")),
        (
            Role::Muted,
            format!("{}; verified by re-ranking, {tried}.", capital(&view.proof())),
        ),
    ];
    let items = set.iter().filter_map(|row| match row.entity {
        crate::answers::Entity::Item(item) => Some((item, None)),
        crate::answers::Entity::User(_) => None,
    });
    let change = Arc::new(Change::Ratings(items.collect()));
    let row = |row: &crate::answers::RatedRow| Row {
        about: Some(row.entity),
        change: Some(Arc::clone(&change)),
        ..Row::new(row.label.clone(), vec![Some(row.rating)])
    };
    let figures = Figures::of_ratings(set.iter().map(|row| row.rating));
    let columns = vec![column("rating", Format::Plain(figures))];
    Sheet::new(
        head,
        [Section::new("without these", columns, set.iter().map(row).collect())],
    )
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// Two items for one person.
pub fn contrast(view: &ContrastView) -> Sheet {
    let (first, second) = (&view.item.named.label, &view.cut.named.label);
    let how = match view.gap {
        gap if gap > 0.0 => format!("{first} scores {} less than {second}.", score(gap)),
        gap if gap < 0.0 => format!("{first} scores {} more than {second}.", score(-gap)),
        _ => format!("{first} scores as much as {second}."),
    };
    let (sum, gap) = (score(view.sum()), score(-view.gap));
    let check = if view.holds() { "✔" } else { "✘" };
    let head = vec![
        (Role::Strong, how),
        (Role::Muted, format!("item = {}", place(&view.item))),
        (Role::Muted, format!("other = {}", place(&view.cut))),
        (
            Role::Muted,
            format!("Σ differences {sum} = difference of the scores {gap} {check}"),
        ),
    ];
    Sheet::new(
        head,
        [contrast_section("part by part", ["item", "other"], &view.contrast)],
    )
}

/// Two scores part by part, under the components of a hybrid, with totals; the last row sums all up.
fn contrast_section(title: &str, [first, second]: [&str; 2], rows: &[ContrastRow]) -> Option<Section> {
    if rows.is_empty() {
        return None;
    }
    let total = |rows: &[&ContrastRow]| {
        let sum = |figure: fn(&ContrastRow) -> f64| rows.iter().map(|row| figure(row)).sum::<f64>();
        (sum(|r| r.item), sum(|r| r.cut), sum(|r| r.difference))
    };
    let mut groups: Vec<(&str, Vec<&ContrastRow>)> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|(component, _)| *component == row.component) {
            Some((_, group)) => group.push(row),
            None => groups.push((&row.component, vec![row])),
        }
    }
    groups.sort_by(|a, b| total(&b.1).2.abs().total_cmp(&total(&a.1).2.abs()));
    let grouped = groups.len() > 1;
    let line = |label: String, (item, cut, difference): (f64, f64, f64)| Row {
        bar: Some(difference),
        ..Row::new(label, vec![Some(item), Some(cut), Some(difference)])
    };
    let mut lines = Vec::new();
    for (component, group) in &groups {
        let named = grouped && !component.is_empty();
        if named {
            lines.push(Row {
                role: Role::Title,
                ..line(short_names(component), total(group))
            });
        }
        let (equal, others): (Vec<&ContrastRow>, Vec<&ContrastRow>) = group
            .iter()
            .partition(|row| row.difference.abs() <= 1e-12 * row.item.abs());
        lines.extend(others.iter().map(|row| Row {
            depth: u16::from(named),
            about: row.entity,
            ..line(printable(&row.label), (row.item, row.cut, row.difference))
        }));
        if let [one] = *equal {
            lines.push(Row {
                depth: u16::from(named),
                about: one.entity,
                ..line(printable(&one.label), total(&equal))
            });
        } else if !equal.is_empty() {
            lines.push(Row {
                depth: u16::from(named),
                role: Role::Muted,
                ..line(plural(equal.len(), "equal part"), total(&equal))
            });
        }
    }
    let all: Vec<&ContrastRow> = rows.iter().collect();
    let figures = Figures::of(rows.iter().flat_map(|r| [r.item, r.cut, r.difference]));
    lines.push(Row {
        role: Role::Strong,
        bar: None,
        ..line("sum of all parts".to_owned(), total(&all))
    });
    let columns = vec![
        column(first, Format::Plain(figures)),
        column(second, Format::Plain(figures)),
        column("diff", Format::Signed(figures)),
    ];
    Section::new(title, columns, lines)
}

/// The names of models without their parameters, which stand in the formula.
fn short_names(component: &str) -> String {
    let parts = component.split(" › ");
    let parts: Vec<&str> = parts.map(|part| part.split(':').next().unwrap_or(part)).collect();
    parts.join(" › ")
}

/// How fragile a list is.
pub fn fragility(view: &FragilityView) -> Sheet {
    let mut head = vec![(Role::Strong, view.sentence())];
    head.push(match &view.most_fragile {
        Some(most) => (Role::Warning, format!("Most fragile: {}.", most.label)),
        None if view.tried < view.steps => (Role::Muted, "Nothing has left the list so far.".to_owned()),
        None => (Role::Muted, "No single step takes anything out of the list.".to_owned()),
    });
    let most = view.most_fragile.as_ref().map(|most| most.entity);
    let items = view.items.iter().map(|row| {
        let is_most = most == Some(row.entity);
        Row {
            role: if is_most { Role::Warning } else { Role::Text },
            bar: Some(-(row.leaves as f64)),
            about: Some(row.entity),
            ..Row::new(
                format!("{} {}{}", row.rank, row.label, if is_most { " ●" } else { "" }),
                vec![Some(count(row.moves)), Some(count(row.leaves))],
            )
        }
    });
    let items = Section::new("how often", vec![counts("moved"), counts("out")], items.collect());
    let steps = view
        .ratings
        .iter()
        .flat_map(|row| row.steps.iter().map(move |step| (row, step)));
    let steps = steps.map(|(row, step)| {
        let to = step.to.map_or_else(|| "out".to_owned(), short);
        let change = match row.entity {
            crate::answers::Entity::Item(item) => Some(Arc::new(Change::Ratings(vec![(item, step.to)]))),
            crate::answers::Entity::User(_) => None,
        };
        Row {
            about: Some(row.entity),
            change,
            ..Row::new(
                format!("{} → {to} {}", short(row.rating), row.label),
                vec![Some(count(step.out.len())), Some(count(step.new.len()))],
            )
        }
    });
    let steps = Section::new(
        "steps that change it",
        vec![counts("out"), counts("in")],
        steps.collect(),
    );
    Sheet::new(head, [items, steps])
}

/// Two lists.
pub fn compare(view: &CompareView) -> Sheet {
    let moved = view.rows.iter().filter(|row| row.a != row.b).count();
    let side = |name: &str, side: &str| (Role::Muted, format!("{name} = {}", printable(&brief(side, "…"))));
    let head = vec![
        (
            Role::Strong,
            format!(
                "Overlap {} of the first {}, rank-biased overlap {} (p = {}); {} of {} differ in rank.",
                percent(view.overlap),
                view.n,
                each(view.rbo.value),
                view.rbo.p,
                moved,
                plural(view.rows.len(), "row"),
            ),
        ),
        side("a", &view.a),
        side("b", &view.b),
    ];
    let rows = view.rows.iter().map(|row| {
        let (mark, role) = match (row.a, row.b) {
            (Some(a), Some(b)) if b < a => ("▲", Role::Positive),
            (Some(a), Some(b)) if b > a => ("▼", Role::Negative),
            (Some(_), Some(_)) => ("=", Role::Muted),
            (None, _) => ("★", Role::Edited),
            (_, None) => ("✘", Role::Negative),
        };
        Row {
            role,
            about: Some(row.entity),
            ..Row::new(
                format!("{mark} {}", row.label),
                vec![row.a.map(|a| a as f64), row.b.map(|b| b as f64)],
            )
        }
    });
    let rows = Section::new("from a to b", vec![counts("a"), counts("b")], rows.collect());
    let title = view
        .about
        .as_ref()
        .map(|about| format!("the scores of {}", about.label));
    let parts: Vec<ContrastRow> = view.difference.iter().map(ContrastRow::from).collect();
    let difference = title.and_then(|title| contrast_section(&title, ["a", "b"], &parts));
    Sheet::new(head, [rows, difference])
}
