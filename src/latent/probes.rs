//! What a factor has to do with what is known of the items.

use super::Points;
use super::points::dot;
use crate::experiment::{Adjustment, t_two_sided};
use crate::models::{Cholesky, Squares};
use crate::task::{Cancelled, Task};

/// Something known of each item, as a number: has it a genre (0 or 1), its year, the logarithm of its count.
#[derive(Clone, Debug, PartialEq)]
pub struct Trait {
    /// `genre: Horror`, `year`, `log count`.
    pub name: String,
    /// What an end of a factor is called where this is large, and where it is small.
    pub ends: (String, Option<String>),
    /// By item; `None` where nothing is known.
    pub values: Vec<Option<f64>>,
}

/// How a factor goes with a trait.
#[derive(Clone, Debug, PartialEq)]
pub struct Probe {
    /// Which trait, by its place.
    pub trait_at: usize,
    /// Pearson's correlation over the items where the trait is known, −1 to 1.
    pub r: f64,
    /// The p-value of r (Student's t with n − 2 degrees of freedom), adjusted for all pairs of a factor and a trait by
    /// Benjamini and Hochberg: of the pairs with q ≤ α the share α is chance on average.
    pub q: f64,
}

/// What traits say of one factor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Probed {
    /// The strongest correlation first; traits that don't vary are left out.
    pub probes: Vec<Probe>,
    /// The share of its variance that traits explain on items that they were not fitted to: 1 − Σ(l − l̂)²/Σ(l − l̄)². Below 0
    /// where that is worse than the mean. `None` where nothing varies.
    pub r2: Option<f64>,
    /// The same after the factor's values were dealt out to the items at random: what chance explains.
    pub r2_permuted: Option<f64>,
}

/// Folds of the cross-validation, and random deals of the baseline.
const FOLDS: usize = 5;
const DEALS: usize = 5;

/// Fewer items say nothing.
const LEAST_ITEMS: usize = 10;

/// Probes every factor of `loadings` (items × factors) with every trait: correlations, and the R² of a ridge regression on
/// all traits by 5-fold cross-validation, beside that of permuted factors. λ is the number of (standardized) traits: the
/// prior by which all of them together explain half. Unknown values count as the mean there. O(items·traits·(factors +
/// traits)).
pub fn probe(loadings: &Points, traits: &[Trait], seed: u64, task: &Task) -> Result<Vec<Probed>, Cancelled> {
    let (n, d) = (loadings.len(), loadings.width());
    if n < LEAST_ITEMS {
        return Ok(vec![Probed::default(); d]);
    }
    let columns: Vec<Vec<f64>> = (0..d).map(|f| loadings.column(f)).collect();
    let pairs = task.pool.try_map(d, |f| {
        task.cancel.check()?;
        let each = |(at, of): (usize, &Trait)| Some((at, correlation(&columns[f], &of.values)?));
        Ok(traits.iter().enumerate().filter_map(each).collect::<Vec<_>>())
    })?;
    let p: Vec<f64> = pairs.iter().flatten().map(|(_, (_, p))| *p).collect();
    let mut q = Adjustment::BenjaminiHochberg.adjust(&p).into_iter();
    let r2 = explained(&columns, traits, seed, task)?;
    let probed = pairs.into_iter().zip(r2).map(|(pairs, (r2, r2_permuted))| {
        let with_q = pairs.into_iter().zip(&mut q);
        let mut probes: Vec<Probe> = with_q.map(|((trait_at, (r, _)), q)| Probe { trait_at, r, q }).collect();
        probes.sort_by(|a, b| b.r.abs().total_cmp(&a.r.abs()).then(a.trait_at.cmp(&b.trait_at)));
        Probed {
            probes,
            r2,
            r2_permuted,
        }
    });
    Ok(probed.collect())
}

/// Pearson's r of the numbers with the values that are known, and its p-value; `None` where one doesn't vary, or fewer than 10
/// are known.
pub fn correlation(numbers: &[f64], values: &[Option<f64>]) -> Option<(f64, f64)> {
    let known = || numbers.iter().zip(values).filter_map(|(x, y)| Some((*x, (*y)?)));
    let n = known().count();
    if n < LEAST_ITEMS {
        return None;
    }
    let mean = |of: fn((f64, f64)) -> f64| known().map(of).sum::<f64>() / n as f64;
    let (x_mean, y_mean) = (mean(|p| p.0), mean(|p| p.1));
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in known() {
        let (x, y) = (x - x_mean, y - y_mean);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let varies = |squares: f64, mean: f64| squares > 1e-20 * (mean * mean * n as f64 + squares) && squares > 0.0;
    if !varies(xx, x_mean) || !varies(yy, y_mean) {
        return None;
    }
    let r = (xy / (xx * yy).sqrt()).clamp(-1.0, 1.0);
    let df = n as f64 - 2.0;
    let t = r * (df / (1.0 - r * r).max(f64::MIN_POSITIVE)).sqrt();
    Some((r, t_two_sided(t, df).clamp(0.0, 1.0)))
}

/// R² of a column, and of the permuted one.
type Explained = (Option<f64>, Option<f64>);

/// R² of each column, and of the same dealt out at random; both `None` where it does not vary or there are no traits.
fn explained(columns: &[Vec<f64>], traits: &[Trait], seed: u64, task: &Task) -> Result<Vec<Explained>, Cancelled> {
    let n = columns.first().map_or(0, Vec::len);
    let known: Vec<Vec<f64>> = traits.iter().filter_map(|of| standardized(&of.values)).collect();
    let p = known.len();
    if p == 0 {
        return Ok(vec![(None, None); columns.len()]);
    }
    let rows: Vec<f64> = (0..n).flat_map(|i| known.iter().map(move |column| column[i])).collect();
    let order = permutation(n, seed, 0);
    let mut folds = Vec::with_capacity(FOLDS);
    for fold in 0..FOLDS {
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for (at, &i) in order.iter().enumerate() {
            if at % FOLDS == fold { &mut test } else { &mut train }.push(i);
        }
        let numbers: Vec<f64> = train.iter().flat_map(|i| &rows[i * p..(i + 1) * p]).copied().collect();
        let mut squares = Squares::zero(p);
        squares.add(&numbers, |_| 1.0, &task.cancel)?;
        squares.add_to_diagonal(p as f64);
        folds.push(Fold {
            solver: squares.factorize(),
            train,
            test,
        });
    }
    task.pool.try_map(columns.len(), |f| {
        task.cancel.check()?;
        let of = |column: &[f64]| r_squared(column, &rows, p, &folds);
        let mut permuted = 0.0;
        for deal in 0..DEALS {
            task.cancel.check()?;
            let dealt = permutation(n, seed, 1 + deal as u64);
            let column: Vec<f64> = dealt.into_iter().map(|i| columns[f][i]).collect();
            permuted += of(&column).unwrap_or(0.0) / DEALS as f64;
        }
        let own = of(&columns[f]);
        Ok((own, own.map(|_| permuted)))
    })
}

/// One part held out.
struct Fold {
    solver: Cholesky,
    train: Vec<usize>,
    test: Vec<usize>,
}

/// R² of a column over all folds; `rows` are items × p traits.
fn r_squared(column: &[f64], rows: &[f64], p: usize, folds: &[Fold]) -> Option<f64> {
    let mean = column.iter().sum::<f64>() / column.len() as f64;
    let all: f64 = column.iter().map(|x| (x - mean) * (x - mean)).sum();
    if all <= 1e-20 * column.iter().map(|x| x * x).sum::<f64>() || all == 0.0 {
        return None;
    }
    let mut rest = 0.0;
    for Fold { solver, train, test } in folds {
        let center = train.iter().map(|i| column[*i]).sum::<f64>() / train.len().max(1) as f64;
        let mut weights = vec![0.0; p];
        for &i in train {
            let off = column[i] - center;
            weights.iter_mut().zip(&rows[i * p..]).for_each(|(w, x)| *w += off * x);
        }
        solver.solve(&mut weights);
        for &i in test {
            let off = column[i] - center - dot(&weights, &rows[i * p..(i + 1) * p]);
            rest += off * off;
        }
    }
    Some(1.0 - rest / all)
}

/// Mean 0, variance 1, unknown values at the mean; `None` where they don't vary.
fn standardized(values: &[Option<f64>]) -> Option<Vec<f64>> {
    let n = values.iter().flatten().count() as f64;
    let mean = values.iter().flatten().sum::<f64>() / n;
    let variance = values.iter().flatten().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
    let deviation = variance.sqrt();
    (deviation > 1e-10 * mean.abs() && deviation > 0.0).then(|| {
        values
            .iter()
            .map(|x| x.map_or(0.0, |x| (x - mean) / deviation))
            .collect()
    })
}

/// A random order of 0 to n − 1.
fn permutation(n: usize, seed: u64, stream: u64) -> Vec<usize> {
    use rand::Rng;
    let mut random = rand_pcg::Pcg64::new(u128::from(seed), u128::from(stream));
    let mut order: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        let below = ((u128::from(random.next_u64()) * (last as u128 + 1)) >> 64) as usize;
        order.swap(last, below);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Even over −1 to 1, by the finalizer of SplitMix64.
    fn noise(i: usize, j: usize) -> f64 {
        let mut x = ((i as u64) << 20 | j as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (shift, by) in [(30, 0xbf58_476d_1ce4_e5b9), (27, 0x94d0_49bb_1331_11eb)] {
            x = (x ^ (x >> shift)).wrapping_mul(by);
        }
        (x >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    fn named(name: &str, values: Vec<Option<f64>>) -> Trait {
        Trait {
            name: name.to_owned(),
            ends: (name.to_owned(), None),
            values,
        }
    }

    #[test]
    fn the_correlation_of_scipy_is_met() {
        // scipy.stats.pearsonr of the squares of 0 to 11 with their remainders by 5.
        let x: Vec<f64> = (0..12).map(|i| f64::from(i * i)).collect();
        let y: Vec<Option<f64>> = (0..12).map(|i| Some(f64::from(i * i % 5))).collect();
        let (r, p) = correlation(&x, &y).unwrap();
        assert!(
            (r + 0.16316608602896493).abs() < 1e-12 && (p - 0.6123749814356886).abs() < 1e-10,
            "{r} {p}"
        );
        // What is not known is left out of both.
        let (mut longer, mut with_gap) = (x.clone(), y.clone());
        longer.push(1e9);
        with_gap.push(None);
        assert_eq!(correlation(&longer, &with_gap), Some((r, p)));
        assert_eq!(correlation(&x, &[Some(3.0); 12]), None);
        assert_eq!(correlation(&x[..9], &y[..9]), None);
    }

    #[test]
    fn a_planted_trait_is_found_and_chance_is_not() {
        let n = 300;
        let has = |i: usize| f64::from(u8::from(i.is_multiple_of(3)));
        let loadings = Points::of(3, (0..n).map(|i| [has(i) + 0.5 * noise(i, 1), noise(i, 2), 0.0]));
        let mut traits = vec![named("planted", (0..n).map(|i| Some(has(i))).collect())];
        traits.extend((10..20).map(|j| named("chance", (0..n).map(|i| Some(noise(i, j))).collect())));
        traits.push(named("constant", vec![Some(2.0); n]));
        let found = probe(&loadings, &traits, 3, &Task::unattended()).unwrap();
        let best = &found[0].probes[0];
        assert!(best.trait_at == 0 && best.r > 0.8 && best.q < 1e-20);
        assert!(
            found[0].probes[1..]
                .iter()
                .chain(&found[1].probes)
                .all(|probe| probe.q > 0.01)
        );
        assert_eq!(found[0].probes.len(), 11);
        let (r2, permuted) = (found[0].r2.unwrap(), found[0].r2_permuted.unwrap());
        // Variance 2/9 of the trait, 1/12 of the noise.
        assert!((0.6..0.8).contains(&r2) && permuted < 0.1, "{r2} {permuted}");
        assert!(found[1].r2.unwrap() < 0.1);
        assert_eq!(found[2], Probed::default());
        let pool = crate::task::Pool::new("test", 3);
        let task = Task {
            pool,
            ..Task::default()
        };
        assert_eq!(probe(&loadings, &traits, 3, &task).unwrap(), found);
        assert_eq!(probe(&loadings, &[], 3, &task).unwrap()[0].r2, None);
        assert_eq!(probe(&Points::of(2, [[1.0, 2.0]]), &[], 3, &task).unwrap().len(), 2);
    }

    #[test]
    fn ridge_by_folds_is_what_normal_equations_by_hand_give() {
        // One trait: the weight is Σ x y / (Σ x² + 1) over the training part.
        let n = 25;
        let x = standardized(&(0..n).map(|i| Some(noise(i, 1))).collect::<Vec<_>>()).unwrap();
        let y: Vec<f64> = (0..n).map(|i| 2.0 * x[i] + noise(i, 2)).collect();
        let of = named("x", x.iter().map(|x| Some(*x)).collect());
        let found = explained(std::slice::from_ref(&y), &[of], 5, &Task::unattended()).unwrap()[0]
            .0
            .unwrap();
        let order = permutation(n, 5, 0);
        let mean = y.iter().sum::<f64>() / n as f64;
        let mut rest = 0.0;
        for fold in 0..5 {
            let held = |at: &usize| at % 5 == fold;
            let train: Vec<usize> = (0..n).filter(|at| !held(at)).map(|at| order[at]).collect();
            let center = train.iter().map(|i| y[*i]).sum::<f64>() / train.len() as f64;
            let above: f64 = train.iter().map(|i| x[*i] * (y[*i] - center)).sum();
            let weight = above / (train.iter().map(|i| x[*i] * x[*i]).sum::<f64>() + 1.0);
            for at in (0..n).filter(held) {
                rest += (y[order[at]] - center - weight * x[order[at]]).powi(2);
            }
        }
        let naive = 1.0 - rest / y.iter().map(|y| (y - mean).powi(2)).sum::<f64>();
        assert!((found - naive).abs() < 1e-12, "{found} {naive}");
    }
}
