use super::{Compares, Recipe, Similarity, SimilaritySpec, Table, Undefined, ratio};
use crate::models::neighborhood::sums::RowStats;

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::PearsonBaseline,
    name: "pearson-baseline",
    title: "Pearson correlation around baselines",
    formula: "(n − 1)/(n − 1 + shrinkage) · Σ x·y / √(Σ x² · Σ y²), x and y what baselines leave of a and b",
    doc: "The correlation of what the user's and the item's baselines leave over, shrunk towards 0 for few common \
              ratings (Koren 2010). The most accurate here for predicting ratings.",
    compares: Compares::Residuals,
    table: Table {
        whole: false,
        columns: &[
            ("x = a−baselines", |x, _| x),
            ("y = b−baselines", |_, y| y),
            ("x·y", |x, y| x * y),
            ("x²", |x, _| x * x),
            ("y²", |_, y| y * y),
        ],
        seen: |rating, row| rating - row.bias,
    },
    norm: None,
    value: |s, a, b, _| {
        let (xx, yy) = s.centered_squares(a.bias, b.bias);
        // Where the residuals are only rounding errors (constant ratings), there is nothing to compare.
        let rounding = |row: &RowStats| 1e-24 * s.n * row.squared_length() / row.n;
        if xx <= rounding(a) || yy <= rounding(b) {
            return Err(Undefined::NoVariance);
        }
        ratio(s.centered(a.bias, b.bias), xx, yy)
    },
    recipe: |s, a, b, _| {
        let (bias_a, bias_b) = (a.bias, b.bias);
        let (xx, yy) = s.centered_squares(bias_a, bias_b);
        Recipe {
            figures: vec![("Σx·y", s.centered(bias_a, bias_b)), ("Σx²", xx), ("Σy²", yy)],
            formula: "{Σx·y} / √({Σx²} · {Σy²})".into(),
            sum: "Σx·y",
            share: Box::new(move |x, y| (x - bias_a) * (y - bias_b)),
        }
    },
};
