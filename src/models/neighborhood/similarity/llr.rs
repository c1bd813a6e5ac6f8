use super::{Compares, Recipe, SETS, Similarity, SimilaritySpec};
use crate::models::neighborhood::sums::{RowStats, Sums};

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::Llr,
    name: "llr",
    title: "Log-likelihood ratio",
    formula: "2 Σ k ln(k · N / (row · column)) over the 2×2 table of rated and not rated",
    doc: "How surprising the common entries are (Dunning 1993), in natural logarithms, not squashed; 0 where there \
              are no more than by chance.",
    compares: Compares::Sets,
    table: SETS,
    // So that no pair is left out: no such product bounds it.
    norm: Some(|_, _| 0.0),
    value: |s, a, b, population| Ok(log_likelihood_ratio(s.n, a.n, b.n, population)),
    recipe,
};

fn recipe(s: &Sums, a: &RowStats, b: &RowStats, population: f64) -> Recipe {
    let neither = (population - a.n - b.n + s.n).max(0.0);
    let figures = vec![
        ("both", s.n),
        ("only a", a.n - s.n),
        ("only b", b.n - s.n),
        ("neither", neither),
        ("n a", a.n),
        ("n b", b.n),
        ("not a", b.n - s.n + neither),
        ("not b", a.n - s.n + neither),
        ("N", a.n + b.n - s.n + neither),
    ];
    // An empty cell adds nothing (k ln k is 0 for k = 0), and co-occurring no more often than by chance counts as 0.
    let formula = if s.n * neither <= (a.n - s.n) * (b.n - s.n) {
        "0, for {both} · {neither} ≤ {only a} · {only b}".to_owned()
    } else {
        let terms = [
            (true, "{both} · ln({both} · {N} / ({n a} · {n b}))"),
            (a.n > s.n, "{only a} · ln({only a} · {N} / ({n a} · {not b}))"),
            (b.n > s.n, "{only b} · ln({only b} · {N} / ({not a} · {n b}))"),
            (true, "{neither} · ln({neither} · {N} / ({not a} · {not b}))"),
        ];
        let terms: Vec<&str> = terms.into_iter().filter(|t| t.0).map(|t| t.1).collect();
        format!("2 · ({})", terms.join(" + "))
    };
    Recipe {
        figures,
        formula: formula.into(),
        sum: "both",
        share: Box::new(|_, _| 1.0),
    }
}

/// G² of the 2×2 table in which `both` of `population` entries are rated by a and b, which rated `in_a` and `in_b`; 0
/// where they co-occur no more often than by chance. Dunning 1993, as Mahout computes it before squashing.
pub fn log_likelihood_ratio(both: f64, in_a: f64, in_b: f64, population: f64) -> f64 {
    let only_a = in_a - both;
    let only_b = in_b - both;
    let neither = (population - in_a - in_b + both).max(0.0);
    if both * neither <= only_a * only_b {
        return 0.0;
    }
    let total = both + only_a + only_b + neither;
    let term = |k: f64, row: f64, column: f64| {
        if k > 0.0 {
            k * (k * total / (row * column)).ln()
        } else {
            0.0
        }
    };
    let rest_a = only_b + neither;
    let rest_b = only_a + neither;
    let sum = term(both, in_a, in_b)
        + (term(only_a, in_a, rest_b) + term(only_b, rest_a, in_b))
        + term(neither, rest_a, rest_b);
    (2.0 * sum).max(0.0)
}
