//! Small dense systems in 64 bits: a product, a factorization, a solution.

/// The lower triangle of a symmetric d × d matrix, row by row in a square; then its Cholesky factor.
pub(in crate::models) struct Cholesky {
    width: usize,
    lower: Vec<f64>,
}

impl Cholesky {
    /// Factorizes A = LLᵀ in place, for a positive definite A whose lower triangle stands in `lower` (what stands above
    /// the diagonal is not read). A pivot that rounding makes no larger than 0 counts as the smallest number above it.
    /// O(d³/3).
    pub fn of(mut lower: Vec<f64>, width: usize) -> Self {
        for i in 0..width {
            let (above, rest) = lower.split_at_mut(i * width);
            let row = &mut rest[..=i];
            for j in 0..i {
                let other = &above[j * width..][..=j];
                row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
            }
            row[i] = (row[i] - dot(&row[..i], &row[..i])).max(f64::MIN_POSITIVE).sqrt();
        }
        Self { width, lower }
    }

    /// x ← A⁻¹ x. O(d²).
    pub fn solve(&self, x: &mut [f64]) {
        let d = self.width;
        for i in 0..d {
            let row = &self.lower[i * d..][..=i];
            x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
        }
        for i in (0..d).rev() {
            x[i] /= self.lower[i * d + i];
            let (known, row) = (x[i], &self.lower[i * d..][..i]);
            x[..i].iter_mut().zip(row).for_each(|(x, l)| *x -= known * l);
        }
    }
}

/// a·b, summed in 64 bits in four strands; both of the same length.
#[inline]
pub(in crate::models) fn dot<T: Copy + Into<f64>>(a: &[f64], b: &[T]) -> f64 {
    let (fours_a, last_a) = a.as_chunks::<4>();
    let (fours_b, last_b) = b.as_chunks::<4>();
    let mut strands = [0.0; 4];
    for (a, b) in fours_a.iter().zip(fours_b) {
        for k in 0..4 {
            strands[k] += a[k] * b[k].into();
        }
    }
    let tail: f64 = last_a.iter().zip(last_b).map(|(a, b)| a * (*b).into()).sum();
    (strands[0] + strands[2]) + (strands[1] + strands[3]) + tail
}
