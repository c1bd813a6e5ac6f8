use rand::RngExt;

use super::{MeanSpec, Measured, drawn};
use crate::bandit::Stream;
use crate::experiment::tested::{More, Tested};
use crate::task::{Cancelled, Task};

pub(super) static BOOTSTRAP: MeanSpec = MeanSpec {
    name: "bootstrap",
    formula: "quantiles α/2 and 1 − α/2 of m_B* − m_A*, users of each arm drawn with replacement",
    doc: "Efron's percentile interval; p is twice the smaller share on one side of 0",
    applies: |_| true,
    test,
};

fn test(measured: &Measured<'_>, task: &Task) -> Result<Tested, Cancelled> {
    let Some(difference) = measured.difference() else {
        return Ok(Tested::silent("bootstrap", "each arm needs a user"));
    };
    let mean = |x: &[f64], stream: &mut Stream| {
        let sum: f64 = (0..x.len()).map(|_| x[stream.random_range(0..x.len())]).sum();
        sum / x.len() as f64
    };
    let resampled = |(): &mut (), stream: &mut Stream| {
        let a = mean(measured.a, stream);
        mean(measured.b, stream) - a
    };
    let mut draws = drawn(measured, "bootstrap", task, || (), resampled)?;
    draws.sort_unstable_by(f64::total_cmp);
    let told = Tested::new("bootstrap").about("difference", difference);
    if draws.is_empty() || draws.first() == draws.last() {
        return Ok(Tested {
            note: Some(super::ALL_ALIKE.to_owned()),
            ..told
        });
    }
    let [low, high] = [measured.alpha / 2.0, 1.0 - measured.alpha / 2.0].map(|level| quantile(&draws, level));
    let n = draws.len() as f64;
    let below = draws.partition_point(|d| *d < 0.0) as f64;
    let equal = draws.partition_point(|d| *d <= 0.0) as f64 - below;
    let side = (below + equal / 2.0).min(n - below - equal / 2.0);
    let p = (2.0 * (1.0 + side) / (1.0 + n)).min(1.0);
    let mut told = told.tested(difference, p).within((low, high));
    told.more = More {
        stderr: crate::experiment::special::mean_and_variance(&draws)
            .and_then(|(_, variance)| variance)
            .map(f64::sqrt),
        ..More::default()
    };
    Ok(told)
}

/// The quantile of ascending values, linear between neighbors (Hyndman and Fan's type 7, as numpy's).
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let at = level * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}
