use super::ProportionSpec;
use crate::experiment::tested::{More, Tested};

pub(super) static MSPRT: ProportionSpec = ProportionSpec {
    name: "msprt",
    formula: "Λ = √(s²/(s² + τ²)) exp(τ²d² / (2s²(s² + τ²))), s² the variance of d; p = min(1, 1/Λ)",
    doc: "mixture SPRT (Johari, Pekelis and Walsh 2015): p and interval hold however often one looks",
    test: |arms| {
        let (d, variance) = (arms.difference(), arms.unpooled_variance());
        if variance == 0.0 {
            return Tested::silent("msprt", "all or none clicked in each arm");
        }
        let ratio = msprt_ratio(d, variance, arms.tau2);
        let half = always_valid_half_width(variance, arms.tau2, arms.alpha);
        let mut told = Tested::new("msprt")
            .about("difference", d)
            .tested(ratio, (1.0 / ratio).min(1.0))
            .within((d - half, d + half));
        told.more = More {
            stderr: Some(variance.sqrt()),
            ..More::default()
        };
        if !ratio.is_finite() {
            told.p = Some(0.0);
            told.note = Some("Λ is beyond what a number can hold".to_owned());
        }
        told
    },
};

/// Λ of the mixture SPRT: how much likelier the difference `d` of variance `variance` > 0 is where its truth has the law
/// N(0, τ²) than where there is none. With n an arm, `variance` = V/n and V = p_A(1 − p_A) + p_B(1 − p_B).
pub fn msprt_ratio(d: f64, variance: f64, tau2: f64) -> f64 {
    let both = variance + tau2;
    (0.5 * (variance / both).ln() + tau2 * d * d / (2.0 * variance * both)).exp()
}

/// Half the width of the interval that holds at all looks at once: where Λ against its middle is 1/α.
pub fn always_valid_half_width(variance: f64, tau2: f64, alpha: f64) -> f64 {
    let both = variance + tau2;
    (variance * both / tau2 * (2.0 * (1.0 / alpha).ln() + (both / variance).ln())).sqrt()
}
