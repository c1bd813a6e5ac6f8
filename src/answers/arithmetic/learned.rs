//! What a model learned, written out once: a step of stochastic gradient descent, a weight of a linear autoencoder.

use super::{Arithmetic, Columns, Step, number, term};

/// A rating before and after one step of gradient descent on it.
#[derive(Clone, Debug, PartialEq)]
pub struct DescentStep {
    pub user: String,
    pub item: String,
    pub rating: f64,
    /// μ, b_u and b_i; `None` for a model without biases.
    pub biases: Option<[f64; 3]>,
    /// p_u and q_i.
    pub factors: (Vec<f64>, Vec<f64>),
    /// γ.
    pub rate: f64,
    /// λ.
    pub regularization: f64,
}

/// One more step of stochastic gradient descent on a rating, from what was learned: prediction, error, every bias and factor
/// before and after, the error that is left. As Funk (2006): all new values are computed from the old ones.
pub fn of_descent_step(step: &DescentStep) -> Arithmetic {
    let (rate, reg) = (step.rate, step.regularization);
    let mut work = Arithmetic::new(format!(
        "one step of gradient descent on a rating: {} rated {} {}",
        step.user,
        step.item,
        number(step.rating)
    ));
    work.note(format!(
        "from the values that were learned; step size γ {}, regularization λ {}",
        number(rate),
        number(reg)
    ));
    let (p, q) = (&step.factors.0, &step.factors.1);
    let product = products(&mut work, ["p_u", "q_i", "product"], p, q);
    let error = predicted(&mut work, ("r̂", "e"), step.biases, product, step.rating);
    let moved = |old: f64, other: f64| old + rate * (error * other - reg * old);
    let biases = step.biases.map(|[mean, own, its]| {
        let moved = |old: f64| old + rate * (error - reg * old);
        for (sign, old) in [("b_u", own), ("b_i", its)] {
            work.formula(
                &format!("{sign}′"),
                &format!("{sign} + γ × (e − λ × {sign})"),
                format!(
                    "{} + {} × ({} − {} × {})",
                    term(old),
                    term(rate),
                    term(error),
                    term(reg),
                    term(old)
                ),
                moved(old),
            );
        }
        [mean, moved(own), moved(its)]
    });
    if let (Some(&old), Some(&other)) = (p.first(), q.first()) {
        work.formula(
            "p_u′ of f1",
            "p_u + γ × (e × q_i − λ × p_u)",
            format!(
                "{} + {} × ({} × {} − {} × {})",
                term(old),
                term(rate),
                term(error),
                term(other),
                term(reg),
                term(old)
            ),
            moved(old, other),
        );
    }
    let new_p: Vec<f64> = p.iter().zip(q).map(|(p, q)| moved(*p, *q)).collect();
    let new_q: Vec<f64> = p.iter().zip(q).map(|(p, q)| moved(*q, *p)).collect();
    let after = products(&mut work, ["p_u′", "q_i′", "product"], &new_p, &new_q);
    let left = predicted(&mut work, ("r̂′", "e′"), biases, after, step.rating);
    work.note(format!("the error goes from {} to {}", number(error), number(left)));
    work
}

/// The products factor by factor, and their sum.
fn products(work: &mut Arithmetic, heads: [&str; 3], p: &[f64], q: &[f64]) -> f64 {
    let sum: f64 = p.iter().zip(q).map(|(p, q)| p * q).sum();
    let rows = p.iter().zip(q).enumerate();
    let rows = rows.map(|(f, (p, q))| (format!("f{}", f + 1), vec![*p, *q, p * q]));
    work.steps.push(Step::Table(Columns {
        heads: std::iter::once("factor").chain(heads).map(str::to_owned).collect(),
        rows: rows.collect(),
        total: ("sum".to_owned(), vec![None, None, Some(sum)]),
    }));
    sum
}

/// The prediction from its terms, and its error, which is returned.
fn predicted(
    work: &mut Arithmetic,
    (prediction, error): (&str, &str),
    biases: Option<[f64; 3]>,
    product: f64,
    rating: f64,
) -> f64 {
    let mark = if prediction.ends_with('′') { "′" } else { "" };
    let terms: Vec<f64> = biases.into_iter().flatten().chain([product]).collect();
    let value: f64 = terms.iter().sum();
    let formula = if biases.is_some() {
        format!("μ + b_u{mark} + b_i{mark} + Σ p_u{mark} × q_i{mark}")
    } else {
        format!("Σ p_u{mark} × q_i{mark}")
    };
    let numbers: Vec<String> = terms.into_iter().map(term).collect();
    work.formula(prediction, &formula, numbers.join(" + "), value);
    let left = rating - value;
    work.formula(
        error,
        &format!("r − {prediction}"),
        format!("{} − {}", term(rating), term(value)),
        left,
    );
    left
}

/// A weight of EASE beside all that determines it.
#[derive(Clone, Debug, PartialEq)]
pub struct EaseRow {
    /// j and i: what having rated j says of i.
    pub from: String,
    pub to: String,
    pub lambda: f64,
    /// Minutes, where two ratings of a user count as one rated together only as far as they are near in time.
    pub closeness: Option<f64>,
    /// How many rated j.
    pub raters: f64,
    /// How many rated both, or how much they count.
    pub both: f64,
    /// For every other item l: its name, the same of j and l, what l says of i.
    pub others: Vec<(String, f64, f64)>,
    /// B_ji as the model holds it, in 32 bits.
    pub weight: f64,
}

/// How many of the other items are listed one by one.
const LISTED: usize = 12;

/// One row of EASE: the weight of a rated item for another, from how often they were rated together, less what all others
/// say already. The row of (G + λI)·B = G with a diagonal of zeros that every weight solves.
pub fn of_ease_row(row: &EaseRow) -> Arithmetic {
    let mut work = Arithmetic::new(format!("what having rated {} says of {}", row.from, row.to));
    let both = if row.closeness.is_some() {
        "what their raters count"
    } else {
        "rated both"
    };
    work.note(format!(
        "j = {}, i = {}; n_j = {} rated j, n_ji = {} {both}, λ = {}",
        row.from,
        row.to,
        number(row.raters),
        number(row.both),
        number(row.lambda)
    ));
    if let Some(minutes) = row.closeness {
        work.note(format!(
            "who rated both m minutes apart counts 1 / √(1 + m / {}) for one",
            number(minutes)
        ));
    }
    let mut others: Vec<&(String, f64, f64)> = row.others.iter().collect();
    others.sort_by(|a, b| (b.1 * b.2).abs().total_cmp(&(a.1 * a.2).abs()));
    let said: f64 = others.iter().map(|(_, n, b)| n * b).sum();
    let mut rows: Vec<(String, Vec<f64>)> = others
        .iter()
        .take(LISTED)
        .map(|(name, n, b)| (name.clone(), vec![*n, *b, n * b]))
        .collect();
    if others.len() > LISTED {
        let rest = &others[LISTED..];
        let sum = |f: fn(&(String, f64, f64)) -> f64| rest.iter().map(|other| f(other)).sum::<f64>();
        rows.push((
            format!("{} others, added up", rest.len()),
            vec![sum(|o| o.1), sum(|o| o.2), sum(|o| o.1 * o.2)],
        ));
    }
    work.note("what the other items l that were rated with j say of i already:");
    work.steps.push(Step::Table(Columns {
        heads: ["l", "n_jl", "B_li", "product"].map(str::to_owned).to_vec(),
        rows,
        total: ("sum".to_owned(), vec![None, None, Some(said)]),
    }));
    work.formula(
        "B_ji",
        "(n_ji − Σ n_jl × B_li) / (n_j + λ)",
        format!(
            "({} − {}) / ({} + {})",
            term(row.both),
            term(said),
            term(row.raters),
            term(row.lambda)
        ),
        (row.both - said) / (row.raters + row.lambda),
    );
    work.note(format!("the model holds {} (32 bits)", number(row.weight)));
    work
}
