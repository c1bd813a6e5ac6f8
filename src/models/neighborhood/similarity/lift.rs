use super::{Compares, Recipe, SETS, Similarity, SimilaritySpec};

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::Lift,
    name: "lift",
    title: "Lift",
    formula: "N · n / (n a · n b)",
    doc: "How many times more often than by chance both rated the same entry; 1 is chance. Favors rare entries.",
    compares: Compares::Sets,
    table: SETS,
    norm: Some(|row, population| row.n / population.sqrt()),
    value: |s, a, b, population| Ok(population * s.n / (a.n * b.n)),
    recipe: |s, a, b, population| Recipe {
        figures: vec![("N", population), ("n", s.n), ("n a", a.n), ("n b", b.n)],
        formula: "{N} · {n} / ({n a} · {n b})".into(),
        sum: "n",
        share: Box::new(|_, _| 1.0),
    },
};
