//! The models that there are, with their parameters.

use serde::Serialize;

use crate::models::{Catalog, ModelEntry, Parameter};

/// All models of the catalog, in its order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelsView {
    pub models: Vec<ModelRow>,
}

/// What there is to know of a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelRow {
    pub name: String,
    /// What its scores are measured in, with the defaults.
    pub unit: &'static str,
    pub title: &'static str,
    pub summary: String,
    pub formula: &'static str,
    pub strengths: &'static str,
    pub paper: &'static str,
    pub parameters: Vec<ParameterRow>,
}

/// What there is to know of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterRow {
    pub name: &'static str,
    /// What it may be, in words.
    pub range: String,
    /// What it is where nothing is said.
    pub default: String,
    /// What tuning tries, in words; `None` where it leaves the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search: Option<String>,
    pub doc: &'static str,
}

/// What the catalog holds.
pub fn compute(catalog: &Catalog) -> ModelsView {
    ModelsView {
        models: catalog.models().map(|entry| model(&entry)).collect(),
    }
}

fn model(entry: &ModelEntry) -> ModelRow {
    let (spec, defaults) = (entry.spec(), entry.defaults());
    let parameter = |p: &Parameter| ParameterRow {
        name: p.name,
        range: p.range.to_string(),
        default: defaults.default_text(p),
        search: spec.search.iter().find(|s| s.name == p.name).map(ToString::to_string),
        doc: p.doc,
    };
    ModelRow {
        name: entry.name().to_owned(),
        unit: (spec.unit)(&defaults).name(),
        title: spec.title,
        summary: entry.summary().to_owned(),
        formula: spec.formula,
        strengths: spec.strengths,
        paper: spec.paper,
        parameters: spec.parameters.iter().map(parameter).collect(),
    }
}
