use super::{Compares, Recipe, Similarity, SimilaritySpec, Table, ratio};
use crate::models::neighborhood::sums::{RowStats, scaled_spread};

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::CenteredCosine,
    name: "centered-cosine",
    title: "Centered cosine",
    formula: "Σ (a − mean a)(b − mean b) / √(Σ (a − mean a)² · Σ (b − mean b)²), norms over whole rows",
    doc: "Each row less its own mean over its rated entries, unrated ones 0: likes and dislikes count against each \
              other. As LensKit computes it.",
    compares: Compares::Differences,
    table: Table {
        whole: true,
        columns: &[
            ("a−mean a", |a, _| a),
            ("b−mean b", |_, b| b),
            ("product", |a, b| a * b),
            ("(a−mean a)²", |a, _| a * a),
            ("(b−mean b)²", |_, b| b * b),
        ],
        seen: |rating, row| rating - row.centered_mean(),
    },
    norm: Some(|row, _| (scaled_spread(row.n, row.sum, row.squares) / row.n.max(1.0)).sqrt()),
    value: |s, a, b, _| {
        // Times both numbers of ratings: no division, so that integer ratings in perfect agreement give exactly 1.
        let scaled = |row: &RowStats| row.n * scaled_spread(row.n, row.sum, row.squares);
        ratio(s.centered_scaled(a, b), scaled(a), scaled(b))
    },
    recipe: |s, a, b, _| {
        // Less the center, like the sums.
        let (mean_a, mean_b) = (a.centered_mean(), b.centered_mean());
        Recipe {
            figures: vec![
                ("mean a", a.mean()),
                ("mean b", b.mean()),
                ("Σ(a−mean a)(b−mean b)", s.centered(mean_a, mean_b)),
                ("Σ(a−mean a)²", a.spread()),
                ("Σ(b−mean b)²", b.spread()),
            ],
            formula: "{Σ(a−mean a)(b−mean b)} / √({Σ(a−mean a)²} · {Σ(b−mean b)²})".into(),
            sum: "Σ(a−mean a)(b−mean b)",
            share: Box::new(move |x, y| (x - mean_a) * (y - mean_b)),
        }
    },
};
