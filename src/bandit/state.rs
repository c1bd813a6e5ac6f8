//! What policies would do next, from counts alone.

use serde::Serialize;

use super::policy::{FigureKind, Setting, Tally, stream_of};
use super::{BanditError, PolicyChoice, arms_of};

/// An arm as it was typed in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StateArm {
    pub id: String,
    pub successes: u64,
    pub pulls: u64,
}

/// What one policy goes by.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    pub name: String,
    /// `indices`, `means` or `probabilities`.
    pub figures_are: &'static str,
    /// Of each arm; `None` where it has to be pulled first.
    pub figures: Vec<Option<f64>>,
    /// How many choices the probabilities were counted from, where there is no formula for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counted: Option<u32>,
}

/// Arms with what is known of them, and what policies make of that.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct State {
    pub arms: Vec<StateArm>,
    pub policies: Vec<Decision>,
}

/// Choices that a probability without a formula is counted from: its standard error is at most .0016.
const CHOICES: u32 = 100_000;

/// Reads successes and pulls of each arm as they are written on the command line: `30/50,12/25`.
pub fn parse_state(text: &str) -> Result<Tally, BanditError> {
    if text.trim().is_empty() {
        return Err(BanditError::NoArms);
    }
    let count = |part: &str| part.trim().parse::<u64>().ok().filter(|&n| n < 1 << 53);
    let (mut successes, mut pulls) = (Vec::new(), Vec::new());
    for part in text.split(',') {
        let pair = part.split_once('/').and_then(|(s, n)| count(s).zip(count(n)));
        let (s, n) = pair
            .filter(|(s, n)| s <= n)
            .ok_or_else(|| BanditError::NotCounts(part.trim().to_owned()))?;
        successes.push(s);
        pulls.push(n);
    }
    super::arm::check_arms(&arms_of(&vec![0.0; pulls.len()]))?;
    Ok(Tally::of(&successes, &pulls))
}

/// The index or probability that each policy gives each arm next; `horizon` is for those that go by one.
pub fn decide(tally: &Tally, policies: &[PolicyChoice], horizon: u64, seed: u64) -> Result<State, BanditError> {
    let names = arms_of(&vec![0.0; tally.arms()]);
    let counts = tally.successes().iter().zip(tally.pulls());
    let arm = |(arm, (&successes, &pulls)): (super::Arm, (&u64, &u64))| StateArm {
        id: arm.id,
        successes,
        pulls,
    };
    Ok(State {
        arms: names.into_iter().zip(counts).map(arm).collect(),
        policies: policies
            .iter()
            .map(|choice| decision(tally, choice, horizon, seed))
            .collect::<Result<_, _>>()?,
    })
}

fn decision(tally: &Tally, choice: &PolicyChoice, horizon: u64, seed: u64) -> Result<Decision, BanditError> {
    let mut policy = choice.build(&Setting::plain(tally.arms(), horizon));
    if !policy.resume(tally) {
        return Err(BanditError::CountsAreNotEnough(choice.to_string()));
    }
    let mut stream = stream_of(seed, &choice.to_string(), 0);
    let (figures, counted) = if let Some(probabilities) = policy.probabilities(tally) {
        (probabilities.into_iter().map(Some).collect(), None)
    } else if policy.figure_kind() == FigureKind::Draw {
        let mut counts = vec![0u32; tally.arms()];
        (0..CHOICES).for_each(|_| counts[policy.choose(tally, &mut stream).arm] += 1);
        let share = |n: u32| Some(f64::from(n) / f64::from(CHOICES));
        (counts.into_iter().map(share).collect(), Some(CHOICES))
    } else {
        (policy.figures(tally, &mut stream), None)
    };
    let kind = match policy.figure_kind() {
        FigureKind::Draw => FigureKind::Probability,
        kind => kind,
    };
    Ok(Decision {
        name: choice.to_string(),
        figures_are: kind.noun(),
        figures,
        counted,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandit::{POLICIES, parse_policies};

    #[test]
    fn counts_are_read_or_refused_in_one_sentence() {
        let tally = parse_state("30/50, 12/25").unwrap();
        assert_eq!((tally.successes(), tally.pulls()), (&[30, 12][..], &[50, 25][..]));
        for wrong in ["3", "5/3", "-1/2", "1.5/2", "a/b", "1/2,", "1/99999999999999999999"] {
            let error = parse_state(wrong).unwrap_err().to_string();
            assert!(error.contains("is not successes/pulls"), "{error}");
        }
        assert_eq!(parse_state(" "), Err(BanditError::NoArms));
    }

    /// They go by what they did themselves, or by chance.
    const NOT_ENOUGH: [&str; 2] = ["exp3", "bootstrap-thompson"];

    #[test]
    fn every_policy_that_counts_are_enough_for_decides_from_them() {
        let tally = parse_state("30/50,12/25,4/10,0/5").unwrap();
        for spec in POLICIES.iter().filter(|spec| !NOT_ENOUGH.contains(&spec.name)) {
            let state = decide(&tally, &[PolicyChoice::of(spec)], 1000, 42).unwrap();
            let decision = &state.policies[0];
            assert!(decision.figures.iter().flatten().all(|f| f.is_finite()) && decision.figures.len() == 4);
            if decision.figures_are == "probabilities" {
                let sum: f64 = decision.figures.iter().flatten().sum();
                assert!((sum - 1.0).abs() < 1e-9, "{}: {sum}", spec.name);
            }
        }
        for name in NOT_ENOUGH {
            let refused = decide(&tally, &parse_policies(name).unwrap(), 1000, 42).unwrap_err();
            assert!(refused.to_string().starts_with(&format!("{name} goes by")), "{refused}");
        }
    }

    #[test]
    fn counted_probabilities_meet_the_formula() {
        // Without anything forgotten, discounted Thompson is Thompson sampling.
        let tally = parse_state("30/50,12/25,4/10,0/5").unwrap();
        let state = decide(&tally, &parse_policies("thompson; discounted-thompson").unwrap(), 1, 42).unwrap();
        let [exact, counted] = [0, 1].map(|at| &state.policies[at]);
        assert_eq!((exact.counted, counted.counted), (None, Some(CHOICES)));
        for (exact, counted) in exact.figures.iter().zip(&counted.figures) {
            let p = exact.unwrap();
            let error = (p * (1.0 - p) / f64::from(CHOICES)).sqrt();
            assert!((counted.unwrap() - p).abs() < 4.5 * error);
        }
    }
}
