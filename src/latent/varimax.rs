//! Factors turned until each says as much as it can of as few items as it can.

use super::Points;
use super::points::dot;
use crate::task::{Cancel, Cancelled};

/// The most sweeps over all pairs of factors.
const MOST_SWEEPS: usize = 200;
/// Angles below this change no digit that is shown.
const STILL: f64 = 1e-7;

/// A rotation of the space of factors (with an order and signs): products of what it turns stay as they were.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// The new axes in terms of the old, one a row; orthogonal, of length 1.
    axes: Vec<Vec<f64>>,
}

impl Rotation {
    /// Where a point lies along the new axes.
    pub fn apply(&self, point: &[f64]) -> Vec<f64> {
        self.axes.iter().map(|axis| dot(axis, point)).collect()
    }
}

/// V = Σ_f [mean_i l_if⁴ − (mean_i l_if²)²], what [`varimax`] makes as large as it can be.
pub fn simplicity(loadings: &Points) -> f64 {
    let n = loadings.len().max(1) as f64;
    let of = |f: usize| {
        let squares: Vec<f64> = loadings.rows().map(|row| row[f] * row[f]).collect();
        let mean = squares.iter().sum::<f64>() / n;
        squares.iter().map(|s| s * s).sum::<f64>() / n - mean * mean
    };
    (0..loadings.width()).map(of).sum()
}

/// The rotation of `loadings` (items × factors) that maximizes [`simplicity`]: pairs of factors are turned by the best angle,
/// tan 4φ = (2Σuv − 2ΣuΣv/n) / (Σ(u² − v²) − ((Σu)² − (Σv)²)/n) with u = x² − y² and v = 2xy, until none turns (Kaiser 1958,
/// without his normalization). The new factors stand in the order of their energy Σ l², each with its largest loading
/// positive. O(n·d²) a sweep.
pub fn varimax(loadings: &Points, cancel: &Cancel) -> Result<Rotation, Cancelled> {
    let d = loadings.width();
    let mut columns: Vec<Vec<f64>> = (0..d).map(|f| loadings.column(f)).collect();
    let mut axes: Vec<Vec<f64>> = (0..d)
        .map(|k| (0..d).map(|i| f64::from(u8::from(i == k))).collect())
        .collect();
    for _ in 0..MOST_SWEEPS {
        let mut largest: f64 = 0.0;
        for p in 0..d {
            cancel.check()?;
            for q in p + 1..d {
                let angle = best_angle(&columns[p], &columns[q]);
                largest = largest.max(angle.abs());
                if angle.abs() > STILL {
                    turn(&mut columns, (p, q), angle);
                    turn(&mut axes, (p, q), angle);
                }
            }
        }
        if largest <= STILL {
            break;
        }
    }
    let energy: Vec<f64> = columns.iter().map(|c| dot(c, c)).collect();
    let mut order: Vec<usize> = (0..d).collect();
    order.sort_by(|a, b| energy[*b].total_cmp(&energy[*a]).then(a.cmp(b)));
    let facing = |at: usize| {
        let largest = columns[at]
            .iter()
            .fold(0.0f64, |l, x| if x.abs() > l.abs() { *x } else { l });
        let sign = if largest < 0.0 { -1.0 } else { 1.0 };
        axes[at].iter().map(|x| sign * x).collect()
    };
    Ok(Rotation {
        axes: order.into_iter().map(facing).collect(),
    })
}

/// The angle by which x and y are turned for the most simplicity of both, within ±45°.
fn best_angle(x: &[f64], y: &[f64]) -> f64 {
    let n = x.len().max(1) as f64;
    let [mut u_sum, mut v_sum, mut uv, mut difference] = [0.0; 4];
    for (x, y) in x.iter().zip(y) {
        let (u, v) = ((x - y) * (x + y), 2.0 * x * y);
        u_sum += u;
        v_sum += v;
        uv += u * v;
        difference += (u - v) * (u + v);
    }
    let above = 2.0 * (uv - u_sum * v_sum / n);
    let below = difference - (u_sum - v_sum) * (u_sum + v_sum) / n;
    if above == 0.0 && below == 0.0 {
        return 0.0;
    }
    above.atan2(below) / 4.0
}

/// x ← x cos φ + y sin φ, y ← −x sin φ + y cos φ.
fn turn(rows: &mut [Vec<f64>], (p, q): (usize, usize), angle: f64) {
    let (sine, cosine) = angle.sin_cos();
    let (low, high) = rows.split_at_mut(q);
    for (x, y) in low[p].iter_mut().zip(&mut high[0]) {
        (*x, *y) = (cosine * *x + sine * *y, cosine * *y - sine * *x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loadings(n: usize, d: usize) -> Points {
        let entry = |i: usize, j: usize| (((i * 31 + j * 17 + i * i * j * 7) * 7919 + 13) % 101) as f64 / 50.0 - 1.0;
        Points::of(d, (0..n).map(|i| (0..d).map(|j| entry(i, j)).collect::<Vec<f64>>()))
    }

    fn turned(points: &Points) -> Points {
        let rotation = varimax(points, &Cancel::new()).unwrap();
        points.map(points.width(), |row| rotation.apply(row))
    }

    #[test]
    fn no_angle_is_better_than_the_one_that_is_found() {
        let points = loadings(40, 2);
        let found = simplicity(&turned(&points));
        let by = |angle: f64| {
            let (sine, cosine) = angle.sin_cos();
            simplicity(&points.map(2, |r| vec![cosine * r[0] + sine * r[1], cosine * r[1] - sine * r[0]]))
        };
        let naive = (0..1_600).map(|k| by(f64::from(k) * 1e-3)).fold(f64::MIN, f64::max);
        assert!(
            found > simplicity(&points) && (found - naive).abs() < 1e-5 && found >= naive - 1e-12,
            "{found} {naive}"
        );
    }

    #[test]
    fn axes_that_were_hidden_by_a_rotation_come_back() {
        // Every item loads on one of four factors, turned together by several angles.
        let mut columns: Vec<Vec<f64>> = (0..4)
            .map(|f| {
                (0..80)
                    .map(|i| {
                        if i % 4 == f {
                            1.0 + (i % 7) as f64 / (f + 1) as f64
                        } else {
                            0.0
                        }
                    })
                    .collect()
            })
            .collect();
        for (at, pair) in [(0, 1), (1, 2), (0, 3), (2, 3), (0, 2)].into_iter().enumerate() {
            turn(&mut columns, pair, 0.3 + at as f64 * 0.4);
        }
        let hidden = Points::of(4, (0..80).map(|i| columns.iter().map(|c| c[i]).collect::<Vec<f64>>()));
        for row in turned(&hidden).rows() {
            let large = row.iter().filter(|x| x.abs() > 1e-6).count();
            assert!(large <= 1, "{row:?}");
        }
    }

    #[test]
    fn products_stay_as_they_were() {
        let (items, users) = (loadings(50, 12), loadings(30, 12));
        let rotation = varimax(&items, &Cancel::new()).unwrap();
        for item in items.rows() {
            for user in users.rows() {
                let after = dot(&rotation.apply(item), &rotation.apply(user));
                assert!((after - dot(item, user)).abs() < 1e-9);
            }
        }
        let again = turned(&items);
        let energy: Vec<f64> = (0..12).map(|f| dot(&again.column(f), &again.column(f))).collect();
        assert!(energy.windows(2).all(|w| w[0] >= w[1] - 1e-9));
        // Nothing to turn, and nothing at all.
        assert_eq!(
            varimax(&Points::of(2, vec![[0.0, 0.0]; 5]), &Cancel::new())
                .unwrap()
                .apply(&[3.0, 4.0]),
            [3.0, 4.0]
        );
        assert!(
            varimax(&Points::default(), &Cancel::new())
                .unwrap()
                .apply(&[])
                .is_empty()
        );
    }
}
