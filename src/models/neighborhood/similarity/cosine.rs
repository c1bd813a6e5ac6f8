use super::{Compares, PRODUCTS, Recipe, Similarity, SimilaritySpec, ratio};

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::Cosine,
    name: "cosine",
    title: "Cosine",
    formula: "Σ a·b / √(Σ a² · Σ b²)",
    doc: "The angle between whole rows, where an unrated entry is 0: few common ratings mean a small cosine. As \
              scikit-learn computes it.",
    compares: Compares::Products,
    table: PRODUCTS,
    norm: Some(|row, _| row.squared_length().sqrt()),
    value: |s, a, b, _| ratio(s.xy, a.squared_length(), b.squared_length()),
    recipe: |s, a, b, _| Recipe {
        figures: vec![("Σa·b", s.xy), ("Σa²", a.squared_length()), ("Σb²", b.squared_length())],
        formula: "{Σa·b} / √({Σa²} · {Σb²})".into(),
        sum: "Σa·b",
        share: Box::new(|x, y| x * y),
    },
};
