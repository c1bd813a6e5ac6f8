use crate::data::{Dataset, Moment};
use crate::models::chronology::Chronology;
use crate::models::{Explanation, Parameter, Profile, Range};

/// Seconds.
pub const DAY: f64 = 86_400.0;

/// After how many days a rating counts half.
pub const HALF_LIFE: Parameter = Parameter {
    name: "half-life",
    range: Range::Real(0.0, 1e9),
    default: "30",
    doc: "after so many days a rating counts half, measured from the newest in the data; 0: age takes nothing",
};

/// How much each rating of a profile counts: 1 or the rating, times 0.5^(age / half-life), times keep^(steps back).
///
/// By default each rating counts 1.
#[derive(Clone, Debug, Default)]
pub struct Affinity {
    /// Whether a rating counts by its value; else each counts 1.
    pub by_rating: bool,
    /// Ratings older than the newest in the data count for less.
    pub aging: Option<Aging>,
    /// Ratings followed by others in the profile count for less.
    pub recency: Option<Recency>,
}

/// What age takes from a rating.
#[derive(Clone, Copy, Debug)]
pub struct Aging {
    /// The time of the newest rating, in seconds since 1970.
    pub now: i64,
    pub half_life: f64,
}

impl Aging {
    /// Measured from the newest rating of `data`; `None` where it has no times, or for a half-life of 0.
    pub fn of(data: &Dataset, half_life: f64) -> Option<Self> {
        let rows = data.users().map(|u| (u, data.user_row(u).len()));
        let times = rows.flat_map(|(u, n)| (0..n).filter_map(move |k| data.time(u, k)));
        let now = times.max().filter(|_| half_life > 0.0)?.seconds();
        Some(Self { now, half_life })
    }

    /// How many days before `now`; 0 where the time isn't known: such a rating was given just now.
    pub fn age(&self, time: Option<i64>) -> f64 {
        time.map_or(0.0, |t| (self.now.saturating_sub(t)).max(0) as f64 / DAY)
    }

    /// 0.5^(age / half-life), from above 0 to 1.
    pub fn factor(&self, age: f64) -> f64 {
        (-age / self.half_life).exp2()
    }
}

/// What later ratings take from an earlier one.
#[derive(Clone, Debug)]
pub struct Recency {
    /// What is left at every step back, 0 to 1.
    pub keep: f64,
    /// Only so many of the latest ratings count.
    pub last: usize,
    pub chronology: Chronology,
}

/// A rating of a profile at work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speaker {
    pub item: u32,
    pub affinity: f64,
    rating: f64,
    /// Days before the newest rating, where that counts.
    age: Option<f64>,
    /// Ratings given after it, where that counts.
    steps_back: Option<usize>,
}

impl Affinity {
    /// Each rating counts 1.
    /// The ratings of `profile` that count, items ascending.
    pub fn speakers(&self, data: &Dataset, profile: &Profile) -> Vec<Speaker> {
        let steps_back = self.recency.as_ref().map(|recency| {
            let order = recency.chronology.of_profile(data, profile);
            let mut steps = vec![0; order.len()];
            for (step, &at) in order.iter().rev().enumerate() {
                steps[at] = step;
            }
            steps
        });
        let rows = profile.rows().iter().enumerate();
        rows.filter_map(|(at, row)| {
            let mut speaker = Speaker {
                item: row.item.0,
                affinity: if self.by_rating { row.rating } else { 1.0 },
                rating: row.rating,
                age: None,
                steps_back: None,
            };
            if let Some(aging) = self.aging {
                let age = aging.age(row.time.map(Moment::seconds));
                speaker.affinity *= aging.factor(age);
                speaker.age = Some(age);
            }
            if let (Some(recency), Some(steps)) = (&self.recency, &steps_back) {
                if steps[at] >= recency.last {
                    return None;
                }
                speaker.affinity *= recency.keep.powi(steps[at] as i32);
                speaker.steps_back = Some(steps[at]);
            }
            Some(speaker)
        })
        .collect()
    }

    pub fn memory_bytes(&self) -> usize {
        self.recency.as_ref().map_or(0, |r| r.chronology.memory_bytes())
    }
}

impl Speaker {
    /// Adds to the node of this rating what its affinity comes from.
    pub fn describe(&self, node: Explanation) -> Explanation {
        let mut node = node.number("rating", self.rating);
        if let Some(age) = self.age {
            node = node.number("days-old", age);
        }
        if let Some(steps) = self.steps_back {
            node = node.count("steps-back", steps);
        }
        if self.affinity == self.rating {
            node
        } else {
            node.number("affinity", self.affinity)
        }
    }
}
