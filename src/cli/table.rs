//! Text for reading: rounded numbers, counts and bars.

pub(super) use crate::answers::table::Lean::{Either, Left, Right};
pub(super) use crate::answers::table::Table;
pub(super) use crate::data::printable as clean;

/// A number rounded for reading: four decimals, fewer for large ones, more for tiny ones.
pub(super) fn rounded(x: f64) -> String {
    let size = x.abs();
    if size == 0.0 {
        "0".to_owned()
    } else if !(1e-4..1e7).contains(&size) {
        format!("{x:.3e}")
    } else if size >= 1000.0 {
        // Play counts are whole.
        format!("{x:.*}", usize::from(x.fract() != 0.0))
    } else {
        let (short, whole) = (format!("{x:.4}"), x.to_string());
        if whole.len() < short.len() { whole } else { short }
    }
}

/// As [`rounded`], with all four decimals: for columns.
pub(super) fn aligned(x: f64) -> String {
    let size = x.abs();
    if size >= 1e7 || (size < 5e-5 && size > 0.0) {
        format!("{x:.3e}")
    } else if size >= 1000.0 {
        format!("{x:.1}")
    } else {
        // Adding 0 takes the sign off a zero.
        format!("{:.4}", x + 0.0)
    }
}

/// As [`aligned`]; a dash for nothing.
pub(super) fn aligned_or_dash(x: Option<f64>) -> String {
    x.map_or_else(|| "–".to_owned(), aligned)
}

/// A count with a comma between thousands.
pub(super) fn counted(n: impl TryInto<u64>) -> String {
    crate::task::thousands(n.try_into().unwrap_or(0))
}

/// A bar of eighths of cells, `share` of `width` long.
pub(super) fn bar(share: f64, width: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_nan() {
        let shown = |x: f64| rounded(x);
        assert_eq!(
            [0.0, 5.0, 0.123456, 12345.678, 1e-9, -3.5].map(shown),
            ["0", "5", "0.1235", "12345.7", "1.000e-9", "-3.5"]
        );
        assert_eq!([0.0, -0.0, 4.0].map(aligned), ["0.0000", "0.0000", "4.0000"]);
        assert_eq!(
            [0u64, 999, 1000, 1234567].map(counted),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            (bar(0.5, 4), bar(1.0, 2), bar(0.0, 4)),
            ("██".into(), "██".into(), String::new())
        );
    }
}
