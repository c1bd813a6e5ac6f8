use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::options::DataOptions;
use super::output::exact;
use super::table::{Left, Right, Table, bar, clean, counted, rounded};
use super::{CliError, Run};
use crate::answers::text::plural;
use crate::answers::{Bar, InfoView, info};
use crate::data::{Day, FeedbackKind, Words};

/// What is in a dataset.
#[derive(Debug, Args)]
pub struct Info {
    #[command(flatten)]
    data: DataOptions,
}

impl Run for Info {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let world = context.world(&self.data)?;
        let view = info::compute(&world, &context.task.cancel)?;
        context.print(&view, &["field", "value"], fields, text)
    }
}

fn fields(view: &InfoView) -> Vec<[String; 2]> {
    let field = |name: &str, value: String| [name.to_owned(), value];
    let mut rows = vec![
        field("name", view.name.clone()),
        field("users", view.users.to_string()),
        field("items", view.items.to_string()),
        field("items_without_ratings", view.items_without_ratings.to_string()),
        field("users_without_ratings", view.users_without_ratings.to_string()),
        field("ratings", view.ratings.to_string()),
        field("density", exact(view.density)),
        field("feedback", view.feedback.kind.name().to_owned()),
        field("feedback_zero", view.feedback.zero.name().to_owned()),
        field("feedback_why", view.feedback.why.clone()),
        field("default_formula", view.default_formula.clone()),
        field("implicit", view.implicit.to_string()),
        field("timestamps", view.timestamps.to_string()),
        field("duplicates", view.duplicates.to_string()),
        field("rejected", view.rejected_count.to_string()),
        field("format", view.format.clone()),
        field("separator", view.separator.clone()),
        field("encoding", view.encoding.clone()),
        field("synthetic", view.synthetic.to_string()),
    ];
    if let Some(scale) = view.scale {
        rows.push(field("scale_min", exact(scale.min)));
        rows.push(field("scale_max", exact(scale.max)));
        rows.extend(scale.step.map(|step| field("scale_step", exact(step))));
    }
    rows.extend(view.mean.map(|mean| field("mean", exact(mean))));
    for (name, per) in [("user", &view.per_user), ("item", &view.per_item)] {
        rows.push(field(&format!("per_{name}_mean"), exact(per.mean)));
        rows.push(field(&format!("per_{name}_median"), per.median.to_string()));
        rows.push(field(&format!("per_{name}_most"), per.most.to_string()));
        rows.push(field(&format!("per_{name}_gini"), exact(per.gini)));
    }
    rows.extend(
        view.months
            .iter()
            .map(|m| field(&format!("ratings_{}", m.month), m.count.to_string())),
    );
    for bar in &view.histogram {
        rows.push(match bar {
            Bar::Value { value, count } => field(&format!("count_{}", exact(*value)), count.to_string()),
            Bar::Bin { from, to, count } => {
                field(&format!("count_{}_to_{}", exact(*from), exact(*to)), count.to_string())
            }
        });
    }
    rows
}

fn text(view: &InfoView) -> String {
    let words = view.feedback.words;
    let rows = words.row.many;
    let mut text = String::new();
    let invented = if view.synthetic { " (synthetic)" } else { "" };
    let mut table = Table::new([("", Left), ("", Left)]);
    let mut row = |name: &str, value: String| table.row([name.to_owned(), value]);
    let without = |n: usize, what: &str| match n {
        0 => String::new(),
        n => format!(" and {} {}", plural(n, what), words.say("without a rating")),
    };
    row("dataset", format!("{}{invented}", view.name));
    row(
        "users",
        counted(view.users as u64) + &without(view.users_without_ratings, "user"),
    );
    row(
        "items",
        counted(view.items as u64) + &without(view.items_without_ratings, "item"),
    );
    row(words.row.many, counted(view.ratings as u64));
    row("density", format!("{} %", rounded(view.density * 100.0)));
    for (name, per) in [("a user", &view.per_user), ("an item", &view.per_item)] {
        let (mean, gini) = (rounded(per.mean), rounded(per.gini));
        let (median, most) = (counted(per.median), counted(per.most));
        row(
            name,
            format!("{mean} {rows} on average, median {median}, most {most}, Gini {gini}"),
        );
    }
    row("feedback", clean(&view.feedback.sentence()));
    row("default", view.default_formula.clone());
    if let Some(like) = view.feedback.like {
        row("a like", like.noun(words));
    }
    match view.scale {
        Some(scale) if view.feedback.kind == FeedbackKind::Counts => {
            let mean = view.mean.map_or_else(String::new, |m| format!(", mean {}", rounded(m)));
            row(
                "values",
                format!("{} to {}{mean}", rounded(scale.min), rounded(scale.max)),
            );
        }
        Some(scale) => {
            let step = scale
                .step
                .map_or_else(|| "continuous".to_owned(), |s| format!("step {}", rounded(s)));
            let mean = view.mean.map_or_else(String::new, |m| format!(", mean {}", rounded(m)));
            row(
                "scale",
                format!("{} to {}, {step}{mean}", rounded(scale.min), rounded(scale.max)),
            );
        }
        None => {}
    }
    if let Some((from, to)) = view.time_range {
        row(
            "time",
            format!(
                "{} to {}",
                Day::of_seconds(from.seconds()),
                Day::of_seconds(to.seconds())
            ),
        );
    }
    let separator = match view.separator.as_str() {
        "" => String::new(),
        separator => format!("separator {separator}"),
    };
    let about = [view.format.clone(), separator, view.encoding.clone()];
    let about: Vec<String> = about.into_iter().filter(|part| !part.is_empty()).collect();
    row("format", about.join(", "));
    row(
        "files",
        view.files.iter().map(|f| clean(f)).collect::<Vec<_>>().join(", "),
    );
    for (name, columns) in [("of items", &view.item_columns), ("of users", &view.user_columns)] {
        if !columns.is_empty() {
            row(name, columns.iter().map(|c| clean(c)).collect::<Vec<_>>().join(", "));
        }
    }
    if view.duplicates > 0 {
        let count = counted(view.duplicates);
        row(
            "duplicates",
            format!("{count} (user, item) pairs came again; kept: {}", view.duplicate_policy),
        );
    }
    if view.rejected_count > 0 {
        let (rejected, read) = (counted(view.rejected_count), counted(view.rows_read));
        row("rejected", format!("{rejected} of {read} rows"));
    }
    for step in &view.filters {
        let [ratings, users, items] = [step.ratings, step.users, step.items].map(|n| counted(n as u64));
        let filter = &step.filter;
        row(
            "filtered",
            format!("{filter}: {ratings} ratings, {users} users, {items} items are left"),
        );
    }
    let memory = &view.memory;
    let kilobytes = |bytes: usize| format!("{} kB", counted(bytes as u64 / 1024));
    row(
        "memory",
        format!(
            "{rows} {} (by user {}, by item {}, times {}, order of the file {})",
            kilobytes(memory.ratings_bytes),
            kilobytes(memory.by_user_bytes),
            kilobytes(memory.by_item_bytes),
            kilobytes(memory.times_bytes),
            kilobytes(memory.order_bytes)
        ),
    );
    row(
        "",
        format!(
            "catalog {} (ids {}, labels {}, attributes {}), models {}",
            kilobytes(memory.catalog_bytes),
            kilobytes(memory.ids_bytes),
            kilobytes(memory.labels_bytes),
            kilobytes(memory.attributes_bytes),
            kilobytes(memory.models_bytes)
        ),
    );
    let _ = write!(text, "{table}");
    let _ = write!(text, "\n{}", histogram(&view.histogram, words));
    if !view.months.is_empty() {
        let mut months = Table::new([("month", Left), (rows, Right)]);
        view.months
            .iter()
            .for_each(|m| months.row([m.month.clone(), counted(m.count)]));
        let _ = write!(text, "\n{months}");
    }
    let _ = writeln!(text, "\nworth knowing");
    for finding in &view.findings {
        let _ = writeln!(text, "  {}: {}", finding.severity.word(), clean(&finding.text));
    }
    if !view.rejected.is_empty() {
        let _ = writeln!(text, "\nrejected rows");
        for r in view.rejected.iter().take(20) {
            let _ = writeln!(
                text,
                "  {}:{}:{}: {}",
                clean(&r.file),
                r.line,
                r.column,
                clean(&r.reason)
            );
        }
        let more = view.rejected_count.saturating_sub(20.min(view.rejected.len() as u64));
        if more > 0 {
            let _ = writeln!(
                text,
                "  and {} more (--format json lists up to a thousand)",
                counted(more)
            );
        }
    }
    text
}

pub(super) fn histogram(bars: &[Bar], words: Words) -> Table {
    let most = bars.iter().map(Bar::count).max().unwrap_or(0).max(1);
    let mut table = Table::new([(words.unit.one, Right), ("count", Right), ("", Left)]);
    for one in bars {
        let name = match one {
            Bar::Value { value, .. } => rounded(*value),
            Bar::Bin { from, to, .. } => format!("{} – {}", rounded(*from), rounded(*to)),
        };
        table.row([name, counted(one.count()), bar(one.count() as f64 / most as f64, 40)]);
    }
    table
}
