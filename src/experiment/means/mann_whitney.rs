use super::{MeanSpec, Measured};
use crate::experiment::special::normal_two_sided;
use crate::experiment::tested::Tested;

pub(super) static MANN_WHITNEY: MeanSpec = MeanSpec {
    name: "mann-whitney",
    formula: "U = pairs in which B's user has more, ties half; exact without ties up to 50 users an arm, else normal with ties and continuity corrected",
    doc: "whether users of B tend to have more, whatever the law; the estimate is the share of such pairs",
    applies: |_| true,
    test: |measured, _| Ok(test(measured, false)),
};

/// The most users an arm for which the exact law is computed.
const MOST_EXACT: usize = 50;

/// The test; by the normal law even where the exact one could be had.
pub(super) fn test(measured: &Measured<'_>, asymptotic: bool) -> Tested {
    let (n_a, n_b) = (measured.a.len(), measured.b.len());
    if n_a == 0 || n_b == 0 {
        return Tested::silent("mann-whitney", "each arm needs a user");
    }
    let (u, ties) = statistic(measured.a, measured.b);
    let pairs = n_a as f64 * n_b as f64;
    let told = Tested::new("mann-whitney").about("share", u / pairs);
    if !asymptotic && ties == 0.0 && n_a.max(n_b) <= MOST_EXACT {
        return told.tested(u, exact(u as usize, n_a, n_b));
    }
    let n = (n_a + n_b) as f64;
    let variance = pairs / 12.0 * (n + 1.0 - ties / (n * (n - 1.0)));
    if variance <= 0.0 {
        return Tested {
            note: Some("all users are alike".to_owned()),
            ..told
        };
    }
    let away = ((u - pairs / 2.0).abs() - 0.5).max(0.0);
    told.tested(u, normal_two_sided(away / variance.sqrt()))
}

/// U of B, and Σ t³ − t over groups of tied values. O(n log n).
fn statistic(a: &[f64], b: &[f64]) -> (f64, f64) {
    let of = |x: &[f64], is_b: bool| x.iter().map(|v| (*v, is_b)).collect::<Vec<_>>();
    let mut all = of(a, false);
    all.extend(of(b, true));
    all.sort_unstable_by(|x, y| x.0.total_cmp(&y.0));
    let (mut u, mut ties, mut below) = (0.0, 0.0, 0.0);
    for group in all.chunk_by(|x, y| x.0 == y.0) {
        let of_b = group.iter().filter(|v| v.1).count() as f64;
        let of_a = group.len() as f64 - of_b;
        u += of_b * (below + of_a / 2.0);
        below += of_a;
        let t = group.len() as f64;
        ties += t * t * t - t;
    }
    (u, ties)
}

/// The two-sided p-value by the exact law of U: the coefficients of the Gaussian binomial Π (1 − q^{m+i}) / (1 − q^i).
fn exact(u: usize, m: usize, n: usize) -> f64 {
    let size = m * n;
    let mut ways = vec![0.0; size + 1];
    ways[0] = 1.0;
    for i in 1..=n.min(m) {
        let m = m.max(n);
        for at in (m + i..=size).rev() {
            ways[at] -= ways[at - m - i];
        }
        for at in i..=size {
            ways[at] += ways[at - i];
        }
    }
    let all: f64 = ways.iter().sum();
    // The law is symmetric.
    let tail: f64 = ways[..=u.min(size - u)].iter().sum();
    (2.0 * tail / all).min(1.0)
}
