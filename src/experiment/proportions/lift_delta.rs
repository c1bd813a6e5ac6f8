use super::ProportionSpec;
use crate::experiment::special::normal_two_sided;
use crate::experiment::tested::{More, Tested};

pub(super) static LIFT_DELTA: ProportionSpec = ProportionSpec {
    name: "lift-delta",
    formula: "p_B/p_A − 1 ± z √(p_B(1 − p_B)/(n_B p_A²) + p_B²(1 − p_A)/(n_A p_A³))",
    doc: "relative lift by the delta method",
    test: |arms| {
        let (a, b) = (arms.a.rate(), arms.b.rate());
        if a == 0.0 {
            return Tested::silent("lift-delta", "nobody clicked in A: there is nothing to be relative to");
        }
        let variance_a = a * (1.0 - a) / arms.a.views as f64;
        let variance_b = b * (1.0 - b) / arms.b.views as f64;
        let (lift, stderr) = (b / a - 1.0, (variance_b + (b / a).powi(2) * variance_a).sqrt() / a);
        let half = arms.z() * stderr;
        let mut told = Tested::new("lift-delta").about("lift", lift);
        told.more = More {
            stderr: Some(stderr),
            ..More::default()
        };
        if stderr == 0.0 {
            told.note = Some("all or none clicked in each arm".to_owned());
            return told;
        }
        told.tested(lift / stderr, normal_two_sided(lift / stderr))
            .within((lift - half, lift + half))
    },
};
