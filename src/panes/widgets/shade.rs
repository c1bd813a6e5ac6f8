//! Figures as shades of cells: what a heat map is made of.

use super::super::theme::Theme;

/// Shades from the lowest to the highest.
pub fn shades(theme: &Theme) -> [&'static str; 4] {
    if theme.is_ascii() {
        [".", "-", "=", "#"]
    } else {
        ["░", "▒", "▓", "█"]
    }
}

/// Which of the four shades a value has in a range that is cut into four equal parts; the highest where all are alike.
pub fn shade_of(value: f64, (low, high): (f64, f64)) -> usize {
    let share = if high > low { (value - low) / (high - low) } else { 1.0 };
    ((share * 4.0) as usize).min(3)
}

/// From the least to the greatest; `None` of nothing.
pub fn reach(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |range: Option<(f64, f64)>, value| {
        let (low, high) = range.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_shade_takes_a_quarter_of_the_range() {
        assert_eq!(
            [0.0, 0.3, 0.5, 1.0].map(|value| shade_of(value, (0.0, 1.0))),
            [0, 1, 2, 3]
        );
        assert_eq!(shade_of(0.3, (0.3, 0.3)), 3);
        assert_eq!(reach([2.0, -1.0, 1.5]), Some((-1.0, 2.0)));
        assert_eq!(reach([]), None);
    }
}
