use super::welch::by_t;
use super::{MeanSpec, TOO_FEW};
use crate::experiment::tested::Tested;

pub(super) static STUDENT: MeanSpec = MeanSpec {
    name: "student",
    formula: "(m_B − m_A) / √(s²(1/n_A + 1/n_B)), s² pooled, n_A + n_B − 2 degrees of freedom",
    doc: "arms must vary alike",
    applies: |_| true,
    test: |measured, _| {
        let Some([(a, variance_a), (b, variance_b)]) = measured.moments() else {
            return Ok(Tested::silent("student", TOO_FEW));
        };
        let (n_a, n_b) = (measured.a.len() as f64, measured.b.len() as f64);
        let df = n_a + n_b - 2.0;
        let pooled = ((n_a - 1.0) * variance_a + (n_b - 1.0) * variance_b) / df;
        let variance = pooled * (1.0 / n_a + 1.0 / n_b);
        Ok(by_t("student", b - a, variance, df, measured.alpha))
    },
};
