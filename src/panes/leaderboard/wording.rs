use std::hash::{DefaultHasher, Hash, Hasher};

use crate::evaluate::Paired;
use crate::panes::widgets::{Figures, thousands};

/// A key for a model by its formula.
pub fn model_key(formula: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    formula.hash(&mut hasher);
    hasher.finish()
}

/// `+.0538 ±.0061`; without an interval where there are too few users for one.
pub fn difference(paired: &Paired) -> String {
    let figures = Figures::with(4);
    let half = paired
        .half_width
        .map_or_else(String::new, |h| format!(" ±{}", figures.text(h)));
    format!("{}{half}", figures.signed(paired.mean))
}

/// A p-value as it is read: `.034`, `<.001`, `1`.
pub fn chance(p: f64) -> String {
    if p < 0.001 {
        return "<.001".to_owned();
    }
    Figures::with(3).text(p)
}

/// How p-values of the board come about.
pub fn tested(comparisons: usize) -> String {
    format!("paired t-test over users against the best, Holm over {comparisons}")
}

/// How one does against another: `users: 531 higher, 301 lower, 111 the same`.
pub fn by_heads(paired: &Paired) -> String {
    let count = |n: usize| thousands(n as u64);
    format!(
        "users: {} higher, {} lower, {} the same",
        count(paired.higher),
        count(paired.lower),
        count(paired.same)
    )
}
