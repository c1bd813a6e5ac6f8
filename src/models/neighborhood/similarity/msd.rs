use super::{Compares, Recipe, Similarity, SimilaritySpec, Table};

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::Msd,
    name: "msd",
    title: "Mean squared difference",
    formula: "1 / (1 + Σ (a − b)² / n)",
    doc: "1 for the same ratings, towards 0 the more they differ; over co-rated entries. As Surprise computes it.",
    compares: Compares::Differences,
    table: Table {
        whole: false,
        columns: &[("a−b", |a, b| a - b), ("(a−b)²", |a, b| (a - b) * (a - b))],
        seen: |rating, _| rating,
    },
    norm: None,
    value: |s, _, _, _| Ok(1.0 / (1.0 + s.squared_difference() / s.n)),
    recipe: |s, _, _, _| Recipe {
        figures: vec![("Σ(a−b)²", s.squared_difference()), ("n", s.n)],
        formula: "1 / (1 + {Σ(a−b)²} / {n})".into(),
        sum: "Σ(a−b)²",
        share: Box::new(|x, y| (x - y) * (x - y)),
    },
};
