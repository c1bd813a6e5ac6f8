//! Whether factors come back when the model is trained anew.

use super::Points;
use super::assignment::assign;
use super::points::dot;

/// Factors with less are not the data's but the seed's.
pub const STABLE: f64 = 0.8;

/// The |cosine| of each factor of `loadings` with the factor of `other` that it is matched with, each with one of its own so
/// that the sum is largest; both are the same items × factors. A factor that is 0 everywhere has 0. O(items·factors² +
/// factors³).
pub fn matched(loadings: &Points, other: &Points) -> Vec<f64> {
    let columns = |points: &Points| -> Vec<Vec<f64>> {
        let unit = |f: usize| {
            let column = points.column(f);
            let norm = dot(&column, &column).sqrt();
            column
                .into_iter()
                .map(|x| if norm > 0.0 { x / norm } else { 0.0 })
                .collect()
        };
        (0..points.width()).map(unit).collect()
    };
    let (own, others) = (columns(loadings), columns(other));
    let cosines: Vec<Vec<f64>> = own
        .iter()
        .map(|a| others.iter().map(|b| dot(a, b).abs().min(1.0)).collect())
        .collect();
    let places = assign(own.len(), others.len(), |f, g| cosines[f][g]);
    let cosine = |(f, g): (usize, usize)| cosines[f].get(g).copied().unwrap_or(0.0);
    places.into_iter().enumerate().map(cosine).collect()
}

/// The median over the trainings: how far each factor comes back, 0 to 1. Empty without any.
pub fn stability(trainings: &[Vec<f64>]) -> Vec<f64> {
    let factors = trainings.first().map_or(0, Vec::len);
    let median = |f: usize| {
        let mut values: Vec<f64> = trainings.iter().filter_map(|t| t.get(f)).copied().collect();
        values.sort_by(f64::total_cmp);
        let half = values.len() / 2;
        if values.len() % 2 == 1 {
            values[half]
        } else {
            f64::midpoint(values[half - 1], values[half])
        }
    };
    (0..factors).map(median).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn factors_in_another_order_with_other_signs_are_found() {
        let entry = |i: usize, j: usize| (((i * 31 + j * 17 + i * i * j * 7) * 7919 + 13) % 101) as f64 / 50.0 - 1.0;
        let one = Points::of(4, (0..60).map(|i| [0, 1, 2, 3].map(|j| entry(i, j))));
        let other = one.map(4, |r| vec![-r[2], 3.0 * r[0], r[3], -0.5 * r[1]]);
        assert!(matched(&one, &other).iter().all(|cosine| (cosine - 1.0).abs() < 1e-12));
        // One factor lost: it alone does not come back.
        let lost = one.map(4, |r| vec![-r[2], 3.0 * r[0], 0.0, -0.5 * r[1]]);
        let found = matched(&one, &lost);
        assert!(found[3] == 0.0 && found[..3].iter().all(|cosine| *cosine > 0.999));
        assert_eq!(stability(&[vec![0.1, 0.9], vec![0.5, 0.8], vec![0.3, 1.0]]), [0.3, 0.9]);
        assert_eq!(stability(&[vec![0.1], vec![0.5]]), [0.3]);
        assert!(stability(&[]).is_empty());
    }
}
