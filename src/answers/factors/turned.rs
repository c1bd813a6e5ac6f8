use std::sync::Arc;

use super::fitted::{fitted_factors, latent};
use crate::answers::{AnswerError, World};
use crate::data::{Dataset, ItemIx};
use crate::latent::{Points, Rotation, varimax};
use crate::models::{Formula, LatentFactors};
use crate::task::Cancel;

/// Items with fewer ratings are left out, unless that left fewer than [`ENOUGH`].
const LEAST_RATINGS: usize = 20;
const ENOUGH: usize = 100;
/// The factors of those items that many have rated: their loadings are not chance.
pub(super) struct Supported {
    pub items: Vec<ItemIx>,
    pub least_count: usize,
    pub loadings: Points,
}

impl Supported {
    /// Items with 20 ratings and more; where these are fewer than 100, the 100 with the most.
    pub fn of(data: &Dataset, known: &dyn LatentFactors) -> Self {
        let mut counts: Vec<usize> = data.items().map(|item| data.item_row(item).len()).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let enough = counts.get(ENOUGH - 1).or(counts.last()).copied().unwrap_or(0);
        let least_count = enough.clamp(1, LEAST_RATINGS);
        let counted = data.items().filter(|item| data.item_row(*item).len() >= least_count);
        let (items, rows): (Vec<ItemIx>, Vec<Vec<f64>>) = counted.filter_map(|i| Some((i, known.item(i)?))).unzip();
        Self {
            items,
            least_count,
            loadings: Points::of(known.n_factors(), rows),
        }
    }

    /// The loadings along other axes.
    pub fn turned(&self, rotation: Option<&Rotation>) -> Points {
        match rotation {
            Some(rotation) => self.loadings.map(self.loadings.width(), |row| rotation.apply(row)),
            None => self.loadings.clone(),
        }
    }
}

/// The rotation of a fitted model's factors by varimax over the items that many have rated; computed once a fit.
pub(super) fn rotation(world: &World, formula: &Formula, cancel: &Cancel) -> Result<Arc<Rotation>, AnswerError> {
    let key = ("varimax", formula.to_string());
    world.lasting(&key, cancel, || {
        let model = fitted_factors(world, formula)?;
        let loadings = Supported::of(&world.dataset, latent(&model, formula)?).loadings;
        Ok(varimax(&loadings, cancel)?)
    })
}
