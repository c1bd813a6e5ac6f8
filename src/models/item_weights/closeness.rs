use crate::data::{Dataset, NO_OFFSET, NO_TIME, TimeColumn, UserIx};
use crate::models::{Parameter, Params, Range};

/// For models that learn from what was rated together.
pub const CLOSENESS: Parameter = Parameter {
    name: "closeness",
    range: Range::Real(0.0, 1e9),
    default: "0",
    doc: "minutes: two ratings of a user, m minutes apart, count as 1/√(1 + m/closeness) of a co-rating; 0, or data without \
          times: always as one",
};

/// How much two ratings of a user belong together: 1/√(1 + Δ/τ), Δ the time between them.
///
/// It falls slowly, so that one parameter serves minutes as well as years. It is a mixture of exp(−sΔ) over s > 0
/// (Bernstein), each of which is positive definite on a line of times, and so is it: a Gram matrix weighted by it stays
/// one, and its diagonal keeps its counts.
#[derive(Clone, Copy, Debug)]
pub struct Closeness {
    /// 1/τ, τ in seconds.
    per_second: f64,
}

impl Closeness {
    /// As the parameter [`CLOSENESS`] says; `None` where it is 0 or the data has no times.
    pub fn of(data: &Dataset, params: &Params) -> Option<Self> {
        let minutes = params.real(CLOSENESS.name);
        (minutes > 0.0 && data.has_times()).then_some(Self {
            per_second: (60.0 * minutes).recip(),
        })
    }

    /// For ratings so many seconds apart: from above 0 to 1.
    fn at(self, seconds: f64) -> f64 {
        (1.0 + seconds * self.per_second).sqrt().recip()
    }

    /// Adds to the sums of all items that `user` rated how much that rating belongs to the one of `item`: wholly where one of
    /// the times is not known.
    pub fn add(self, data: &Dataset, sums: &mut [f64], item: u32, user: UserIx) {
        let ids = data.user_row(user).ids;
        let Ok(own) = ids.binary_search(&item) else { return };
        match data.user_times(user) {
            TimeColumn::None => ids.iter().for_each(|&other| sums[other as usize] += 1.0),
            TimeColumn::Offsets(_, times) => {
                for (&other, &time) in ids.iter().zip(times) {
                    let known = time != NO_OFFSET && times[own] != NO_OFFSET;
                    let apart = if known { time.abs_diff(times[own]) } else { 0 };
                    sums[other as usize] += self.at(f64::from(apart));
                }
            }
            TimeColumn::Seconds(times) => {
                for (&other, &time) in ids.iter().zip(times) {
                    let known = time != NO_TIME && times[own] != NO_TIME;
                    let apart = if known { time.abs_diff(times[own]) } else { 0 };
                    sums[other as usize] += self.at(apart as f64);
                }
            }
            TimeColumn::Fine(times) => {
                let own = times.get(own);
                for (&other, time) in ids.iter().zip(times.iter()) {
                    let apart = time.zip(own).map_or(0.0, |(a, b)| a.distance(b));
                    sums[other as usize] += self.at(apart);
                }
            }
        }
    }
}
