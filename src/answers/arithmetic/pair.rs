use super::{Arithmetic, Columns, Step, number, term};
use crate::answers::text::plural;
use crate::answers::{PairView, VectorLine};

/// The similarity of two rows: what the common entry at `row` adds, both rows as vectors with what is added up of them,
/// the formula with these sums.
pub fn of_pair(view: &PairView, row: Option<usize>) -> Arithmetic {
    let a = view.a.as_ref().map_or("guest", |a| a.label.as_str());
    let mut work = Arithmetic::new(format!("{}: a = {a}, b = {}", view.similarity, view.b.label));
    if let Some((named, a, b)) = row.and_then(|row| view.common.get(row)) {
        let (x, y) = (term(a), term(b));
        work.steps.push(Step::Lines(vec![
            format!("{}: a {}, b {}", named.label, number(a), number(b)),
            format!("product {x} × {y} = {}", number(a * b)),
            format!("difference {x} − {y} = {}", number(a - b)),
            String::new(),
        ]));
    }
    if view.vectors.is_empty() {
        work.note("nothing in common");
    } else {
        work.steps.push(Step::Table(table(view)));
    }
    if let Some(n) = view.left_out.filter(|n| *n > 0) {
        let what = plural(n, if view.b.kind == "user" { "item" } else { "user" });
        let verb = if n == 1 { "is" } else { "are" };
        work.note(format!("{what} {verb} unrated in both: 0 in every column, left out"));
    }
    between(view, &mut work);
    work.steps.push(Step::Lines(view.arithmetic.clone()));
    work
}

/// What lies between the sums and the similarity: roots and their product, means, the factor of the shrinkage.
fn between(view: &PairView, work: &mut Arithmetic) {
    let figure = |name: &str| view.sums.iter().find(|sum| sum.0 == name).map(|sum| sum.1);
    if let [Some(n), Some(xy), Some(x), Some(y), Some(xx), Some(yy)] =
        ["n", "Σa·b", "Σa", "Σb", "Σa²", "Σb²"].map(figure)
    {
        let n_ = term(n);
        let top = format!("{n_} × {} − {} × {}", term(xy), term(x), term(y));
        work.formula("top", "n × Σa·b − Σa × Σb", top, n * xy - x * y);
        let spreads = [("spread of a", "a", x, xx), ("spread of b", "b", y, yy)].map(|(name, row, sum, squares)| {
            let numbers = format!("{n_} × {} − ({})²", term(squares), term(sum));
            let spread = n * squares - sum * sum;
            work.formula(name, &format!("n × Σ{row}² − (Σ{row})²"), numbers, spread);
            spread
        });
        root(work, "bottom", ("spread of a", "spread of b"), spreads);
    } else {
        let squares: Vec<&(String, f64)> = view
            .sums
            .iter()
            .filter(|sum| sum.0.starts_with('Σ') && sum.0.ends_with('²'))
            .collect();
        match squares[..] {
            [a, b] => root(work, "bottom", (&a.0, &b.0), [a.1, b.1]),
            [differences] => {
                if let Some(n) = figure("n").filter(|n| *n > 0.0) {
                    let numbers = format!("{} / {}", term(differences.1), term(n));
                    let formula = format!("{} / n", differences.0);
                    work.formula("mean squared difference", &formula, numbers, differences.1 / n);
                }
            }
            _ => {
                if let [Some(n), Some(a), Some(b), None] = ["n", "n a", "n b", "N"].map(figure) {
                    let numbers = format!("{} + {} − {}", term(a), term(b), term(n));
                    work.formula("in either", "n a + n b − n", numbers, a + b - n);
                }
            }
        }
    }
    if let (Some(n), Some(shrinkage)) = (figure("n"), figure("shrinkage")) {
        // Residuals leave one degree of freedom less.
        let is_less = view
            .arithmetic
            .first()
            .is_some_and(|formula| formula.contains("(n − 1)"));
        let (name, pairs) = if is_less { ("n − 1", n - 1.0) } else { ("n", n) };
        if pairs + shrinkage > 0.0 {
            let numbers = format!("{} / ({} + {})", term(pairs), term(pairs), term(shrinkage));
            let formula = format!("{name} / ({name} + shrinkage)");
            work.formula("shrunk to", &formula, numbers, pairs / (pairs + shrinkage));
        }
    }
}

/// The root of a product, by the roots of both.
fn root(work: &mut Arithmetic, name: &str, (a, b): (&str, &str), [x, y]: [f64; 2]) {
    // Of what is negative but for rounding there is no root.
    if x < 0.0 || y < 0.0 {
        return;
    }
    let (left, right) = (x.sqrt(), y.sqrt());
    work.formula(&format!("√{a}"), "its root", format!("√{}", number(x)), left);
    work.formula(&format!("√{b}"), "its root", format!("√{}", number(y)), right);
    let numbers = format!("{} × {}", term(left), term(right));
    work.formula(name, &format!("√{a} × √{b}"), numbers, left * right);
}

/// The two rows below each other; an unrated entry is 0.
fn table(view: &PairView) -> Columns {
    let what = if view.b.kind == "user" { "item" } else { "user" };
    let heads = [what, "a", "b"].into_iter().chain(view.columns.iter().map(|c| c.0));
    let cells = |line: &VectorLine| {
        let (a, b) = line.ratings;
        let (x, y) = line.seen;
        let ratings = [a.unwrap_or(0.0), b.unwrap_or(0.0)];
        ratings.into_iter().chain(view.columns.iter().map(move |c| c.1(x, y)))
    };
    let mut sums = vec![0.0; 2 + view.columns.len()];
    let mut rows = Vec::with_capacity(view.vectors.len());
    for line in view.vectors.lines() {
        let numbers: Vec<f64> = cells(line).collect();
        sums.iter_mut().zip(&numbers).for_each(|(sum, x)| *sum += x);
        rows.push((view.vectors.naming().label(line.entity), numbers));
    }
    Columns {
        heads: heads.map(str::to_owned).collect(),
        rows,
        total: ("sum".to_owned(), sums.into_iter().map(Some).collect()),
    }
}
