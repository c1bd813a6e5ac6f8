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
    pub items: Half<F>,
    pub users: Half<F>,
}

/// The embeddings of items or of users, and the tower that reads them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Half<F> {
    /// By item or user; 0 for those not trained.
    pub ids: Matrix<F>,
    /// By term of their metadata.
    pub terms: Matrix<F>,
    /// Its input: an item's embedding plus those of its terms; or the mean of the history's item inputs plus the
    /// embeddings of the user and the user's terms.
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
    /// Random initial values; 0 for items and users that are not to be trained.
    pub fn random(shape: Shape, descriptions: &Descriptions, items: &[bool], users: &[bool], seed: u64) -> Self {
        let mut random = Pcg64::seed_from_u64(seed);
        let width = shape.factors;
        let mut table = |rows: usize, is_trained: &dyn Fn(usize) -> bool| {
            let mut table = Matrix::zeros(rows, width);
            for at in (0..rows).filter(|at| is_trained(*at)) {
                for x in table.row_mut(at) {
                    let normal: f64 = StandardNormal.sample(&mut random);
                    *x = F::of(FIRST_DEVIATION * normal);
                }
            }
            table
        };
        let item_ids = table(items.len(), &|at| items[at]);
        let item_terms = table(descriptions.items.vocabulary().len(), &|_| true);
        let user_ids = table(users.len(), &|at| users[at]);
        let user_terms = table(descriptions.users.vocabulary().len(), &|_| true);
        let widths = match shape.hidden {
            0 => vec![width, width],
            hidden => vec![width, hidden, width],
        };
        let mut half = |ids, terms| Half {
            ids,
            terms,
            tower: Tower::random(&widths, shape.activation, &mut random),
        };
        Self {
            items: half(item_ids, item_terms),
            users: half(user_ids, user_terms),
        }
    }

    pub fn matrices(&self) -> impl Iterator<Item = &Matrix<F>> {
        let halves = [&self.items, &self.users].into_iter();
        halves.flat_map(|half| [&half.ids, &half.terms].into_iter().chain(half.tower.matrices()))
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
