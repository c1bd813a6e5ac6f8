use crate::data::ItemIx;
use crate::models::{About, Explanation, PartKind, Serving};

/// The share of each row of the profile in the score of `item`, as far as the model attributes it to ratings; `None` where
/// it does not.
pub(super) fn shares(serving: &Serving, item: ItemIx) -> Option<Vec<f64>> {
    let rows = serving.profile().rows();
    let mut shares = vec![0.0; rows.len()];
    let mut any = false;
    let mut add = |part: &Explanation| {
        let About::Item(rated) = part.about else {
            return;
        };
        if let Ok(at) = rows.binary_search_by_key(&rated, |row| row.item) {
            shares[at] += part.value;
            any = true;
        }
    };
    rated_parts(&serving.explain_by(item, true).ok()?, &mut add);
    any.then_some(shares)
}

fn rated_parts(part: &Explanation, found: &mut impl FnMut(&Explanation)) {
    if part.kind == PartKind::Rated {
        found(part);
    } else {
        part.children.iter().for_each(|child| rated_parts(child, found));
    }
}
