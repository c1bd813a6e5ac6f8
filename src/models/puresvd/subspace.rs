use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::eigen::eigen;
use crate::models::latent::dot;
use crate::models::wide::add;
use crate::task::{Cancelled, Report, Task};

/// The leading right singular vectors of the binary matrix of users by items.
pub(super) struct Found {
    /// Items by factors, row by row: V.
    pub item_factors: Vec<f64>,
    /// Users by factors: the sum of the rows of V of what each user rated, XV.
    pub user_factors: Vec<f64>,
    /// How many factors there are: fewer than asked for where the matrix has no more.
    pub width: usize,
    /// The share of the sum of all σ² (the number of ratings) that the wanted ones make up, each time it was looked at.
    pub explained: Vec<f64>,
}

/// The most times that the residuals are looked at; three to six are usual.
const MOST_LOOKS: usize = 60;
/// Found when no wanted direction is turned or stretched by more than this share of its σ²: then σ² is right to that share
/// at least, and to about its square where it stands apart from the others.
const FOUND: f64 = 1e-6;
/// The largest degree of a filter.
const MOST_DEGREES: f64 = 10.0;
/// The logarithm of how much more a filter may make of the largest direction than of an unwanted one: beyond that rounding
/// would drown the small ones.
const MOST_LIFT: f64 = 27.0;
/// A direction that lost so much of its length to the others is nothing but rounding.
const NOTHING_LEFT: f64 = 1e-10;

/// The `wanted` leading singular vectors, by subspace iteration with Rayleigh-Ritz on A = XᵀX.
///
/// Twice as many vectors as wanted (10 more at least) are iterated. Between two looks a Chebyshev polynomial of A is
/// applied that is at most 1 on what lies below the last of them and grows as fast as one can above. It ends when
/// ‖Av − σ²v‖ ≤ 10⁻⁶ σ² for every wanted v: the residual bounds the error, however close the singular values are. O(ratings ·
/// vectors) an application of A, and n · vectors² to make them orthogonal. Halko, Martinsson and Tropp (2011); Zhou and
/// Saad (2007), A Chebyshev-Davidson Algorithm for Large Symmetric Eigenproblems. The same bits whatever the number of
/// threads; the sign of a vector is such that its largest entry is positive.
pub(super) fn decompose(data: &Dataset, wanted: usize, seed: u64, task: &Task) -> Result<Found, Cancelled> {
    let n = data.n_items();
    let most = data.items_with_ratings().min(data.users_with_ratings());
    let wanted = wanted.min(most);
    let width = (wanted + wanted.max(10)).min(most);
    let mut basis = random(data, width, seed);
    orthonormalize(&mut basis, task)?;
    let mut squares = Vec::new();
    let mut explained = Vec::new();
    for look in 1..=MOST_LOOKS {
        let mut image = rotate(data, &mut basis, &mut squares, task)?;
        let share = squares[..wanted].iter().sum::<f64>() / data.n_ratings().max(1) as f64;
        explained.push(share);
        task.progress
            .say(|| Report::of("fitting puresvd", look as u64, None, "rounds").with("explained", share));
        let is_found = |k: usize| residual(&image[k], squares[k], &basis[k]) <= FOUND * squares[k] + 1e-13 * squares[0];
        if (0..wanted).all(is_found) {
            break;
        }
        filter(data, &mut basis, &mut image, &squares, task)?;
        orthonormalize(&mut basis, task)?;
    }
    squares.truncate(wanted);
    let largest = squares.first().copied().unwrap_or(0.0);
    squares.retain(|square| *square > 1e-12 * largest);
    basis.truncate(squares.len());
    fix_signs(&mut basis);
    Ok(Found {
        item_factors: row_by_row(&basis, n),
        user_factors: projected(data, &basis, task)?,
        width: squares.len(),
        explained,
    })
}

/// ‖Av − σ²v‖, of Av and v.
fn residual(image: &[f64], square: f64, vector: &[f64]) -> f64 {
    let squares = image.iter().zip(vector).map(|(a, v)| (a - square * v).powi(2));
    squares.sum::<f64>().sqrt()
}

/// V ← T(A) V, given AV and the Ritz values, where T is the Chebyshev polynomial for the interval from 0 to the last of them.
fn filter(
    data: &Dataset,
    basis: &mut Columns,
    image: &mut Columns,
    squares: &[f64],
    task: &Task,
) -> Result<(), Cancelled> {
    let (Some(first), Some(last)) = (squares.first(), squares.last()) else {
        return Ok(());
    };
    if *last <= 1e-9 * first {
        // Nothing to be held down: all is in the basis, but for rounding.
        std::mem::swap(basis, image);
        return Ok(());
    }
    let degrees = (MOST_LIFT / (2.0 * first / last - 1.0).acosh()).clamp(1.0, MOST_DEGREES) as usize;
    // t(A) = (A − h)/h has −1 to 1 on the interval.
    let half = last / 2.0;
    for (image, vector) in image.iter_mut().zip(&*basis) {
        image
            .iter_mut()
            .zip(vector)
            .for_each(|(a, v)| *a = (*a - half * v) / half);
    }
    for _ in 1..degrees {
        task.cancel.check()?;
        // T_next = 2·t(A)·T_now − T_before.
        let next = gathered(data, &projected(data, image, task)?, task)?;
        for ((next, now), before) in next.iter().zip(&*image).zip(basis.iter_mut()) {
            for ((before, now), next) in before.iter_mut().zip(now).zip(next) {
                *before = 2.0 * (next - half * now) / half - *before;
            }
        }
        std::mem::swap(basis, image);
    }
    std::mem::swap(basis, image);
    Ok(())
}

/// Vectors over the items.
type Columns = Vec<Vec<f64>>;

/// Random directions; 0 where an item has no rating.
fn random(data: &Dataset, width: usize, seed: u64) -> Columns {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_pcg::Pcg64Mcg::seed_from_u64(seed);
    let mut column = || -> Vec<f64> {
        let draw = |i| {
            let x: f64 = rng.random_range(-1.0..1.0);
            if data.item_row(i).is_empty() { 0.0 } else { x }
        };
        data.items().map(draw).collect()
    };
    (0..width).map(|_| column()).collect()
}

/// Makes them orthogonal and of length 1, each less its share in those before it, twice over (Gram-Schmidt; twice is
/// enough). A column in which nothing is left becomes 0.
fn orthonormalize(columns: &mut Columns, task: &Task) -> Result<(), Cancelled> {
    for at in 0..columns.len() {
        task.cancel.check()?;
        let (before, rest) = columns.split_at_mut(at);
        let column = &mut rest[0];
        let length = norm(column);
        for _ in 0..2 {
            for other in &*before {
                let share = dot(other, column);
                column.iter_mut().zip(other).for_each(|(x, o)| *x -= share * o);
            }
        }
        let left = norm(column);
        let by = if left > NOTHING_LEFT * length { 1.0 / left } else { 0.0 };
        for x in column.iter_mut() {
            *x *= by;
        }
    }
    Ok(())
}

fn fix_signs(columns: &mut Columns) {
    for column in columns {
        let largest = column
            .iter()
            .copied()
            .fold(0.0, |a: f64, x| if x.abs() > a.abs() { x } else { a });
        if largest < 0.0 {
            for x in column.iter_mut() {
                *x = -*x;
            }
        }
    }
}

/// The same numbers by item.
fn row_by_row(columns: &Columns, n: usize) -> Vec<f64> {
    (0..n).flat_map(|i| columns.iter().map(move |c| c[i])).collect()
}

/// Turns the basis V so that its vectors are Ritz vectors, with their values, squared singular values, largest first; gives
/// AV.
fn rotate(data: &Dataset, basis: &mut Columns, squares: &mut Vec<f64>, task: &Task) -> Result<Columns, Cancelled> {
    let width = basis.len();
    let projected = projected(data, basis, task)?;
    let mut small = vec![0.0; width * width];
    for (at, row) in projected.chunks_exact(width.max(1)).enumerate() {
        if at % 256 == 0 {
            task.cancel.check()?;
        }
        for (a, x) in row.iter().enumerate() {
            add(&mut small[a * width..][..width], *x, row);
        }
    }
    let (values, vectors): (_, Vec<_>) = eigen(small, width, &task.cancel)?.into_iter().unzip();
    *squares = values;
    let turned = |columns: &Columns| {
        task.pool.try_map(width, |k| {
            task.cancel.check()?;
            let mut column = vec![0.0; data.n_items()];
            for (old, by) in columns.iter().zip(&vectors[k]) {
                column.iter_mut().zip(old).for_each(|(x, o)| *x += by * o);
            }
            Ok(column)
        })
    };
    let image = turned(&gathered(data, &projected, task)?)?;
    *basis = turned(basis)?;
    Ok(image)
}

/// X times the basis: users by vectors, row by row.
fn projected(data: &Dataset, basis: &Columns, task: &Task) -> Result<Vec<f64>, Cancelled> {
    let width = basis.len();
    let by_item = row_by_row(basis, data.n_items());
    sums(data.n_users(), width, &by_item, task, |u| {
        data.user_row(UserIx(u as u32)).ids
    })
}

/// Xᵀ times users by vectors.
fn gathered(data: &Dataset, by_user: &[f64], task: &Task) -> Result<Columns, Cancelled> {
    let n = data.n_items();
    let width = if data.n_users() == 0 {
        0
    } else {
        by_user.len() / data.n_users()
    };
    let by_item = sums(n, width, by_user, task, |i| data.item_row(ItemIx(i as u32)).ids)?;
    let columns = (0..width).map(|k| (0..n).map(|i| by_item[i * width + k]).collect());
    Ok(columns.collect())
}

/// For each of `n` rows the sum of the rows of `table` that it lists.
fn sums<'a>(
    n: usize,
    width: usize,
    table: &[f64],
    task: &Task,
    listed: impl Fn(usize) -> &'a [u32] + Sync,
) -> Result<Vec<f64>, Cancelled> {
    const AT_ONCE: usize = 64;
    let mut all = vec![0.0; n * width];
    let parts: Vec<(usize, &mut [f64])> = all.chunks_mut((AT_ONCE * width).max(1)).enumerate().collect();
    task.pool.try_each(parts, |(part, rows)| {
        for (at, row) in rows.chunks_exact_mut(width).enumerate() {
            task.cancel.check()?;
            for &id in listed(part * AT_ONCE + at) {
                let other = &table[id as usize * width..][..width];
                row.iter_mut().zip(other).for_each(|(sum, x)| *sum += x);
            }
        }
        Ok(())
    })?;
    Ok(all)
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::{dataset, synthetic};
    use crate::task::Pool;

    #[test]
    fn two_blocks_by_hand() {
        // Two users rate items 0 and 1, three users item 2: singular values 2 and √3.
        let rows = [(0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (3, 2), (4, 2)].map(|(u, i)| (u, i, 1.0));
        let found = decompose(&dataset(&rows, 4), 5, 1, &Task::unattended()).unwrap();
        assert_eq!(found.width, 2);
        assert!((squares(&found)[0] - 4.0).abs() < 1e-9);
        assert!((squares(&found)[1] - 3.0).abs() < 1e-9);
        let half = 0.5f64.sqrt();
        let expected = [half, 0.0, half, 0.0, 0.0, 1.0, 0.0, 0.0];
        for (x, expected) in found.item_factors.iter().zip(expected) {
            assert!((x - expected).abs() < 1e-9, "{:?}", found.item_factors);
        }
    }

    /// σ²: the squared length of Xv.
    fn squares(found: &Found) -> Vec<f64> {
        let rows = found.user_factors.chunks_exact(found.width);
        rows.fold(vec![0.0; found.width], |sums, row| {
            sums.iter().zip(row).map(|(sum, x)| sum + x * x).collect()
        })
    }

    /// XᵀXv = σ²v, lengths 1, and together with all the others they give XᵀX back.
    #[test]
    fn vectors_are_singular() {
        let data = synthetic(40, 15);
        let found = decompose(&data, 15, 3, &Task::unattended()).unwrap();
        let (n, k, squares) = (15, found.width, squares(&found));
        assert_eq!(k, 15);
        let rated = |u, i: usize| f64::from(u8::from(data.rating(u, ItemIx(i as u32)).is_some()));
        for i in 0..n {
            for j in 0..n {
                let gram: f64 = data.users().map(|u| rated(u, i) * rated(u, j)).sum();
                let v = |i: usize, f: usize| found.item_factors[i * k + f];
                let back: f64 = (0..k).map(|f| squares[f] * v(i, f) * v(j, f)).sum();
                assert!((gram - back).abs() < 1e-8, "{i},{j}: {gram} {back}");
            }
        }
        assert!(squares.is_sorted_by(|a, b| a >= b));
        assert!((found.explained.last().unwrap() - 1.0).abs() < 1e-9);
    }

    /// Of many directions the few wanted ones are found to the promised share, however close the next ones are.
    #[test]
    fn what_is_found_is_right_to_the_bound() {
        let data = synthetic(90, 80);
        let found = decompose(&data, 5, 4, &Task::unattended()).unwrap();
        let all = decompose(&data, 80, 4, &Task::unattended()).unwrap();
        for (seen, exact) in squares(&found).iter().zip(squares(&all)) {
            assert!((seen - exact).abs() < FOUND * exact, "{seen} {exact}");
        }
        assert!(found.explained.len() < 15, "{:?}", found.explained);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let data = synthetic(60, 30);
        let run = |threads| {
            let task = Task {
                pool: Pool::new("test", threads),
                ..Task::unattended()
            };
            let found = decompose(&data, 4, 9, &task).unwrap();
            (found.item_factors, found.user_factors)
        };
        assert_eq!(run(1), run(3));
    }
}
