use serde::Serialize;

use super::peeking::Rule;
use super::proportions::{always_valid_half_width, msprt_ratio};
use super::simulate::{ArmDay, METRICS, MetricSpec};
use super::special::normal_two_sided;
use super::srm::SampleRatio;

/// What is decided before anything is seen: the metric that counts, how long, and by which rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    pub metric: &'static MetricSpec,
    pub rule: PlanRule,
    pub alpha: f64,
    /// Days, with a look at the end of each.
    pub days: usize,
    /// The share of users that B should have.
    pub share: f64,
    /// τ of the mixture SPRT, relative to A's value: the size of effects that are expected.
    pub tau: f64,
}

/// The rules that a plan can have, of those of [`Rule`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanRule {
    /// One test, at the end.
    Fixed,
    Pocock,
    OBrienFleming,
    Msprt,
}

impl PlanRule {
    pub const ALL: [(Self, &'static str); 4] = [
        (Self::Fixed, "fixed"),
        (Self::Pocock, "pocock"),
        (Self::OBrienFleming, "obf"),
        (Self::Msprt, "msprt"),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(rule, _)| *rule == self)
            .map_or("", |(_, name)| name)
    }

    /// The rule of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n)| *n == name).map(|(rule, _)| *rule)
    }
}

/// The plan's metric after one day, seen from every rule.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Looked {
    pub day: usize,
    pub a: f64,
    pub b: f64,
    pub difference: f64,
    pub stderr: f64,
    pub z: f64,
    /// Of one test, as if this were the only look.
    pub p: f64,
    /// Of the mixture SPRT: the smallest 1/Λ so far.
    pub always_valid_p: f64,
    /// Half the width of the interval that holds at all looks at once.
    pub half_width: f64,
    /// |z| from which Pocock's and O'Brien and Fleming's boundaries are crossed.
    pub pocock: f64,
    pub obf: f64,
    /// How often chance alone would have been significant at one of the looks so far.
    pub peeking_alpha: f64,
}

/// How an experiment ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerdictKind {
    /// It goes on: the rule has nothing to say yet.
    Running,
    ShipB,
    KeepA,
    /// The end is reached, and nothing was found.
    NoDifference,
    /// Users are not where they should be: nothing is to be concluded.
    Invalid,
}

/// What follows from the plan and what was seen.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    pub kind: VerdictKind,
    /// The day on which the rule decided; `null` while it has not.
    pub day: Option<usize>,
    pub sentence: String,
}

impl Plan {
    /// The bounds of all looks, once for all of them.
    pub fn bounds(&self) -> PlanBounds {
        PlanBounds {
            pocock: Rule::Pocock.bounds(self.days, self.alpha),
            obf: Rule::OBrienFleming.bounds(self.days, self.alpha),
            peeking: super::sequential::crossing(&Rule::Fixed.bounds(self.days, self.alpha)),
        }
    }

    /// The metric on every day: `None` on days without a value or a variance.
    ///
    /// Users are the same every day, so that what they have done so far has independent increments where the spread between
    /// users and the noise within them do not change: looks then are as the boundaries suppose. These suppose equally much
    /// news a day; there is more of it early, which makes them careful.
    pub fn looks(&self, days: &[[ArmDay; 2]], bounds: &PlanBounds) -> Vec<Option<Looked>> {
        let Some(at) = METRICS.iter().position(|m| m.name == self.metric.name) else {
            return vec![None; days.len()];
        };
        let mut least: f64 = 1.0;
        // Set by the first day, and kept: it must not follow what is seen later.
        let mut tau2 = None;
        let look = |(day, arms): (usize, &[ArmDay; 2])| {
            let (a, b) = (arms[0].sums[at].ratio()?, arms[1].sums[at].ratio()?);
            let variance = a.variance + b.variance;
            if variance <= 0.0 {
                return None;
            }
            let difference = b.value - a.value;
            let tau2 = *tau2.get_or_insert((self.tau * a.value).powi(2).max(1e-18));
            least = least.min(1.0 / msprt_ratio(difference, variance, tau2));
            let bound = |bounds: &[f64]| bounds.get(day).copied().unwrap_or(0.0);
            let z = difference / variance.sqrt();
            Some(Looked {
                day: day + 1,
                a: a.value,
                b: b.value,
                difference,
                stderr: variance.sqrt(),
                z,
                p: normal_two_sided(z),
                always_valid_p: least,
                half_width: always_valid_half_width(variance, tau2, self.alpha),
                pocock: bound(&bounds.pocock),
                obf: bound(&bounds.obf),
                peeking_alpha: bound(&bounds.peeking),
            })
        };
        days.iter().enumerate().map(look).collect()
    }

    /// What the plan says of what was seen; the day on which it decided stays, whatever comes after.
    pub fn verdict(&self, looks: &[Option<Looked>], users: [u64; 2]) -> Verdict {
        if let Some(ratio) = SampleRatio::of(&users, &[1.0 - self.share, self.share]).filter(|r| r.alarm) {
            return Verdict {
                kind: VerdictKind::Invalid,
                day: None,
                sentence: format!(
                    "users are not divided as planned (p {:.1e}): nothing is to be concluded",
                    ratio.p
                ),
            };
        }
        let decides = |look: &&Looked| match self.rule {
            PlanRule::Fixed => look.day == self.days && look.p <= self.alpha,
            PlanRule::Pocock => look.z.abs() >= look.pocock,
            PlanRule::OBrienFleming => look.z.abs() >= look.obf,
            PlanRule::Msprt => look.always_valid_p <= self.alpha,
        };
        let name = self.metric.title;
        if let Some(look) = looks.iter().flatten().find(decides) {
            let kind = if look.z > 0.0 {
                VerdictKind::ShipB
            } else {
                VerdictKind::KeepA
            };
            let what = if kind == VerdictKind::ShipB { "ship B" } else { "keep A" };
            let lift = if look.a > 0.0 {
                format!("{:+.1} %", 100.0 * look.difference / look.a)
            } else {
                format!("{:+.4}", look.difference)
            };
            return Verdict {
                kind,
                day: Some(look.day),
                sentence: format!("{what}: {name} {lift} (z {:+.2}), decided on day {}", look.z, look.day),
            };
        }
        if looks.len() >= self.days {
            return Verdict {
                kind: VerdictKind::NoDifference,
                day: Some(self.days),
                sentence: format!("no difference of {name} was found in {} days: keep A", self.days),
            };
        }
        Verdict {
            kind: VerdictKind::Running,
            day: None,
            sentence: format!("day {} of {}: the rule has not decided", looks.len(), self.days),
        }
    }
}

/// Bounds of all looks of a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PlanBounds {
    /// |z| at each look.
    pub pocock: Vec<f64>,
    pub obf: Vec<f64>,
    /// How often chance alone is significant at one of the looks up to each.
    pub peeking: Vec<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(rule: PlanRule) -> Plan {
        Plan {
            metric: &METRICS[0],
            rule,
            alpha: 0.05,
            days: 5,
            share: 0.5,
            tau: 0.05,
        }
    }

    fn look(day: usize, z: f64, plan: &Plan) -> Looked {
        let bounds = plan.bounds();
        Looked {
            day,
            a: 0.1,
            b: 0.1 + 0.01 * z,
            difference: 0.01 * z,
            stderr: 0.01,
            z,
            p: normal_two_sided(z),
            always_valid_p: if z.abs() > 3.5 { 0.01 } else { 0.5 },
            half_width: 0.03,
            pocock: bounds.pocock[day - 1],
            obf: bounds.obf[day - 1],
            peeking_alpha: bounds.peeking[day - 1],
        }
    }

    fn kind(rule: PlanRule, zs: &[f64]) -> (VerdictKind, Option<usize>) {
        let plan = plan(rule);
        let looks: Vec<_> = zs
            .iter()
            .enumerate()
            .map(|(k, z)| Some(look(k + 1, *z, &plan)))
            .collect();
        let verdict = plan.verdict(&looks, [5_000, 5_010]);
        (verdict.kind, verdict.day)
    }

    #[test]
    fn the_verdict_follows_from_the_plan() {
        use VerdictKind::{KeepA, NoDifference, Running, ShipB};
        // A peek that would have been significant counts for nothing where one test at the end was planned.
        assert_eq!(kind(PlanRule::Fixed, &[2.2, 2.5]), (Running, None));
        assert_eq!(
            kind(PlanRule::Fixed, &[2.2, 2.5, 1.0, 1.0, 1.1]),
            (NoDifference, Some(5))
        );
        assert_eq!(kind(PlanRule::Fixed, &[0.0, 0.0, 0.0, 0.0, -2.1]), (KeepA, Some(5)));
        // 2.413 at every look of five.
        assert_eq!(kind(PlanRule::Pocock, &[2.4, 2.42, -3.0]), (ShipB, Some(2)));
        // 4.562, 3.226, 2.634.
        assert_eq!(kind(PlanRule::OBrienFleming, &[4.5, 3.2, -2.64]), (KeepA, Some(3)));
        assert_eq!(kind(PlanRule::Msprt, &[3.4, 3.6]), (ShipB, Some(2)));
    }

    #[test]
    fn users_in_the_wrong_arm_end_everything() {
        let plan = plan(PlanRule::Pocock);
        let verdict = plan.verdict(&[Some(look(1, 9.0, &plan))], [5_000, 5_400]);
        assert_eq!((verdict.kind, verdict.day), (VerdictKind::Invalid, None));
    }
}
