use super::ProportionSpec;
use crate::experiment::tested::Tested;

pub(super) static AGRESTI_CAFFO: ProportionSpec = ProportionSpec {
    name: "agresti-caffo",
    formula: "Wald's interval after a click and a miss more in each arm",
    doc: "Agresti and Caffo 2000",
    test: |arms| {
        let more = [arms.a, arms.b].map(|c| {
            let n = c.views as f64 + 2.0;
            let p = (c.clicks as f64 + 1.0) / n;
            (p, p * (1.0 - p) / n)
        });
        let d = more[1].0 - more[0].0;
        let half = arms.z() * (more[0].1 + more[1].1).sqrt();
        Tested::new("agresti-caffo")
            .about("difference", d)
            .within((d - half, d + half))
    },
};
