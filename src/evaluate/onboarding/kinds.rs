//! Kinds of items: what is said of them, or where they lie in latent space.

use crate::data::{Attribute, AttributeKind, Dataset, ItemIx};
use crate::models::{FitError, FitStore, Formula, LatentFactors};
use crate::task::Task;

/// A kind of items has at least so many.
const LEAST_OF_A_KIND: usize = 5;
/// As many kinds at most.
const MOST_KINDS: usize = 40;

/// The items that somebody rated, those with the most ratings first.
pub(super) fn by_popularity(train: &Dataset) -> Vec<ItemIx> {
    let count = |item: &ItemIx| train.item_row(*item).len();
    let mut items: Vec<ItemIx> = train.items().filter(|item| count(item) > 0).collect();
    items.sort_by_key(|item| std::cmp::Reverse(count(item)));
    items
}

/// The column that tells kinds apart: genres where there are such.
pub fn kind_column(train: &Dataset) -> Option<&Attribute> {
    let columns = &train.item_attributes().columns;
    let named = |c: &&Attribute| {
        c.kind == AttributeKind::Names && (2..=train.n_items() / LEAST_OF_A_KIND).contains(&c.names().len())
    };
    let column = train.item_attributes().column("genre").filter(named);
    column.or_else(|| columns.iter().find(named))
}

/// Kinds of items by what is said of them, genres where there are such; else by their strongest factor.
pub(super) fn kinds(train: &Dataset, fits: &FitStore, task: &Task) -> Result<Vec<Vec<ItemIx>>, FitError> {
    let mut kinds: Vec<Vec<ItemIx>> = Vec::new();
    let popular = by_popularity(train);
    if let Some(column) = kind_column(train) {
        kinds.resize(column.names().len(), Vec::new());
        for item in popular {
            for (name, _) in column.terms(item.at()) {
                kinds[name as usize].push(item);
            }
        }
    } else {
        factors_of(fits, task, |factors| {
            kinds.resize(2 * factors.n_factors(), Vec::new());
            for item in popular {
                let factors = factors.item(item).unwrap_or_default();
                let strongest = factors
                    .iter()
                    .enumerate()
                    .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
                if let Some((at, factor)) = strongest {
                    kinds[2 * at + usize::from(*factor < 0.0)].push(item);
                }
            }
        })?;
    }
    kinds.retain(|items| items.len() >= LEAST_OF_A_KIND);
    // The largest; they stay in their order.
    let mut sizes: Vec<usize> = kinds.iter().map(Vec::len).collect();
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    let least = sizes.get(MOST_KINDS - 1).copied().unwrap_or(0);
    kinds.retain(|items| items.len() >= least);
    kinds.truncate(MOST_KINDS);
    Ok(kinds)
}

/// The latent space that questions are to cover.
pub(super) fn factors_of(fits: &FitStore, task: &Task, read: impl FnOnce(&dyn LatentFactors)) -> Result<(), FitError> {
    let unfit = || FitError::Unfit("als has no factors here, so questions cannot be chosen by them".to_owned());
    let formula = Formula::parse("als").map_err(|_| unfit())?;
    let model = fits.fit(&formula, task)?;
    read(model.factors().ok_or_else(unfit)?);
    Ok(())
}
