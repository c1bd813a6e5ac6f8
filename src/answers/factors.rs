//! Latent factors of one user or item, or of all.

use serde::Serialize;

use super::Named;

/// Latent factors of the subject and of the focus item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorsView {
    /// `user` or `item`.
    pub kind: &'static str,
    /// Verbatim; `null` for a guest.
    pub id: Option<String>,
    /// Fit to be shown.
    pub label: String,
    /// The model, in canonical form.
    pub model: String,
    /// μ.
    pub mean: f64,
    /// Its bias.
    pub bias: f64,
    /// Its factors.
    pub factors: Vec<f64>,
    /// The focus item, for a person: name, bias, factors.
    #[serde(skip)]
    pub focus: Option<(Named, f64, Vec<f64>)>,
    /// Loss by epoch, with its name (for the screen).
    #[serde(skip)]
    pub training: Option<(String, Vec<f64>)>,
}
