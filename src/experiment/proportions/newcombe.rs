use super::ProportionSpec;
use crate::experiment::rates::wilson;
use crate::experiment::tested::Tested;

pub(super) static NEWCOMBE: ProportionSpec = ProportionSpec {
    name: "newcombe",
    formula: "d − √((p_B − l_B)² + (u_A − p_A)²) to d + √((u_B − p_B)² + (p_A − l_A)²), l and u Wilson's",
    doc: "Newcombe 1998, method 10: holds its level for few clicks as well",
    test: |arms| {
        let (a, b, d) = (arms.a.rate(), arms.b.rate(), arms.difference());
        let ((low_a, high_a), (low_b, high_b)) = (wilson(arms.a, arms.alpha), wilson(arms.b, arms.alpha));
        let low = d - (b - low_b).hypot(high_a - a);
        let high = d + (high_b - b).hypot(a - low_a);
        Tested::new("newcombe").about("difference", d).within((low, high))
    },
};
