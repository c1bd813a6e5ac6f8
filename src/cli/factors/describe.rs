//! What factors mean, as text, JSON and a row for each.

use std::fmt::Write;

use crate::answers::factors::describe;
use crate::answers::{DescribeQuery, DescribeView, DescribedFactor, EndRow, World};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::output::exact_or_empty;
use crate::cli::table::{Left, Right, Table, aligned, clean};
use crate::models::Formula;

/// Fits the model, and again with other seeds, and prints what its factors mean.
pub(super) fn describe(world: &World, mut formula: Formula, varimax: bool, context: &Context) -> Result<(), CliError> {
    context.fit(world, &mut formula)?;
    let view = describe::compute(world, &DescribeQuery { formula, varimax }, true, &context.task)?;
    let header = [
        "factor",
        "name",
        "stability",
        "r2",
        "r2_permuted",
        "attribute",
        "r",
        "q",
        "high",
        "low",
    ];
    context.print(&view, &header, |view| view.factors.iter().map(row), text)
}

fn row(factor: &DescribedFactor) -> [String; 10] {
    let ids = |ends: &[EndRow]| ends.iter().map(|end| end.id.as_str()).collect::<Vec<_>>().join(" ");
    let strongest = factor.probes.first();
    [
        factor.factor.to_string(),
        factor.name.clone().unwrap_or_default(),
        exact_or_empty(factor.stability),
        exact_or_empty(factor.r2),
        exact_or_empty(factor.r2_permuted),
        strongest.map_or_else(String::new, |probe| probe.attribute.clone()),
        exact_or_empty(strongest.map(|probe| probe.r)),
        exact_or_empty(strongest.map(|probe| probe.q)),
        ids(&factor.high),
        ids(&factor.low),
    ]
}

/// Names that say little are marked, as the screen strikes them through.
fn named(factor: &DescribedFactor) -> String {
    match &factor.name {
        Some(name) if factor.is_unstable() => format!("({})", clean(name)),
        Some(name) => clean(name),
        None => "–".to_owned(),
    }
}

fn text(view: &DescribeView) -> String {
    let mut text = format!(
        "factors of {}, rotation {}\nprobed on {} items with {} ratings or more; stability over {} seeds\n",
        view.model,
        view.rotation,
        view.items,
        view.least_count,
        view.seeds.len()
    );
    let maybe = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), aligned);
    let _ = writeln!(
        text,
        "attributes explain {} of a factor on average, {} of a permuted one\n",
        maybe(view.r2),
        maybe(view.r2_permuted)
    );
    let mut table = Table::new([
        ("factor", Right),
        ("name", Left),
        ("stability", Right),
        ("R²", Right),
        ("permuted", Right),
        ("strongest probe", Left),
        ("r", Right),
        ("q", Right),
    ]);
    for factor in &view.factors {
        let strongest = factor.probes.first();
        table.row([
            factor.factor.to_string(),
            named(factor),
            maybe(factor.stability),
            maybe(factor.r2),
            maybe(factor.r2_permuted),
            strongest.map_or_else(|| "–".to_owned(), |probe| clean(&probe.attribute)),
            maybe(strongest.map(|probe| probe.r)),
            strongest.map_or_else(|| "–".to_owned(), |probe| format!("{:.1e}", probe.q)),
        ]);
    }
    let _ = write!(text, "{table}");
    if view.factors.iter().any(DescribedFactor::is_unstable) {
        text.push_str("(…): other seeds find another factor in its place (stability below .8)\n");
    }
    for factor in view.factors.iter().filter(|f| f.name.is_some()) {
        let ends = |ends: &[EndRow]| {
            let labels: Vec<String> = ends
                .iter()
                .map(|end| format!("{} {}", end.label, aligned(end.loading).trim()))
                .collect();
            labels.join(" · ")
        };
        let _ = write!(
            text,
            "\n{}  {}\n  high  {}\n  low   {}\n",
            factor.factor,
            named(factor),
            ends(&factor.high),
            ends(&factor.low)
        );
    }
    if let Some(planted) = &view.planted {
        let found = planted.tastes.iter().filter(|t| t.found).count();
        let _ = writeln!(
            text,
            "\n{found} of {} planted tastes come back as named factors",
            planted.tastes.len()
        );
        let mut table = Table::new([("taste", Left), ("factor", Right), ("r", Right), ("name", Left)]);
        for taste in &planted.tastes {
            table.row([
                clean(&taste.taste),
                taste.factor.to_string(),
                aligned(taste.r),
                taste.name.as_deref().map_or_else(|| "–".to_owned(), clean),
            ]);
        }
        let _ = write!(text, "{table}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::ProbeRow;
    use crate::cli::output::exact;

    #[test]
    fn an_unstable_name_is_in_brackets() {
        let mut factor = DescribedFactor {
            factor: 1,
            name: Some("Horror ↔ Romance".to_owned()),
            stability: Some(0.4),
            low: Vec::new(),
            high: Vec::new(),
            probes: vec![ProbeRow {
                attribute: "genre: Horror".to_owned(),
                r: 0.5,
                q: 0.001,
            }],
            r2: None,
            r2_permuted: None,
        };
        assert_eq!(named(&factor), "(Horror ↔ Romance)");
        factor.stability = Some(0.9);
        assert_eq!(named(&factor), "Horror ↔ Romance");
        assert_eq!(
            row(&factor)[5..8],
            ["genre: Horror".to_owned(), exact(0.5), exact(0.001)]
        );
    }
}
