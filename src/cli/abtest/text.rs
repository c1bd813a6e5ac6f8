//! What is said of experiments, as text and as rows.

use std::fmt::Write;

use crate::answers::experiment::{CountedView, DaysView, MetricCell, MetricRow, SimulatedView, TabledTest, TabledView};
use crate::answers::table::Lean;
use crate::answers::text::percent;
use crate::cli::output::{exact, exact_or_empty};
use crate::cli::table::{Left, Right, Table, aligned, aligned_or_dash, clean, counted, rounded};
use crate::experiment::Tested;

/// Columns of one test.
pub(super) const TEST_COLUMNS: [&str; 6] = ["name", "statistic", "p", "low", "high", "estimate"];

fn test_row(test: &Tested) -> [String; 6] {
    let [statistic, p, low, high, estimate] =
        [test.statistic, test.p, test.low, test.high, test.estimate].map(exact_or_empty);
    [test.name.to_owned(), statistic, p, low, high, estimate]
}

pub(super) fn counted_rows(view: &CountedView) -> Vec<[String; 6]> {
    let arms = [("a", &view.a), ("b", &view.b)];
    let intervals = arms.into_iter().flat_map(|(arm, of)| {
        of.intervals.iter().map(move |i| {
            let name = format!("{arm}-{}", i.name);
            [
                name,
                String::new(),
                String::new(),
                exact(i.low),
                exact(i.high),
                exact(of.rate),
            ]
        })
    });
    view.tests.iter().map(test_row).chain(intervals).collect()
}

/// The columns of tests as text.
const TEST_TITLES: [(&str, Lean); 6] = [
    ("test", Left),
    ("statistic", Right),
    ("p", Right),
    ("estimate", Right),
    ("interval", Left),
    ("", Left),
];

fn test_cells(test: &Tested) -> [String; 6] {
    let interval = test.low.zip(test.high);
    let interval = interval.map_or_else(
        || "–".to_owned(),
        |(low, high)| format!("{} to {}", rounded(low), rounded(high)),
    );
    let mut notes = Vec::new();
    // The name says what an odds ratio is of, and a lift.
    if test.of == "share" {
        notes.push("the estimate is the share of pairs in which B has more".to_owned());
    }
    if let Some(loss) = test.more.expected_loss {
        notes.push(format!(
            "the statistic is P(B > A); expected loss of B {}",
            rounded(loss)
        ));
    }
    if let (Some(theta), Some(left)) = (test.more.theta, test.more.variance_ratio) {
        notes.push(format!("θ {}, {} of the variance left", rounded(theta), percent(left)));
    }
    notes.extend(test.note.clone());
    [
        test.name.to_owned(),
        aligned_or_dash(test.statistic),
        aligned_or_dash(test.p),
        test.estimate.map_or_else(|| "–".to_owned(), rounded),
        interval,
        notes.join("; "),
    ]
}

pub(super) fn counted_text(view: &CountedView) -> String {
    let mut text = String::new();
    for (name, arm) in [("A", &view.a), ("B", &view.b)] {
        let _ = write!(
            text,
            "{name}  {} of {} = {}",
            counted(arm.clicks),
            counted(arm.views),
            rounded(arm.rate)
        );
        for interval in &arm.intervals {
            let _ = write!(
                text,
                "   {} {} to {}",
                interval.name,
                rounded(interval.low),
                rounded(interval.high)
            );
        }
        text.push('\n');
    }
    let level = 100.0 * (1.0 - view.alpha);
    let _ = writeln!(
        text,
        "\nB − A; intervals of {} %; msprt with τ² = {}\n",
        rounded(level),
        rounded(view.tau2)
    );
    let mut table = Table::new(TEST_TITLES);
    for test in &view.tests {
        table.row(test_cells(test));
    }
    let _ = write!(text, "{table}");
    text
}

pub(super) fn tabled_rows(view: &TabledView) -> Vec<Vec<String>> {
    let row = |test: &TabledTest| {
        let arm = test.arm.clone().unwrap_or_default();
        std::iter::once(arm).chain(test_row(&test.test)).collect()
    };
    view.tests.iter().map(row).collect()
}

pub(super) fn tabled_text(view: &TabledView) -> String {
    let mut text = format!(
        "{} rows of {} users; against {}; {} draws\n\n",
        counted(view.rows),
        counted(view.users),
        clean(&view.control),
        counted(view.draws as u64)
    );
    let mut arms = Table::new([("arm", Left), ("users", Right), ("mean", Right), ("deviation", Right)]);
    for arm in &view.arms {
        let deviation = aligned_or_dash(arm.deviation);
        arms.row([clean(&arm.arm), counted(arm.users), aligned(arm.mean), deviation]);
    }
    let _ = writeln!(text, "{arms}");
    let many = view.arms.len() > 2;
    let first = std::iter::once(("arm", Left));
    let mut titles: Vec<_> = first.chain(TEST_TITLES).collect();
    titles.insert(4, ("Holm", Right));
    let mut table = Table::new(titles);
    for test in &view.tests {
        let mut cells = vec![test.arm.as_deref().map_or_else(|| "all".to_owned(), clean)];
        cells.extend(test_cells(&test.test));
        let adjusted = test.p_adjusted.filter(|_| many);
        cells.insert(4, aligned_or_dash(adjusted));
        table.row(cells);
    }
    let _ = write!(text, "{table}");
    text
}

pub(super) fn day_rows(view: &SimulatedView) -> Vec<[String; 4]> {
    let of_day = |day: &DaysView| {
        let number = day.day.to_string();
        let cell = move |cell: &MetricCell| {
            [
                number.clone(),
                cell.name.to_owned(),
                exact_or_empty(cell.a),
                exact_or_empty(cell.b),
            ]
        };
        day.metrics.iter().map(cell).collect::<Vec<_>>()
    };
    view.days.iter().flat_map(of_day).collect()
}

pub(super) fn simulated_text(view: &SimulatedView) -> String {
    let mut text = format!(
        "A  {}, {} users\nB  {}, {} users\n{} days of {}; tastes by {}, {} clicks, {} people\n\n",
        view.control,
        counted(view.users[0]),
        view.treatment,
        counted(view.users[1]),
        view.day,
        view.days_planned,
        view.taste,
        view.click_model,
        counted(view.people as u64)
    );
    let titles = [
        ("metric", Left),
        ("A", Right),
        ("B", Right),
        ("lift", Right),
        ("95 % interval", Left),
        ("p", Right),
        ("true lift", Right),
        ("", Left),
    ];
    let mut table = Table::new(titles);
    let lift = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), |x| format!("{:+.2} %", 100.0 * x));
    for row in &view.metrics {
        let truth = view
            .truth
            .metrics
            .iter()
            .find(|t| t.name == row.name)
            .and_then(|t| t.lift);
        let range = row.lift_low.zip(row.lift_high);
        let range = range.map_or_else(String::new, |(l, h)| format!("{} to {}", lift(Some(l)), lift(Some(h))));
        let value =
            |x: Option<f64>, row: &MetricRow| x.map_or_else(|| "–".to_owned(), |x| format!("{x:.*}", row.decimals));
        table.row([
            row.title.to_owned(),
            value(row.a, row),
            value(row.b, row),
            lift(row.lift),
            range,
            aligned_or_dash(row.p),
            lift(truth),
            if row.unit.is_empty() {
                row.doc.to_owned()
            } else {
                format!("{}: {}", row.unit, row.doc)
            },
        ]);
    }
    let _ = writeln!(text, "{table}");
    if let Some(ratio) = view.srm {
        let said = if ratio.alarm { "ALARM" } else { "as planned" };
        let _ = writeln!(text, "users: p {} ({said})", rounded(ratio.p));
    }
    if let Some(Some(look)) = view.looks.last() {
        let _ = writeln!(
            text,
            "{}: z {:+.3}, p {} alone, always valid {}; bounds today: Pocock {:.3}, O'Brien and Fleming {:.3}; peeking so far has a level of {:.3}",
            view.plan.metric,
            look.z,
            rounded(look.p),
            rounded(look.always_valid_p),
            look.pocock,
            look.obf,
            look.peeking_alpha
        );
    }
    if let Some(cuped) = &view.cuped {
        let left = cuped.more.variance_ratio.map_or_else(String::new, percent);
        let _ = writeln!(
            text,
            "clicks a user with CUPED: {left} of the variance left, p {}",
            aligned_or_dash(cuped.p)
        );
    }
    for row in &view.segments {
        let _ = writeln!(
            text,
            "{:9} {:>7} users: {} ({} to {})",
            row.segment,
            counted(row.users),
            lift(row.lift),
            lift(row.lift_low),
            lift(row.lift_high)
        );
    }
    text.push('\n');
    for entry in &view.log {
        let _ = writeln!(text, "day {:2}  {}", entry.day, entry.text);
    }
    let agrees = match view.truth.is_right {
        Some(true) => "the verdict is right",
        Some(false) => "the verdict is wrong",
        None => "there is no verdict",
    };
    let _ = writeln!(
        text,
        "\n{}\nin truth {} is better: {agrees}",
        view.verdict.sentence,
        match view.truth.better {
            "a" => "A",
            "b" => "B",
            _ => "neither",
        }
    );
    text
}
