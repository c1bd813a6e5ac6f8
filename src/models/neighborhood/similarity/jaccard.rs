use super::{Compares, Recipe, SETS, Similarity, SimilaritySpec};

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::Jaccard,
    name: "jaccard",
    title: "Jaccard index",
    formula: "n / (n a + n b − n)",
    doc: "The share of common entries among all entries that either rated, whatever the ratings.",
    compares: Compares::Sets,
    table: SETS,
    // n a + n b ≥ 2 √(n a · n b), and n ≤ √(n a · n b).
    norm: Some(|row, _| row.n.sqrt()),
    value: |s, a, b, _| Ok(s.n / (a.n + b.n - s.n)),
    recipe: |s, a, b, _| Recipe {
        figures: vec![("n", s.n), ("n a", a.n), ("n b", b.n)],
        formula: "{n} / ({n a} + {n b} − {n})".into(),
        sum: "n",
        share: Box::new(|_, _| 1.0),
    },
};
