use super::{Compares, PRODUCTS, Recipe, Similarity, SimilaritySpec, Table, ratio};

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::CosineCommon,
    name: "cosine-common",
    title: "Cosine over common ratings",
    formula: "Σ a·b / √(Σ a² · Σ b²), all over co-rated entries",
    doc: "The angle over co-rated entries only: one common rating is enough for 1, so ask for a minimum support. As \
              Surprise computes it.",
    compares: Compares::Ratings,
    table: Table {
        whole: false,
        ..PRODUCTS
    },
    norm: None,
    value: |s, _, _, _| ratio(s.xy, s.xx, s.yy),
    recipe: |s, _, _, _| Recipe {
        figures: vec![("Σa·b", s.xy), ("Σa²", s.xx), ("Σb²", s.yy)],
        formula: "{Σa·b} / √({Σa²} · {Σb²})".into(),
        sum: "Σa·b",
        share: Box::new(|x, y| x * y),
    },
};
