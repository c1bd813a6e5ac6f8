use super::{ALL_ALIKE, MeanSpec, Measured, TOO_FEW};
use crate::experiment::special::{critical_t, t_two_sided};
use crate::experiment::tested::{More, Tested};

pub(super) static WELCH: MeanSpec = MeanSpec {
    name: "welch",
    formula: "(m_B − m_A) / √(s_A²/n_A + s_B²/n_B), degrees of freedom by Satterthwaite",
    doc: "Welch 1947: arms may vary differently",
    applies: |_| true,
    test: |measured, _| Ok(welch("welch", measured)),
};

/// Welch's test, under another name where the values were adjusted.
pub(super) fn welch(name: &'static str, measured: &Measured<'_>) -> Tested {
    let Some([(a, variance_a), (b, variance_b)]) = measured.moments() else {
        return Tested::silent(name, TOO_FEW);
    };
    let (n_a, n_b) = (measured.a.len() as f64, measured.b.len() as f64);
    let (part_a, part_b) = (variance_a / n_a, variance_b / n_b);
    let variance = part_a + part_b;
    let df = variance * variance / (part_a * part_a / (n_a - 1.0) + part_b * part_b / (n_b - 1.0));
    by_t(name, b - a, variance, df, measured.alpha)
}

/// A difference against Student's law.
pub(super) fn by_t(name: &'static str, difference: f64, variance: f64, df: f64, alpha: f64) -> Tested {
    let told = Tested::new(name).about("difference", difference);
    if variance <= 0.0 || !df.is_finite() {
        return Tested {
            note: Some(ALL_ALIKE.to_owned()),
            ..told
        };
    }
    let stderr = variance.sqrt();
    let (t, half) = (difference / stderr, critical_t(alpha, df) * stderr);
    let mut told = told
        .tested(t, t_two_sided(t, df))
        .within((difference - half, difference + half));
    told.more = More {
        df: Some(df),
        stderr: Some(stderr),
        ..More::default()
    };
    told
}
