/// What holds at one pull.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::bandit) struct Moment {
    /// The true rate of each arm.
    pub means: Vec<f64>,
    /// What policies are shown of whom the pull is for.
    pub context: Vec<f64>,
}
