//! Counts and shares as text.

pub use crate::task::thousands;

/// A share in percent: `6.3 %`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let value = share * 100.0;
    if value.abs() >= 10.0 || value == 0.0 {
        format!("{value:.0} %")
    } else {
        format!("{value:.1} %")
    }
}
