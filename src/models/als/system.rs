//! Solves one row exactly: a user's factors, given the items'.

use std::sync::OnceLock;

use super::Confidence;
use super::gradient::AHEAD;
use crate::data::{Dataset, ItemIx};
use crate::models::latent::{Cholesky, Factors, FoldIn, Folded, Learned, Panels, Squares, dot};
use crate::models::wide::{Kernel, add, run_wide};
use crate::task::{Cancel, Cancelled};

/// Solves a profile's row as training finally solves the users, so that guests, edited profiles and stored users are all
/// served the same function of their ratings.
pub(in crate::models) struct ExactFold {
    regularization: f64,
    confidence: Confidence,
    /// QᵀQ + λI of the items, computed on first use.
    shared: OnceLock<Squares>,
}

impl ExactFold {
    pub fn new(confidence: Confidence, regularization: f64) -> Self {
        Self {
            regularization,
            confidence,
            shared: OnceLock::new(),
        }
    }
}

/// QᵀQ + λI, summed in the order of the rows. O(n·d²).
pub(super) fn gram(factors: &Factors, n: usize, regularization: f64, cancel: &Cancel) -> Result<Squares, Cancelled> {
    let width = factors.width();
    let mut squares = Squares::zero(width);
    let mut block = Vec::new();
    for first in (0..n).step_by(64) {
        cancel.check()?;
        block.clear();
        (first..n.min(first + 64)).for_each(|at| factors.push_row(at, &mut block));
        squares.add(&block, |_| 1.0, cancel)?;
    }
    squares.add_to_diagonal(regularization);
    Ok(squares)
}

impl FoldIn for ExactFold {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        let shared = if let Some(shared) = self.shared.get() {
            shared
        } else {
            let computed = gram(&learned.items, learned.n_items(), self.regularization, cancel)?;
            self.shared.get_or_init(|| computed)
        };
        let row = ratings.iter().map(|(item, r)| (item.0, self.confidence.of(*r)));
        let mut solved = Solved::room(learned.n_factors());
        solved.solve(shared, &learned.items, row, cancel)?;
        Ok(Folded::new(solved.solution.clone(), 0.0, move |q| solved.shares(q)))
    }

    fn is_training(&self) -> bool {
        true
    }

    fn needs_ratings(&self) -> bool {
        true
    }

    /// All-zero factors are a minimum where λ exceeds alpha times the largest singular value of the binary matrix, which is
    /// at least the square root of the largest number of ratings of an item.
    fn note(&self, learned: &Learned, dataset: &Dataset) -> Option<String> {
        (dataset.n_ratings() > 0 && learned.items.is_zero()).then(|| {
            let max_ratings = dataset
                .items()
                .map(|item| dataset.item_row(item).len())
                .max()
                .unwrap_or(1);
            let smaller_reg = self.confidence.alpha * (max_ratings as f64).sqrt() / 4.0;
            format!(
                "als learned nothing from so few ratings: reg={} draws all factors to 0, and so all scores; try \
                 als:reg={smaller_reg:.1}",
                self.regularization,
            )
        })
    }
}

/// A solved row: p = A⁻¹ Σ c⁺ q with A = QᵀQ + λI + Σ (|c| − 1) q qᵀ, over the row's entries (c⁺ = max(c, 0)).
pub(super) struct Solved {
    /// The factors of the entries, row by row.
    rows: Vec<f64>,
    ids: Vec<u32>,
    confidences: Vec<f64>,
    system: Cholesky,
    panels: Panels,
    pub solution: Vec<f64>,
}

impl Solved {
    /// Room for a row of `width` factors.
    pub fn room(width: usize) -> Self {
        Self {
            rows: Vec::new(),
            ids: Vec::new(),
            confidences: Vec::new(),
            system: Squares::zero(width).factorize(),
            panels: Panels::default(),
            solution: vec![0.0; width],
        }
    }

    /// Solves the row whose entries are `(index in factors, c)`. O(n·d² + d³).
    pub fn solve(
        &mut self,
        shared: &Squares,
        factors: &Factors,
        row: impl Iterator<Item = (u32, f64)>,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        self.ids.clear();
        self.confidences.clear();
        for (at, confidence) in row {
            self.ids.push(at);
            self.confidences.push(confidence);
        }
        self.rows.resize(self.ids.len() * factors.width(), 0.0);
        run_wide(Gather {
            factors,
            ids: &self.ids,
            confidences: &self.confidences,
            rows: &mut self.rows,
            sum: &mut self.solution,
        });
        let mut squares = std::mem::replace(&mut self.system, Squares::zero(0).factorize()).into_room();
        let confidences = &self.confidences;
        let entries = (&*self.rows, |k: usize| confidences[k].abs() - 1.0);
        squares.of_sum(shared, entries, &mut self.panels, cancel)?;
        self.system = squares.factorize();
        cancel.check()?;
        self.system.solve(&mut self.solution);
        Ok(())
    }

    /// c⁺·q_iᵀA⁻¹q_j for every entry j. O(d² + n·d).
    fn shares(&self, item_factors: &[f64]) -> Vec<f64> {
        let mut direction = item_factors.to_vec();
        self.system.solve(&mut direction);
        let rows = self.rows.chunks_exact(direction.len()).zip(&self.confidences);
        rows.map(|(row, c)| c.max(0.0) * dot(&direction, row)).collect()
    }
}

/// Copies the rows of the entries, and adds them up by their confidences: Σ c⁺ q.
struct Gather<'a> {
    factors: &'a Factors,
    ids: &'a [u32],
    confidences: &'a [f64],
    rows: &'a mut [f64],
    sum: &'a mut [f64],
}

impl Kernel for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.sum.fill(0.0);
        let rows = self.rows.chunks_exact_mut(self.factors.width());
        for (k, ((row, id), confidence)) in rows.zip(self.ids).zip(self.confidences).enumerate() {
            if let Some(soon) = self.ids.get(k + AHEAD) {
                self.factors.ask_for(*soon as usize);
            }
            self.factors.read_row(*id as usize, row);
            add(self.sum, confidence.max(0.0), row);
        }
    }
}
