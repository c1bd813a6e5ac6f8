use serde::Serialize;

use super::{Policy, Setting};

/// A number that a policy takes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Parameter {
    pub name: &'static str,
    pub doc: &'static str,
    pub min: f64,
    pub max: f64,
    pub default: f64,
}

/// What menus, help and parsing need to know of a policy.
#[derive(Debug, Serialize)]
pub struct PolicySpec {
    pub name: &'static str,
    pub title: &'static str,
    pub doc: &'static str,
    /// Its rule: mean = S/N of an arm, N its pulls, S its successes, t all pulls so far, K arms.
    pub formula: &'static str,
    pub parameters: &'static [Parameter],
    /// Where it comes from; empty where there is nothing to cite.
    pub paper: &'static str,
    /// Makes one from a value for each parameter, in their order.
    #[serde(skip)]
    pub(super) build: fn(&[f64], &Setting<'_>) -> Box<dyn Policy>,
}
