use super::trial::Change;
use crate::data::{Dataset, FeedbackKind};
use crate::models::Profile;

/// Continuous scales are tried at so many steps.
const STEPS: usize = 10;

/// The ratings that can be given, ascending; none where all values are alike.
pub(super) fn ratings_of(data: &Dataset) -> Vec<f64> {
    let scale = data.scale();
    if data.is_implicit() || scale.min >= scale.max {
        return Vec::new();
    }
    let count = scale
        .step
        .map_or(STEPS, |step| ((scale.max - scale.min) / step).round() as usize);
    let count = count.clamp(1, 2 * STEPS);
    let at = |step: usize| scale.min + (scale.max - scale.min) * step as f64 / count as f64;
    // Rounded as scales are, so that steps are the values themselves.
    (0..=count).map(|step| (at(step) * 1e9).round() / 1e9).collect()
}

/// Every edit of a single rating by one step: the next lower and the next higher rating of the scale (of a continuous one, a
/// tenth of it); of counts, half and twice as many; where all values are alike, the rating taken out. In the order of the
/// profile, the lower one first.
pub fn single_steps(data: &Dataset, profile: &Profile) -> Vec<Change> {
    let ratings = ratings_of(data);
    let counts = data.feedback().kind == FeedbackKind::Counts;
    let mut steps = Vec::with_capacity(2 * profile.len());
    for row in profile.rows() {
        let to = |rating: f64| (row.item, Some(rating));
        if counts && row.rating > 0.0 {
            steps.extend([to(row.rating / 2.0), to(row.rating * 2.0)]);
        } else if ratings.is_empty() {
            steps.push((row.item, None));
        } else {
            steps.extend(ratings.iter().rfind(|r| **r < row.rating - 1e-9).map(|r| to(*r)));
            steps.extend(ratings.iter().find(|r| **r > row.rating + 1e-9).map(|r| to(*r)));
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ItemIx;
    use crate::explain::tests_common::small;

    #[test]
    fn a_step_is_the_next_rating_of_the_scale() {
        let data = small();
        assert_eq!(ratings_of(&data), [1.0, 2.0, 3.0, 4.0, 5.0]);
        let guest = |rows: &[(u32, f64)]| {
            let rows = rows.iter().map(|(item, rating)| (ItemIx(*item), *rating));
            Profile::guest(rows, &std::sync::Arc::default())
        };
        let steps = single_steps(&data, &guest(&[(1, 1.0), (2, 3.0), (4, 4.5), (5, 5.0)]));
        let expected = [(1, 2.0), (2, 2.0), (2, 4.0), (4, 4.0), (4, 5.0), (5, 4.0)];
        assert_eq!(steps, expected.map(|(item, to)| (ItemIx(item), Some(to))));
        assert!(single_steps(&data, &guest(&[])).is_empty());
    }
}
