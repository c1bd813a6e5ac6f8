//! How somebody that a factor model was not trained on gets factors.

use super::{Arithmetic, Columns, Step, number, term};

/// A guest who is folded into a factor model by ridge regression, as far as the score of one item goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Fold {
    /// The item that is scored.
    pub item: String,
    /// μ.
    pub mean: f64,
    /// b_i of the item.
    pub item_bias: f64,
    /// q_i of the item.
    pub factors: Vec<f64>,
    /// λ a rating.
    pub lambda: f64,
    /// The guest has a bias beside factors.
    pub has_bias: bool,
    pub ratings: Vec<FoldedRating>,
}

/// A rating of the guest, and what the model knows of its item.
#[derive(Clone, Debug, PartialEq)]
pub struct FoldedRating {
    pub item: String,
    pub rating: f64,
    /// b_j.
    pub bias: f64,
    /// q_j.
    pub factors: Vec<f64>,
    /// What the regression makes of it for the item, as the model computes it.
    pub share: f64,
}

/// So many ratings are solved on paper: as many equations with as many unknowns.
const ON_PAPER: usize = 5;

/// The ridge regression by which a guest is folded in. With few ratings it is solved for one number a rating,
/// p_u = Σ a_j·q_j and b_u = Σ a_j (the same solution as for the factors themselves, with n unknowns for one more than
/// there are factors); with more, what it makes of each rating.
pub fn of_fold(fold: &Fold) -> Arithmetic {
    let n = fold.ratings.len();
    let mut work = Arithmetic::new(format!(
        "a guest has no factors: they are folded in from {}",
        if n == 1 {
            "one rating".to_owned()
        } else {
            format!("{n} ratings")
        }
    ));
    let (bias, square) = if fold.has_bias {
        (" − b_u", " + b_u²")
    } else {
        ("", "")
    };
    let factors = fold.factors.len();
    work.note(format!(
        "the {factors} factors p_u{} are those with the least Σ (y_j{bias} − p_u·q_j)² + λ × n × (|p_u|²{square})",
        if fold.has_bias { " and the bias b_u" } else { "" }
    ));
    work.note(format!(
        "λ = {}, n = {n}; what is left of each rating j to be explained:",
        number(fold.lambda)
    ));
    let left: Vec<f64> = fold.ratings.iter().map(|r| r.rating - fold.mean - r.bias).collect();
    let rows = fold.ratings.iter().zip(&left);
    let rows = rows.map(|(r, y)| (r.item.clone(), vec![r.rating, fold.mean, r.bias, *y]));
    work.steps.push(Step::Table(Columns {
        heads: ["j", "r_j", "μ", "b_j", "y_j = r_j − μ − b_j"]
            .map(str::to_owned)
            .to_vec(),
        rows: rows.collect(),
        total: ("sum".to_owned(), vec![None, None, None, Some(left.iter().sum())]),
    }));
    let sum = if n <= ON_PAPER {
        on_paper(fold, &left, &mut work)
    } else {
        shares(fold, &left, &mut work)
    };
    let terms = [fold.mean, fold.item_bias, sum];
    let what = if fold.has_bias { "(b_u + p_u·q_i)" } else { "p_u·q_i" };
    work.formula(
        &format!("score of {}", fold.item),
        &format!("μ + b_i + {what}"),
        terms.map(term).join(" + "),
        terms.iter().sum(),
    );
    work
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Σ a_j (q_j·q_i + 1), where (K + λnI) a = y and K_jk = q_j·q_k + 1, solved by elimination.
fn on_paper(fold: &Fold, left: &[f64], work: &mut Arithmetic) -> f64 {
    let n = left.len();
    let one = if fold.has_bias { 1.0 } else { 0.0 };
    let plus = if fold.has_bias { " + 1" } else { "" };
    let ridge = fold.lambda * n as f64;
    let mut system: Vec<(Vec<f64>, f64)> = Vec::with_capacity(n);
    for (j, rating) in fold.ratings.iter().enumerate() {
        let near = |other: &FoldedRating| dot(&rating.factors, &other.factors) + one;
        let mut row: Vec<f64> = fold.ratings.iter().map(near).collect();
        row[j] += ridge;
        system.push((row, left[j]));
    }
    let also = if fold.has_bias { " and b_u = Σ a_j" } else { "" };
    work.note(format!(
        "it is p_u = Σ a_j × q_j{also}, where Σ_k (q_j·q_k{plus}) × a_k + λ × n × a_j = y_j for every j:"
    ));
    for (j, row) in system.iter().enumerate() {
        work.note(equation(j, row, 0));
    }
    for pivot in 0..n {
        for j in pivot + 1..n {
            let (upper, lower) = system.split_at_mut(j);
            let (from, to) = (&upper[pivot], &mut lower[0]);
            let by = to.0[pivot] / from.0[pivot];
            to.0.iter_mut().zip(&from.0).skip(pivot).for_each(|(x, f)| *x -= by * f);
            to.1 -= by * from.1;
            work.note(format!("({}) − {} × ({}):", j + 1, term(by), pivot + 1));
            work.note(equation(j, &system[j], pivot + 1));
        }
    }
    let mut solution = vec![0.0; n];
    for j in (0..n).rev() {
        let (row, y) = &system[j];
        let known: Vec<String> = (j + 1..n)
            .map(|k| format!(" − {} × {}", term(row[k]), term(solution[k])))
            .collect();
        let value = (y - dot(&row[j + 1..], &solution[j + 1..])) / row[j];
        let symbols: Vec<String> = (j + 1..n).map(|k| format!(" − c{} × a{}", k + 1, k + 1)).collect();
        work.formula(
            &format!("a{}", j + 1),
            &format!("(y{}) / c{} of ({})", symbols.concat(), j + 1, j + 1),
            format!("({}{}) / {}", term(*y), known.concat(), term(row[j])),
            value,
        );
        solution[j] = value;
    }
    let rows = fold.ratings.iter().zip(&solution).map(|(r, a)| {
        let near = dot(&r.factors, &fold.factors) + one;
        (r.item.clone(), vec![*a, near, a * near])
    });
    let rows: Vec<_> = rows.collect();
    let sum = rows.iter().map(|(_, numbers)| numbers[2]).sum();
    work.steps.push(Step::Table(Columns {
        heads: [
            "j".to_owned(),
            "a_j".to_owned(),
            format!("q_j·q_i{plus}"),
            "product".to_owned(),
        ]
        .to_vec(),
        rows,
        total: ("sum".to_owned(), vec![None, None, Some(sum)]),
    }));
    sum
}

/// `(2)  0.4 × a2 + 1.2 × a3 = -0.6`, from the unknown `first` on.
fn equation(at: usize, (row, y): &(Vec<f64>, f64), first: usize) -> String {
    let terms: Vec<String> = (first..row.len())
        .map(|k| format!("{} × a{}", term(row[k]), k + 1))
        .collect();
    format!("({})  {} = {}", at + 1, terms.join(" + "), number(*y))
}

/// What the regression makes of every rating: its weight depends on the items alone, not on how they were rated.
fn shares(fold: &Fold, left: &[f64], work: &mut Arithmetic) -> f64 {
    let x = if fold.has_bias { "(q, 1)" } else { "q" };
    work.note(format!(
        "the solution is linear in y: each y_j counts w_j = x_jᵀ × (XᵀX + λnI)⁻¹ × x_i, where x = {x} of an item"
    ));
    let rows = fold.ratings.iter().zip(left);
    // A rating that is just as expected counts nothing, whatever its weight.
    let rows = rows.filter(|(_, y)| **y != 0.0);
    let rows: Vec<_> = rows
        .map(|(r, y)| (r.item.clone(), vec![*y, r.share / y, r.share]))
        .collect();
    let sum = rows.iter().map(|(_, numbers)| numbers[2]).sum();
    work.steps.push(Step::Table(Columns {
        heads: ["j", "y_j", "w_j", "product"].map(str::to_owned).to_vec(),
        rows,
        total: ("sum".to_owned(), vec![None, None, Some(sum)]),
    }));
    sum
}
