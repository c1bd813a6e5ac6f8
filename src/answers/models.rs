//! The models that there are, with their parameters.

use serde::Serialize;

use crate::models::{ModelSpec, Parameter, Params, all_models};

/// All models in the registry, in its order, then those that were imported.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelsView {
    /// One entry a model.
    pub models: Vec<ModelRow>,
}

/// What there is to know of a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelRow {
    /// As written in formulas.
    pub name: &'static str,
    /// What its scores are measured in, with the defaults.
    pub unit: &'static str,
    /// As a person says it.
    pub title: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// Its equation in a line.
    pub formula: &'static str,
    /// What it is good at.
    pub strengths: &'static str,
    /// Where it comes from.
    pub paper: &'static str,
    /// What it may be given.
    pub parameters: Vec<ParameterRow>,
}

/// What there is to know of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterRow {
    /// As written in formulas.
    pub name: &'static str,
    /// What it may be, in words.
    pub range: String,
    /// What it is where nothing is said.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
}

/// What the registry holds, and what was imported.
pub fn compute() -> ModelsView {
    ModelsView {
        models: all_models().into_iter().map(model).collect(),
    }
}

fn model(spec: &ModelSpec) -> ModelRow {
    let parameter = |p: &Parameter| ParameterRow {
        name: p.name,
        range: p.range.to_string(),
        default: p.default,
        doc: p.doc,
    };
    ModelRow {
        name: spec.name,
        unit: (spec.unit)(&Params::defaults(spec.parameters)).name(),
        title: spec.title,
        summary: spec.summary,
        formula: spec.formula,
        strengths: spec.strengths,
        paper: spec.paper,
        parameters: spec.parameters.iter().map(parameter).collect(),
    }
}
