use super::moment::Moment;
use crate::bandit::policy::{Stream, draw};

/// People of several kinds: each pull is for one of them, drawn by their shares; a policy sees which, as a context with
/// a 1 in the place of the kind and 0 elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Segments {
    names: Vec<String>,
    shares: Vec<f64>,
    /// The rate of every arm, by segment.
    rates: Vec<Vec<f64>>,
}

impl Segments {
    /// Segments with their weights (of any sum above 0) and the rates that the arms have in them.
    pub fn new(parts: Vec<(String, f64, Vec<f64>)>) -> Self {
        let sum: f64 = parts.iter().map(|part| part.1).sum();
        let mut segments = Self {
            names: Vec::new(),
            shares: Vec::new(),
            rates: Vec::new(),
        };
        for (name, weight, rates) in parts {
            segments.names.push(name);
            segments.shares.push(weight / sum);
            segments.rates.push(rates);
        }
        segments
    }

    pub fn len(&self) -> usize {
        self.names.len()
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The segments in their order: name, share of the pulls, rate of each arm.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64, &[f64])> {
        let parts = self.names.iter().zip(&self.shares).zip(&self.rates);
        parts.map(|((name, share), rates)| (name.as_str(), *share, rates.as_slice()))
    }

    /// The rate of each arm over all segments.
    pub fn overall(&self) -> Vec<f64> {
        let arms = self.rates.first().map_or(0, Vec::len);
        let rate = |arm: usize| self.iter().map(|(_, share, rates)| share * rates[arm]).sum();
        (0..arms).map(rate).collect()
    }

    pub(super) fn turn(&self, now: &mut Moment, stream: &mut Stream) {
        let at = draw(&self.shares, stream);
        now.means.clone_from(&self.rates[at]);
        now.context.clear();
        now.context.resize(self.len(), 0.0);
        now.context[at] = 1.0;
    }
}
