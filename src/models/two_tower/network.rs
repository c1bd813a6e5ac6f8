//! Both towers, their embeddings, and the metadata they read.

use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::matrix::{Matrix, Real};
use super::tower::{Activation, Tower};
use crate::data::Dataset;
use crate::models::content::Features;
use crate::models::wide::add;
use crate::task::{Cancel, Cancelled};

/// Both towers with their embeddings.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Network<F> {
    /// Its ids are the items; an item's input is its own embedding plus those of its terms.
    pub items: Half<F>,
    /// It has one id, which all users share; a user's input is the weighted mean of the history's item inputs, plus that
    /// id's embedding, plus those of the user's terms.
    pub users: Half<F>,
    /// By item, in one column: what is added to the product of the two outputs.
    pub biases: Matrix<F>,
}

/// The embeddings of one side, and the tower that reads them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Half<F> {
    /// 0 for what is not trained.
    pub ids: Matrix<F>,
    /// By term of the metadata.
    pub terms: Matrix<F>,
    pub tower: Tower<F>,
}

/// The metadata of items and users: unit vectors of terms.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Descriptions {
    pub items: Features,
    /// Age brackets, gender, occupation, … by user.
    pub users: Features,
}

impl Descriptions {
    /// Reads the metadata. Terms of fewer than `min` items (or users) are left out.
    pub fn of(dataset: &Dataset, min: usize, cancel: &Cancel) -> Result<Self, Cancelled> {
        Ok(Self {
            items: Features::of_catalog(dataset, |_| 1.0, min, cancel)?,
            users: Features::of_users(dataset, min, cancel)?,
        })
    }
}

/// The sizes of a network.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The width of embeddings and of the towers' output.
    pub factors: usize,
    /// The width of a hidden layer in each tower; 0 for none.
    pub hidden: usize,
    pub activation: Activation,
}

const FIRST_DEVIATION: f64 = 0.1;

impl<F: Real> Network<F> {
    /// Random embeddings of the items that have ratings, of which `counts` says how many; those of all else start at 0. A
    /// bias starts at ln((count + 1) / (ratings + items)), the share of the ratings that an item is expected to get.
    pub fn random(shape: Shape, descriptions: &Descriptions, counts: &[u32], seed: u64) -> Self {
        let mut random = Pcg64::seed_from_u64(seed);
        let width = shape.factors;
        let mut ids = Matrix::zeros(counts.len(), width);
        for at in (0..counts.len()).filter(|at| counts[*at] > 0) {
            for x in ids.row_mut(at) {
                let normal: f64 = StandardNormal.sample(&mut random);
                *x = F::of(FIRST_DEVIATION * normal);
            }
        }
        let terms = |features: &Features| Matrix::zeros(features.vocabulary().len(), width);
        let total: f64 = counts.iter().map(|count| f64::from(*count) + 1.0).sum();
        let bias = |count: &u32| F::of(((f64::from(*count) + 1.0) / total).ln());
        let mut half = |ids, terms| Half {
            ids,
            terms,
            tower: Tower::random(width, shape.hidden, shape.activation, &mut random),
        };
        Self {
            items: half(ids, terms(&descriptions.items)),
            users: half(Matrix::zeros(1, width), terms(&descriptions.users)),
            biases: Matrix {
                width: 1,
                numbers: counts.iter().map(bias).collect(),
            },
        }
    }

    /// Items without ratings get the mean bias of the others: how popular they would be is not known.
    pub fn even_biases(&mut self, counts: &[u32]) {
        let rated = self.biases.numbers.iter().zip(counts).filter(|(_, count)| **count > 0);
        let (sum, n) = rated.fold((0.0, 0.0), |(sum, n), (bias, _)| (sum + bias.wide(), n + 1.0));
        let unrated = self
            .biases
            .numbers
            .iter_mut()
            .zip(counts)
            .filter(|(_, count)| **count == 0);
        unrated.for_each(|(bias, _)| *bias = F::of(sum / f64::max(n, 1.0)));
    }

    pub fn matrices(&self) -> impl Iterator<Item = &Matrix<F>> {
        let halves = [&self.items, &self.users].into_iter();
        let matrices = halves.flat_map(|half| [&half.ids, &half.terms].into_iter().chain(half.tower.matrices()));
        matrices.chain([&self.biases])
    }

    fn matrices_mut(&mut self) -> impl Iterator<Item = &mut Matrix<F>> {
        let halves = [&mut self.items, &mut self.users].into_iter();
        let matrices = halves.flat_map(|half| {
            [&mut half.ids, &mut half.terms]
                .into_iter()
                .chain(half.tower.matrices_mut())
        });
        matrices.chain([&mut self.biases])
    }

    /// Goes a share of the way to another network of the same sizes; all of it is the other one, bit for bit.
    pub fn approach(&mut self, other: &Self, share: f64) {
        if share >= 1.0 {
            self.clone_from(other);
            return;
        }
        let share = F::of(share);
        for (own, other) in self.matrices_mut().zip(other.matrices()) {
            for (x, y) in own.numbers.iter_mut().zip(&other.numbers) {
                *x += (*y - *x) * share;
            }
        }
    }

    pub fn is_finite(&self) -> bool {
        self.matrices().all(|m| m.numbers.iter().all(|x| x.is_finite()))
    }

    pub fn memory_bytes(&self) -> usize {
        self.matrices().map(|m| size_of::<F>() * m.numbers.capacity()).sum()
    }
}

impl<F: Real> Half<F> {
    /// Adds the embeddings of the terms of the item or user at `at`, weighted.
    #[inline]
    pub fn add_terms(&self, descriptions: &Features, at: u32, to: &mut [F]) {
        for (term, weight) in descriptions.row_at(at as usize) {
            add(to, F::of(weight), self.terms.row(term as usize));
        }
    }
}
