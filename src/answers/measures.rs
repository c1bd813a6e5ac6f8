//! All similarities of a pair side by side: what each says, and how near that makes the two among all others.

use serde::Serialize;

use super::{AnswerError, Entity, PairQuery, World, pair};
use crate::models::neighborhood::{Measure, Similarity};
use crate::task::Cancel;

/// Every similarity of a pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuresView {
    /// How many entries both rate.
    #[serde(skip)]
    pub support: u32,
    /// In the order of menus and help.
    pub ranks: Vec<MeasureRow>,
    /// What a single common entry makes of the measures over common entries; `null` for more of them.
    pub note: Option<String>,
}

/// What a similarity says of a pair.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasureRow {
    pub similarity: String,
    /// `null` where undefined.
    pub value: Option<f64>,
    /// Why it is undefined.
    pub reason: Option<String>,
    /// The place of the other among all that have this similarity to the subject, from 1; `null` where it is undefined,
    /// and where it was not asked for.
    pub rank: Option<usize>,
    /// Among how many.
    pub of: Option<usize>,
    /// What it looks at: whole rows, common entries only, or which entries are rated.
    pub looks_at: &'static str,
    #[serde(skip)]
    pub measure: Measure,
}

/// The similarities of a pair, the one asked for with its settings, the others with their defaults; without ranks.
/// O(ratings of both).
///
/// # Errors
/// As [`pair::compute`].
pub fn compute(world: &World, query: &PairQuery, cancel: &Cancel) -> Result<MeasuresView, AnswerError> {
    let detail = pair::arithmetic(world, query, cancel)?;
    let measure = |similarity: Similarity| {
        if similarity == query.measure.similarity {
            query.measure
        } else {
            similarity.into()
        }
    };
    let row = |(similarity, value): &(Similarity, Result<f64, crate::models::neighborhood::Undefined>)| MeasureRow {
        similarity: similarity.name().to_owned(),
        value: value.ok().filter(|v| v.is_finite()),
        reason: value.err().map(|why| why.to_string()),
        rank: None,
        of: None,
        looks_at: similarity.looks_at(),
        measure: measure(*similarity),
    };
    let ranks: Vec<MeasureRow> = detail.all.iter().map(row).collect();
    let one = detail.common.first().filter(|_| detail.support == 1);
    Ok(MeasuresView {
        support: detail.support,
        note: one.map(|entry| lone(entry.a, entry.b)),
        ranks,
    })
}

/// As [`compute`], with ranks: each measure looks for the neighbors of the subject among everybody. O(measures · ratings of
/// those that share an entry).
///
/// # Errors
/// As [`pair::compute`].
pub fn with_ranks(world: &World, query: &PairQuery, cancel: &Cancel) -> Result<MeasuresView, AnswerError> {
    let mut view = compute(world, query, cancel)?;
    let index = match query.other {
        Entity::User(user) => user.0,
        Entity::Item(item) => item.0,
    };
    for row in &mut view.ranks {
        let near = world.near_once(&query.subject, row.measure, cancel)?;
        row.of = Some(near.len());
        let own = near.iter().find(|n| n.index == index).map(|n| n.similarity);
        row.rank = own.map(|own| {
            // Ties in file order, as in the list of neighbors.
            let before = |n: &&crate::models::neighborhood::Neighbor| {
                n.similarity.total_cmp(&own).then(index.cmp(&n.index)).is_gt()
            };
            near.iter().filter(before).count() + 1
        });
    }
    Ok(view)
}

/// Why one common entry makes a cosine of 1 whatever the ratings are.
fn lone(a: f64, b: f64) -> String {
    use super::arithmetic::number;
    let squared = |x: f64| if x < 0.0 { format!("({})", number(x)) } else { number(x) };
    let (a_text, b_text) = (squared(a), squared(b));
    let product = if a * b == 0.0 {
        return format!(
            "one common rating, {a_text} and {b_text}: a rating of 0 has no direction, so cosine-common has nothing to \
             compare; pearson needs two"
        );
    } else if a * b > 0.0 {
        "1"
    } else {
        "-1"
    };
    format!(
        "one common rating: cosine-common is {a_text}·{b_text} / √({a_text}²·{b_text}²) = {product} whatever the two \
         ratings are, for on a line all numbers point one way or the other; pearson has no variance. Ask for a minimum \
         support, or shrink"
    )
}
