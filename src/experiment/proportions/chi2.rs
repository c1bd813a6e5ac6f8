use super::{ProportionSpec, Proportions};
use crate::experiment::special::chi2_above;
use crate::experiment::tested::{More, Tested};

pub(super) static CHI2: ProportionSpec = ProportionSpec {
    name: "chi2",
    formula: "Σ (observed − expected)² / expected over the four cells",
    doc: "Pearson 1900; the square of z-pooled",
    test: |arms| test("chi2", arms, 0.0),
};

pub(super) static CHI2_YATES: ProportionSpec = ProportionSpec {
    name: "chi2-yates",
    formula: "Σ (|observed − expected| − ½)² / expected",
    doc: "Yates 1934: careful, for few clicks too careful",
    test: |arms| test("chi2-yates", arms, 0.5),
};

fn test(name: &'static str, arms: &Proportions, correction: f64) -> Tested {
    let pooled = arms.pooled_rate();
    if pooled == 0.0 || pooled == 1.0 {
        return Tested::silent(name, "all or none clicked in both arms");
    }
    let cells = [arms.a, arms.b].into_iter().flat_map(|c| {
        let n = c.views as f64;
        [(c.clicks as f64, n * pooled), (c.misses() as f64, n * (1.0 - pooled))]
    });
    let terms = cells.map(|(observed, expected)| {
        // As scipy: no correction beyond the difference itself.
        let away = (observed - expected).abs();
        (away - correction.min(away)).powi(2) / expected
    });
    let statistic = terms.sum();
    let mut told = Tested::new(name).tested(statistic, chi2_above(statistic, 1.0));
    told.estimate = Some(arms.difference());
    told.more = More {
        df: Some(1.0),
        ..More::default()
    };
    told
}
