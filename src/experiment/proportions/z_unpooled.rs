use super::ProportionSpec;
use crate::experiment::special::normal_two_sided;
use crate::experiment::tested::Tested;

pub(super) static Z_UNPOOLED: ProportionSpec = ProportionSpec {
    name: "z-unpooled",
    formula: "d ± z √(p_A(1 − p_A)/n_A + p_B(1 − p_B)/n_B)",
    doc: "Wald's interval; too short for few clicks",
    test: |arms| {
        let (d, stderr) = (arms.difference(), arms.unpooled_variance().sqrt());
        let told = Tested::new("z-unpooled").about("difference", d);
        if stderr == 0.0 {
            return Tested {
                note: Some("all or none clicked in each arm: the interval would be a point".to_owned()),
                ..told
            };
        }
        let half = arms.z() * stderr;
        told.tested(d / stderr, normal_two_sided(d / stderr))
            .within((d - half, d + half))
    },
};
