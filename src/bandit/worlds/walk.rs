use rand::RngExt;
use rand_distr::StandardNormal;

use super::moment::Moment;
use crate::bandit::policy::Stream;

/// Rates that drift: before every pull each moves by a normal step, and is thrown back where it would leave 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    /// The standard deviation of a step.
    pub step: f64,
}

impl Walk {
    pub(super) fn turn(self, t: u64, now: &mut Moment, stream: &mut Stream) {
        if t == 0 {
            return;
        }
        for mean in &mut now.means {
            let moved = *mean + self.step * stream.sample::<f64, _>(StandardNormal);
            // Mirrored at 0 and 1, however far the step went.
            let folded = moved.rem_euclid(2.0);
            *mean = if folded > 1.0 { 2.0 - folded } else { folded };
        }
    }
}
