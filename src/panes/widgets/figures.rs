use super::number::{NONE, quantity, thousands};
use crate::data::FeedbackKind;

/// How the numbers of one column are written: all with the same decimals, so that points stand above each other when
/// the column leans to the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figures {
    decimals: usize,
    scientific: bool,
    /// Whether a zero stands before the point, as people write ratings.
    zero: bool,
    /// What lies far apart is written each in its own unit.
    quantities: bool,
}

impl Figures {
    /// For scores like `values`: three significant digits of the largest, at least; whole numbers without decimals.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let (mut highest, mut whole, mut any) = (0.0_f64, true, false);
        for value in values.into_iter().filter(|v| v.is_finite()) {
            highest = highest.max(value.abs());
            whole &= value.fract() == 0.0;
            any = true;
        }
        if whole && any && highest < 1e15 {
            // A lone 0 or 1 among scores is still a score, not a count.
            return if highest > 1.0 { Self::with(0) } else { Self::with(3) };
        }
        let scientific = highest >= 1e12 || (highest > 0.0 && highest < 1e-7);
        let decimals = match highest {
            _ if scientific => 2,
            h if h >= 1000.0 => 0,
            h if h >= 100.0 => 1,
            h if h >= 10.0 => 2,
            h if h >= 0.1 || h == 0.0 => 3,
            h => (2.0 - h.log10().floor()) as usize,
        };
        Self {
            scientific,
            ..Self::with(decimals)
        }
    }

    /// For ratings like `values`: as few decimals as show them all, at most two.
    pub fn of_ratings(values: impl IntoIterator<Item = f64>) -> Self {
        let needed =
            |value: f64| (0..2).find(|&d| (value * 10f64.powi(d) - (value * 10f64.powi(d)).round()).abs() < 1e-6);
        let finite = values.into_iter().filter(|v| v.is_finite());
        Self {
            zero: true,
            ..Self::with(finite.map(|v| needed(v).map_or(2, |d| d as usize)).max().unwrap_or(0))
        }
    }

    /// For values like `values` of a dataset: as of ratings; of counts each as short as its size allows.
    pub fn of_values(kind: FeedbackKind, values: impl IntoIterator<Item = f64>) -> Self {
        Self {
            quantities: kind == FeedbackKind::Counts,
            ..Self::of_ratings(values)
        }
    }

    /// With this many decimals.
    pub fn with(decimals: usize) -> Self {
        Self {
            decimals,
            scientific: false,
            zero: false,
            quantities: false,
        }
    }

    /// One of the numbers; [`NONE`] for what is not finite.
    pub fn text(self, value: f64) -> String {
        let decimals = self.decimals;
        if !value.is_finite() {
            return NONE.to_owned();
        }
        if self.quantities {
            return quantity(value);
        }
        if self.scientific {
            return if value == 0.0 {
                "0".to_owned()
            } else {
                format!("{value:.decimals$e}")
            };
        }
        let text = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(w, f)| (w, f));
        let zero = text.bytes().all(|b| matches!(b, b'0' | b'.'));
        let sign = if value < 0.0 && !zero { "-" } else { "" };
        let whole = whole.parse().map_or_else(|_| whole.to_owned(), thousands);
        match (whole.as_str(), fraction) {
            (whole, "") => format!("{sign}{whole}"),
            ("0", fraction) if !self.zero => format!("{sign}.{fraction}"),
            (whole, fraction) => format!("{sign}{whole}.{fraction}"),
        }
    }

    /// As [`Figures::text`]; [`NONE`] for nothing.
    pub fn maybe(self, value: Option<f64>) -> String {
        value.map_or_else(|| NONE.to_owned(), |v| self.text(v))
    }

    /// As [`Figures::text`], with a sign also for what is above zero.
    pub fn signed(self, value: f64) -> String {
        let text = self.text(value);
        if value > 0.0 && value.is_finite() {
            format!("+{text}")
        } else {
            text
        }
    }

    /// The cells that the widest of `values` needs.
    pub fn width(self, values: impl IntoIterator<Item = f64>) -> u16 {
        let widths = values.into_iter().map(|v| self.text(v).chars().count());
        widths.max().unwrap_or(1) as u16
    }
}

/// A mean of values, or a predicted one: a quantity where they are counts, else with two decimals.
pub fn average(kind: FeedbackKind, mean: f64) -> String {
    match kind {
        FeedbackKind::Counts => quantity(mean),
        _ => Figures::with(2).text(mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_has_one_number_of_decimals() {
        let texts = |values: &[f64]| {
            let figures = Figures::of(values.iter().copied());
            values.iter().map(|v| figures.text(*v)).collect::<Vec<_>>()
        };
        assert_eq!(texts(&[0.871, -0.0214, 0.0]), [".871", "-.021", ".000"]);
        assert_eq!(texts(&[4.4119, 0.5]), ["4.412", ".500"]);
        assert_eq!(texts(&[12.345, 1.0]), ["12.35", "1.00"]);
        assert_eq!(texts(&[583.0, 1682.0, 0.0]), ["583", "1,682", "0"]);
        assert_eq!(texts(&[12345.6, 0.4]), ["12,346", "0"]);
        assert_eq!(texts(&[0.0123, -0.0001]), [".0123", "-.0001"]);
        assert_eq!(texts(&[0.000_012_34, -1e-9]), [".0000123", ".0000000"]);
        assert_eq!(texts(&[1.5e-9, 0.0]), ["1.50e-9", "0"]);
        assert_eq!(texts(&[1.0, 0.0]), ["1.000", ".000"]);
        assert_eq!(texts(&[f64::NAN, 0.5]), [NONE, ".500"]);
        assert_eq!(texts(&[2e20, 1.5]), ["2.00e20", "1.50e0"]);
        assert_eq!(Figures::of([0.5]).signed(0.25), "+.250");
        assert_eq!(Figures::of([]).maybe(None), NONE);
    }

    #[test]
    fn counts_are_short() {
        let figures = Figures::of_values(FeedbackKind::Counts, [1.0, 352_698.0]);
        assert_eq!(
            (figures.text(13_883.0), figures.signed(13_883.0)),
            ("13.9k".into(), "+13.9k".into())
        );
        let ratings = Figures::of_values(FeedbackKind::Ratings, [0.5, 4.0]);
        assert_eq!(ratings, Figures::of_ratings([0.5, 4.0]));
    }

    #[test]
    fn ratings_have_as_few_decimals_as_show_them() {
        let texts = |values: &[f64]| {
            let figures = Figures::of_ratings(values.iter().copied());
            values.iter().map(|v| figures.text(*v)).collect::<Vec<_>>()
        };
        assert_eq!(texts(&[1.0, 5.0]), ["1", "5"]);
        assert_eq!(texts(&[0.5, 5.0]), ["0.5", "5.0"]);
        assert_eq!(texts(&[-9.875, 3.0]), ["-9.88", "3.00"]);
        assert_eq!(Figures::with(0).width([5.0, 1200.0]), 5);
    }
}
