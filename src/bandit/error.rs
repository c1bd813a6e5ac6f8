use std::path::Path;

use crate::data::{LoadError, clean_label};
use crate::task::Cancelled;

/// Why a bandit experiment cannot be run, each as one sentence that says what to do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BanditError {
    #[error("there are no arms: give at least one success rate, such as 0.10,0.12,0.30")]
    NoArms,
    #[error("{given} arms are too many: at most {most} can be played")]
    TooManyArms { given: usize, most: usize },
    #[error("arm {arm} has the success rate {mean}, which is not between 0 and 1")]
    BadMean { arm: String, mean: f64 },
    #[error("\"{0}\" is not a success rate: write numbers between 0 and 1, separated by commas")]
    NotARate(String),
    #[error("\"{0}\" is not successes/pulls: write whole numbers such as 30/50,12/25, no more successes than pulls")]
    NotCounts(String),
    #[error(
        "{0} goes by the order of outcomes, by contexts or by chance, which counts do not tell: leave it out of --state"
    )]
    CountsAreNotEnough(String),
    #[error("the segments have different numbers of arms: give each as many rates, such as 0.1,0.5;0.4,0.2")]
    UnevenSegments,
    #[error("{0:?} is not COLUMN=NAME, such as genre=Comedy")]
    NotAmong(String),
    #[error("{0}")]
    Items(String),
    #[error("there is no policy: name at least one, such as thompson")]
    NoPolicies,
    #[error("the horizon is {given}, but must be between 1 and {most} pulls")]
    BadHorizon { given: u64, most: u64 },
    #[error("the number of runs is {given}, but must be between 1 and {most}")]
    BadRuns { given: u64, most: u64 },
    #[error("the log has no rows")]
    EmptyLog,
    #[error("{0}")]
    NoSuchAction(String),
    #[error(
        "{0} cannot write a log: the probabilities of its pulls are not known (random, epsilon-greedy, softmax, exp3 and squarecb can)"
    )]
    NoPropensities(String),
    #[error(
        "the actions of the log were not taken uniformly at random, so that a policy cannot be played on it: estimate one \
         that does not learn with recscope ope"
    )]
    NotUniform,
    #[error("the reward of row {row} is {reward}, but must lie between 0 and 1 for a policy to learn from")]
    RewardOutOfRange {
        /// From 1, the header left out.
        row: usize,
        reward: f64,
    },
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl BanditError {
    /// A file whose rows are right one by one, but not together.
    pub(super) fn table(file: &Path, problem: String) -> Self {
        let file = clean_label(&file.to_string_lossy()).into_owned();
        Self::Load(LoadError::File { file, problem })
    }
}

/// What is wrong with a policy as it was written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PolicyError {
    #[error("a policy is missing: write for instance \"thompson; ucb1; epsilon-greedy:epsilon=0.1\"")]
    Empty,
    #[error("there is no policy \"{name}\"; {hint}")]
    UnknownName {
        name: String,
        /// The nearest name, or all of them.
        hint: String,
    },
    #[error("{policy} has no parameter \"{key}\"; {hint}")]
    UnknownKey {
        policy: &'static str,
        key: String,
        /// The nearest key, or all of them.
        hint: String,
    },
    #[error("\"{text}\" after {policy} is not a parameter: write key=value")]
    NotAPair { policy: &'static str, text: String },
    #[error("{policy}: {key}={value} is not a number")]
    NotANumber {
        policy: &'static str,
        key: &'static str,
        value: String,
    },
    #[error("{policy}: {key}={value} is not between {min} and {max}")]
    OutOfRange {
        policy: &'static str,
        key: &'static str,
        value: f64,
        min: f64,
        max: f64,
    },
    #[error("{policy}: {key} is given twice")]
    Repeated { policy: &'static str, key: &'static str },
}
