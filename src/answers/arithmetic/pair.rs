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
    work.steps.push(Step::Lines(view.arithmetic.clone()));
    work
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
