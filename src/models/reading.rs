//! What a stored value counts for where a model adds it up.

use std::sync::Arc;

use super::{Explanation, LowRatings, Parameter, Params, Range};
use crate::data::{Dataset, Scale};

/// How a model reads values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// r.
    Raw,
    /// r less the [turning point](Scale::turning_point): a rating of the lower third never adds.
    Centered(Scale),
    /// ln(1 + r), below zero −ln(1 − r): what was played a thousand times counts for more than what was played once, but
    /// not for a thousand times as much.
    Log,
    /// 1, below zero −1.
    Binary,
}

pub(super) const VALUES: Parameter = Parameter {
    name: "values",
    range: Range::Choice(&["raw", "centered", "log", "binary"]),
    default: "raw",
    doc: "what a rating r counts: raw r; centered r less the highest value of the scale's lower third (2 of 1 to 5), so that \
          a low rating never helps; log ln(1 + r), for counts; binary 1, and −1 below zero",
};

/// What becomes of a low rating where values are added up as the parameters say.
pub(super) fn low_ratings(params: &Params) -> LowRatings {
    match params.word(VALUES.name) {
        "centered" => LowRatings::Heeded,
        "binary" => LowRatings::Counted,
        _ => LowRatings::Added,
    }
}

impl Reading {
    /// As the parameters say, of values on the scale of `data`.
    pub fn of(params: &Params, data: &Dataset) -> Self {
        match params.word(VALUES.name) {
            "centered" => Self::Centered(data.scale()),
            "log" => Self::Log,
            "binary" => Self::Binary,
            _ => Self::Raw,
        }
    }

    /// What `value` counts.
    #[inline]
    pub fn value(self, value: f64) -> f64 {
        match self {
            Self::Raw => value,
            Self::Centered(scale) => scale.liking(value),
            Self::Log => value.abs().ln_1p().copysign(value),
            Self::Binary if value < 0.0 => -1.0,
            Self::Binary => 1.0,
        }
    }

    /// The data with values on the scale that rows are compared on: centering moves only what they say.
    pub fn compared(self, data: &Arc<Dataset>) -> Arc<Dataset> {
        match self {
            Self::Raw | Self::Centered(_) => Arc::clone(data),
            Self::Log | Self::Binary => Arc::new(data.with_values(|_, _, value| self.value(value))),
        }
    }

    /// The explanation of a score, with what values count for in it where that is not themselves.
    pub fn noted(self, tree: Explanation) -> Explanation {
        match self {
            Self::Raw => tree,
            Self::Centered(scale) => tree.number("values count from", scale.turning_point()),
            Self::Log => tree.text("note", "a value r counts ln(1 + r)"),
            Self::Binary => tree.text("note", "every value counts 1"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(min: f64, max: f64, step: Option<f64>) -> Reading {
        Reading::Centered(Scale { min, max, step })
    }

    #[test]
    fn the_lower_third_of_any_scale_never_counts_in_favor() {
        let cases = [
            (1.0, 5.0, Some(1.0), 2.0),
            (0.5, 5.0, Some(0.5), 2.0),
            (1.0, 10.0, Some(1.0), 4.0),
            (0.0, 1.0, Some(0.1), 0.3),
            (-1.0, 1.0, Some(2.0), -1.0),
            (-10.0, 10.0, None, -10.0 / 3.0),
            (0.0, 100.0, None, 100.0 / 3.0),
        ];
        for (min, max, step, turn) in cases {
            let reading = on(min, max, step);
            let scale = Scale { min, max, step };
            assert!((scale.turning_point() - turn).abs() < 1e-12, "{scale:?}");
            for n in 0..=1000 {
                let value = min + (max - min) * f64::from(n) / 1000.0;
                let counts = reading.value(value);
                assert!(scale.third(value) > 0 || counts <= 0.0, "{value} of {scale:?}");
                assert!(scale.third(value) < 2 || counts > 0.0, "{value} of {scale:?}");
            }
        }
    }

    #[test]
    fn values_by_hand() {
        assert_eq!(Reading::Log.value(0.0), 0.0);
        assert_eq!(Reading::Log.value(-3.0), -4f64.ln());
        assert_eq!([-2.0, 0.0, 7.0].map(|r| Reading::Binary.value(r)), [-1.0, 1.0, 1.0]);
        let noted = on(1.0, 5.0, Some(1.0)).noted(Explanation::of_model("item-knn", 1.0));
        assert_eq!(noted.figure("values count from"), Some(2.0));
    }
}
