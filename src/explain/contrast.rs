//! The difference of two explanations, leaf by leaf.

use std::collections::BTreeMap;

use crate::data::ItemIx;
use crate::models::{About, Explanation, NoScore, PartKind, Serving};

/// A leaf that is in both explanations, or in one of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Contrast {
    /// The components of a hybrid that it belongs to, the outermost first; none for a lone model.
    pub above: Vec<String>,
    /// The leaf, of the first tree that has it.
    pub part: Explanation,
    /// Its share of the first score; 0 where it is not in that tree.
    pub first: f64,
    pub second: f64,
}

impl Contrast {
    /// The first share minus the second.
    pub fn difference(&self) -> f64 {
        self.first - self.second
    }
}

/// The [`contrast`] of two scores; empty where one of them does not exist. Of factor models, whose factors mean nothing to a
/// reader, the explanations by history are compared.
pub fn contrast_of(first: (&Serving, ItemIx), second: (&Serving, ItemIx)) -> Vec<Contrast> {
    let tree = |(serving, item): (&Serving, ItemIx)| readable(serving, item).ok();
    let own = (&About::Item(first.1), &About::Item(second.1));
    let trees = tree(first).zip(tree(second));
    trees.map_or_else(Vec::new, |(first, second)| contrast(&first, &second, own))
}

/// Why an item has its score, in parts that mean something to a reader: of factor models by history, as far as they know
/// such a view.
///
/// # Errors
/// It has no score.
pub fn readable(serving: &Serving, item: ItemIx) -> Result<Explanation, NoScore> {
    let usual = serving.explain(item)?;
    if has_factors(&usual) {
        return serving.explain_by(item, true);
    }
    Ok(usual)
}

fn has_factors(part: &Explanation) -> bool {
    part.kind == PartKind::Factor || part.children.iter().any(has_factors)
}

/// Matches the leaves of two trees; the largest differences come first, and they sum to that of the roots.
///
/// Leaves match if the components above them, their kind, label and reference are equal. `own` is the item that each tree
/// explains: references to it match each other.
pub fn contrast(first: &Explanation, second: &Explanation, own: (&About, &About)) -> Vec<Contrast> {
    let mut rows: BTreeMap<String, Contrast> = BTreeMap::new();
    let mut add = |above: &[&str], leaf: &Explanation, own: &About, shares: (f64, f64)| {
        let row = rows.entry(key(above, leaf, own)).or_insert_with(|| Contrast {
            above: above.iter().map(|name| (*name).to_owned()).collect(),
            part: neutral(leaf, own),
            first: 0.0,
            second: 0.0,
        });
        row.first += shares.0;
        row.second += shares.1;
    };
    leaves(first, &mut Vec::new(), &mut |above, leaf| {
        add(above, leaf, own.0, (leaf.value, 0.0));
    });
    leaves(second, &mut Vec::new(), &mut |above, leaf| {
        add(above, leaf, own.1, (0.0, leaf.value));
    });
    let mut rows: Vec<Contrast> = rows.into_values().collect();
    rows.sort_by(|a, b| b.difference().abs().total_cmp(&a.difference().abs()));
    rows
}

/// A leaf that may stand for that of the other tree: not about the one item that its own tree explains.
fn neutral(leaf: &Explanation, own: &About) -> Explanation {
    let mut leaf = leaf.clone();
    if leaf.about == *own {
        leaf.about = About::Nothing;
        if leaf.label.is_empty() {
            leaf.label = "the item itself".into();
        }
    }
    leaf
}

/// What leaves are matched by.
fn key(above: &[&str], leaf: &Explanation, own: &About) -> String {
    let about = if leaf.about == *own {
        &About::Nothing
    } else {
        &leaf.about
    };
    format!("{above:?} {:?} {about:?} {}", leaf.kind, leaf.label)
}

/// Every leaf, with the names of the components between it and the root.
fn leaves<'a>(part: &'a Explanation, above: &mut Vec<&'a str>, found: &mut impl FnMut(&[&'a str], &'a Explanation)) {
    if part.children.is_empty() {
        return found(above, part);
    }
    for child in &part.children {
        let named = child.kind == PartKind::Component && !child.children.is_empty();
        if named {
            above.push(&child.label);
        }
        leaves(child, above, found);
        if named {
            above.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ItemIx;

    fn tree(parts: &[(u32, f64)], bias: f64, own: u32) -> Explanation {
        let rated = parts
            .iter()
            .map(|(item, share)| Explanation::rated(ItemIx(*item), *share));
        let bias = Explanation::leaf(PartKind::Bias, "item bias", About::Item(ItemIx(own)), bias);
        let parts: Vec<Explanation> = rated.chain([bias]).collect();
        let sum = parts.iter().map(|part| part.value).sum();
        Explanation::of_model("test", sum).of_parts(parts)
    }

    #[test]
    fn parts_are_matched_and_their_differences_sum_to_that_of_the_scores() {
        let (a, b) = (
            tree(&[(1, 0.5), (2, 0.25)], 1.0, 8),
            tree(&[(2, 0.5), (3, 2.0)], 0.5, 9),
        );
        let own = (&About::Item(ItemIx(8)), &About::Item(ItemIx(9)));
        let rows = contrast(&a, &b, own);
        let differences: Vec<f64> = rows.iter().map(Contrast::difference).collect();
        assert_eq!(differences, [-2.0, 0.5, 0.5, -0.25]);
        assert_eq!(differences.iter().sum::<f64>(), a.value - b.value);
        let mirrored: Vec<f64> = contrast(&b, &a, (own.1, own.0))
            .iter()
            .map(Contrast::difference)
            .collect();
        assert_eq!(mirrored, [2.0, -0.5, -0.5, 0.25]);
        assert!(
            contrast(&a, &a, (own.0, own.0))
                .iter()
                .all(|row| row.difference() == 0.0)
        );
    }

    /// Of every model and every two items that it scores for somebody.
    #[test]
    fn contrasts_sum_to_the_difference_of_the_scores_whatever_the_model() {
        use crate::explain::tests_common::{Opened, formulas, small};
        let data = small();
        let (mut models, mut pairs) = (0, 0);
        for formula in formulas() {
            let Some(opened) = Opened::of(&data, &formula, 1) else {
                continue;
            };
            models += 1;
            for user in data.users().take(4) {
                let serving = opened.serve(&crate::models::Profile::of_user(&data, user));
                for (one, other) in data.items().zip(data.items().skip(3)) {
                    let (Ok(first), Ok(second)) = (serving.score(one), serving.score(other)) else {
                        continue;
                    };
                    let rows = contrast_of((&serving, one), (&serving, other));
                    let mirrored = contrast_of((&serving, other), (&serving, one));
                    let sum: f64 = rows.iter().map(Contrast::difference).sum();
                    let size: f64 = rows.iter().map(|row| row.first.abs() + row.second.abs()).sum();
                    let what = format!("{formula}, {user:?}, {one:?} and {other:?}: {sum}, {first}, {second}");
                    assert!((sum - (first - second)).abs() <= 1e-6 * size.max(1.0), "{what}");
                    let swapped = |rows: &[Contrast]| rows.iter().map(|r| (r.second, r.first)).collect::<Vec<_>>();
                    let plain: Vec<(f64, f64)> = rows.iter().map(|r| (r.first, r.second)).collect();
                    assert_eq!(swapped(&mirrored), plain, "{what}");
                    pairs += 1;
                }
            }
        }
        assert!(models > 20 && pairs > 500, "{models} {pairs}");
    }
}
