use super::ProportionSpec;
use crate::experiment::special::normal_two_sided;
use crate::experiment::tested::Tested;

pub(super) static Z_POOLED: ProportionSpec = ProportionSpec {
    name: "z-pooled",
    formula: "d / √(p̄(1 − p̄)(1/n_A + 1/n_B)), p̄ over both arms",
    doc: "for the test: the variance is what it would be without a difference",
    test: |arms| {
        let pooled = arms.pooled_rate();
        let inverse = 1.0 / arms.a.views as f64 + 1.0 / arms.b.views as f64;
        let stderr = (pooled * (1.0 - pooled) * inverse).sqrt();
        let told = Tested::new("z-pooled").about("difference", arms.difference());
        if stderr == 0.0 {
            return Tested {
                note: Some("all or none clicked in both arms".to_owned()),
                ..told
            };
        }
        let z = arms.difference() / stderr;
        told.tested(z, normal_two_sided(z))
    },
};
