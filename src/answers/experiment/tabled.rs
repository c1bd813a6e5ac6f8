use serde::Serialize;

use crate::answers::AnswerError;
use crate::data::unknown;
use crate::experiment::{Adjustment, Arm, Measured, Outcomes, SampleRatio, Tested, test_means};
use crate::task::Task;

/// A real experiment, and what every test says of each arm against the control.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TabledView {
    pub rows: u64,
    pub users: u64,
    /// The name of the arm that others are held against.
    pub control: String,
    pub arms: Vec<TabledArm>,
    pub alpha: f64,
    pub draws: usize,
    pub tests: Vec<TabledTest>,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TabledArm {
    pub arm: String,
    pub users: u64,
    pub mean: f64,
    /// The standard deviation over users (n − 1); `null` for one user.
    pub deviation: Option<f64>,
}

/// A test of one arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TabledTest {
    /// The arm; `null` for what is said of all of them.
    pub arm: Option<String>,
    #[serde(flatten)]
    pub test: Tested,
    /// p adjusted by Holm for the arms that are held against the control; where there is one, p itself.
    pub p_adjusted: Option<f64>,
}

/// What is asked, beside the table.
#[derive(Clone, Debug, PartialEq)]
pub struct TabledQuery {
    /// The control by its name; the first arm of the file where nothing is said.
    pub control: Option<String>,
    /// The planned shares of users, in the order of the arms; equal where nothing is said.
    pub shares: Option<Vec<f64>>,
    pub alpha: f64,
    pub draws: usize,
    pub seed: u64,
}

/// Tests every arm of a table against its control.
///
/// # Errors
/// [`AnswerError::Unknown`] for a control that is no arm, [`AnswerError::Usage`] where there are not two arms or not as many
/// shares; cancellation.
pub fn tabled(outcomes: &Outcomes, query: &TabledQuery, task: &Task) -> Result<TabledView, AnswerError> {
    let arms = &outcomes.arms;
    if arms.len() < 2 {
        return Err(AnswerError::Usage(format!(
            "an experiment has two arms or more, the table has {}",
            arms.len()
        )));
    }
    let control = match &query.control {
        None => 0,
        Some(name) => arms.iter().position(|arm| arm.name == *name).ok_or_else(|| {
            AnswerError::Unknown(unknown("arm called", name, arms.iter().map(|arm| arm.name.as_str())))
        })?,
    };
    let mut tests = Vec::new();
    for (_, treatment) in arms.iter().enumerate().filter(|(at, _)| *at != control) {
        for test in test_means(&measured(&arms[control], treatment, query), task)? {
            tests.push(TabledTest {
                arm: Some(treatment.name.clone()),
                p_adjusted: test.p,
                test,
            });
        }
    }
    adjust(&mut tests);
    tests.push(sample_ratio(arms, query)?);
    let told = |arm: &Arm| {
        let n = arm.metric.len() as f64;
        let mean = arm.metric.iter().sum::<f64>() / n;
        let squares: f64 = arm.metric.iter().map(|x| (x - mean).powi(2)).sum();
        TabledArm {
            arm: arm.name.clone(),
            users: arm.metric.len() as u64,
            mean,
            deviation: (n > 1.0).then(|| (squares / (n - 1.0)).sqrt()),
        }
    };
    Ok(TabledView {
        rows: outcomes.rows,
        users: arms.iter().map(|arm| arm.metric.len() as u64).sum(),
        control: arms[control].name.clone(),
        arms: arms.iter().map(told).collect(),
        alpha: query.alpha,
        draws: query.draws,
        tests,
    })
}

fn measured<'a>(control: &'a Arm, treatment: &'a Arm, query: &TabledQuery) -> Measured<'a> {
    let both = |a: &'a [f64], b: &'a [f64]| (!a.is_empty() && !b.is_empty()).then_some([a, b]);
    Measured {
        a: &control.metric,
        b: &treatment.metric,
        before: both(&control.before, &treatment.before),
        per: both(&control.per, &treatment.per),
        alpha: query.alpha,
        draws: query.draws,
        seed: query.seed,
    }
}

/// Holm over the arms, test by test.
fn adjust(tests: &mut [TabledTest]) {
    let names: Vec<&'static str> = tests.iter().map(|t| t.test.name).collect();
    for name in names {
        let of: Vec<usize> = (0..tests.len())
            .filter(|at| tests[*at].test.name == name && tests[*at].test.p.is_some())
            .collect();
        let p: Vec<f64> = of.iter().filter_map(|at| tests[*at].test.p).collect();
        for (at, p) in of.iter().zip(Adjustment::Holm.adjust(&p)) {
            tests[*at].p_adjusted = Some(p);
        }
    }
}

fn sample_ratio(arms: &[Arm], query: &TabledQuery) -> Result<TabledTest, AnswerError> {
    let shares = query.shares.clone().unwrap_or_else(|| vec![1.0; arms.len()]);
    if shares.len() != arms.len() {
        return Err(AnswerError::Usage(format!(
            "{} shares are planned, for {} arms: {}",
            shares.len(),
            arms.len(),
            arms.iter().map(|a| a.name.as_str()).collect::<Vec<_>>().join(", ")
        )));
    }
    let users: Vec<u64> = arms.iter().map(|arm| arm.metric.len() as u64).collect();
    Ok(TabledTest {
        arm: None,
        test: Tested::of_sample_ratio(SampleRatio::of(&users, &shares)),
        p_adjusted: None,
    })
}
