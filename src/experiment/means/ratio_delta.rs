use super::{MeanSpec, Measured};
use crate::experiment::ratio::ratio;
use crate::experiment::special::{critical_z, normal_two_sided};
use crate::experiment::tested::{More, Tested};

pub(super) static RATIO_DELTA: MeanSpec = MeanSpec {
    name: "ratio-delta",
    formula: "R = Σ metric / Σ per an arm, var R ≈ (s_c² − 2R s_cv + R² s_v²) / (n v̄²) over users",
    doc: "the delta method (Deng, Knoblich and Lu 2018): the views of one user are not independent",
    applies: |measured| measured.per.is_some(),
    test: |measured, _| Ok(test(measured)),
};

fn test(measured: &Measured<'_>) -> Tested {
    let ratios = measured
        .per
        .and_then(|per| Some((ratio(measured.a, per[0])?, ratio(measured.b, per[1])?)));
    let Some((a, b)) = ratios else {
        return Tested::silent("ratio-delta", "each arm needs two users and a view");
    };
    let (difference, stderr) = (b.value - a.value, (a.variance + b.variance).sqrt());
    let told = Tested::new("ratio-delta").about("difference", difference);
    if stderr == 0.0 {
        return Tested {
            note: Some(super::ALL_ALIKE.to_owned()),
            ..told
        };
    }
    let (z, half) = (difference / stderr, critical_z(measured.alpha) * stderr);
    let mut told = told
        .tested(z, normal_two_sided(z))
        .within((difference - half, difference + half));
    told.more = More {
        stderr: Some(stderr),
        ..More::default()
    };
    told
}
