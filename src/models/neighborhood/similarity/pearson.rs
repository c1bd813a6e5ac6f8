use super::{Compares, PRODUCTS, Recipe, Similarity, SimilaritySpec, Table, ratio};
use crate::models::neighborhood::sums::{Sums, scaled_spread};

pub(super) const SPEC: SimilaritySpec = SimilaritySpec {
    similarity: Similarity::Pearson,
    name: "pearson",
    title: "Pearson correlation",
    formula: "(n Σ a·b − Σ a · Σ b) / √((n Σ a² − (Σ a)²)(n Σ b² − (Σ b)²))",
    doc: "Do ratings rise and fall together? Over co-rated entries, with the means over those. As Surprise computes it.",
    compares: Compares::Differences,
    table: Table {
        whole: false,
        ..PRODUCTS
    },
    norm: None,
    value: |s, _, _, _| {
        // All sums times n: no division, so that integer ratings in perfect agreement give exactly 1.
        let (spread_x, spread_y) = (scaled_spread(s.n, s.x, s.xx), scaled_spread(s.n, s.y, s.yy));
        ratio(s.n * s.xy - s.x * s.y, spread_x, spread_y)
    },
    recipe: |s, a, _, _| {
        let (mean_x, mean_y) = if s.n > 0.0 { (s.x / s.n, s.y / s.n) } else { (0.0, 0.0) };
        let (figures, formula) = figures(s, a.center);
        Recipe {
            figures,
            formula: formula.into(),
            sum: "Σ(a−ā)(b−b̄)",
            share: Box::new(move |x, y| (x - mean_x) * (y - mean_y)),
        }
    },
};

/// Pearson's figures and formula: over the ratings as they are, or less a center c.
fn figures(s: &Sums, center: f64) -> (Vec<(&'static str, f64)>, &'static str) {
    let sums = [s.xy, s.x, s.y, s.xx, s.yy];
    if center == 0.0 {
        let figures = ["Σa·b", "Σa", "Σb", "Σa²", "Σb²"].into_iter().zip(sums);
        let formula = "({n} · {Σa·b} − {Σa} · {Σb}) / √(({n} · {Σa²} − {Σa}²) · ({n} · {Σb²} − {Σb}²))";
        return (std::iter::once(("n", s.n)).chain(figures).collect(), formula);
    }
    let names = ["Σ(a−c)·(b−c)", "Σ(a−c)", "Σ(b−c)", "Σ(a−c)²", "Σ(b−c)²"];
    let figures = names.into_iter().zip(sums);
    let formula = "({n} · {Σ(a−c)·(b−c)} − {Σ(a−c)} · {Σ(b−c)}) / \
                   √(({n} · {Σ(a−c)²} − {Σ(a−c)}²) · ({n} · {Σ(b−c)²} − {Σ(b−c)}²))";
    (
        [("n", s.n), ("c", center)].into_iter().chain(figures).collect(),
        formula,
    )
}
