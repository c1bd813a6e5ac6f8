use std::sync::{Arc, OnceLock};

use super::Baselines;
use super::bootstrap::{Bootstrap, Significance};
use super::lanes::{Accumulated, Lanes};
use super::pair::{InCommon, PairArithmetic};
use super::rows::{EditedRows, QueryRow, Rows, Side, SideStats};
use super::similarity::{Measure, SIMILARITIES, Similarity};
use crate::data::{Dataset, Edits, ItemIx, Row, UserIx, Values};
use crate::models::Profile;
use crate::models::scores::{first_by, keep_first};
use crate::task::{Cancel, Cancelled, Pool};

/// A row that is similar to another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// The index of the user or the item.
    pub index: u32,
    /// May be zero or negative.
    pub similarity: f64,
    pub support: u32,
}

/// Keeps the `n` most similar, highest first; ties in file order.
pub fn rank_neighbors(neighbors: &mut Vec<Neighbor>, n: usize) {
    keep_first(neighbors, n, by_similarity);
}

/// The `n` most similar of `neighbors`, in the order of [`rank_neighbors`]. O(neighbors).
pub fn best_neighbors(neighbors: impl IntoIterator<Item = Neighbor>, n: usize) -> Vec<Neighbor> {
    first_by(neighbors, n, by_similarity)
}

/// Highest first; ties in file order.
pub(super) fn by_similarity(a: &Neighbor, b: &Neighbor) -> std::cmp::Ordering {
    b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index))
}

/// What is compared: the rows of a side of the data, their statistics, and the baselines where they are needed.
pub(super) type Compared<'a> = (&'a Dataset, Side, &'a SideStats, Option<&'a Baselines>);

/// The rows of a side as `similarity` sees them: under the edits, with baselines only where it needs them.
pub(super) fn rows_for<'a>(
    (data, side, stats, baselines): Compared<'a>,
    overlay: &'a EditedRows,
    similarity: Similarity,
) -> Rows<'a> {
    Rows {
        data,
        side,
        stats,
        overlay,
        baselines: baselines.filter(|_| similarity.needs_baselines()),
        center: stats.center_for(similarity),
    }
}

/// A pair by `measure`, and by every other similarity with its defaults. The co-rated entries are collected once for
/// each of the three offsets: none, the center, and baselines.
fn compare_pair(
    compared: Compared<'_>,
    edits: &Edits,
    subject: impl Fn(&Rows<'_>) -> QueryRow,
    other: u32,
    measure: Measure,
) -> PairArithmetic {
    let (data, side, _, baselines) = compared;
    let overlays = [None, baselines].map(|b| EditedRows::new(data, side, edits, b));
    let ways = [Similarity::Cosine, Similarity::Pearson, Similarity::PearsonBaseline];
    let rows = ways.map(|way| rows_for(compared, &overlays[usize::from(way.needs_baselines())], way));
    let common = rows.each_ref().map(|rows| InCommon::of(rows, subject(rows), other));
    let by = |similarity: Similarity| match (similarity.needs_baselines(), similarity.ignores_offsets()) {
        (true, _) => &common[2],
        (false, true) => &common[1],
        (false, false) => &common[0],
    };
    let all = SIMILARITIES.iter().map(|spec| {
        let is_own = spec.similarity == measure.similarity;
        let measure = if is_own { measure } else { spec.similarity.into() };
        (spec.similarity, by(spec.similarity).similarity(measure))
    });
    by(measure.similarity).arithmetic(measure, all.collect())
}

/// The significance of the similarity of `subject` to each of `others`.
fn significances(
    compared: Compared<'_>,
    edits: &Edits,
    subject: impl Fn(&Rows<'_>) -> QueryRow,
    others: &[u32],
    (measure, bootstrap): (Measure, Bootstrap),
    (pool, cancel): (&Pool, &Cancel),
) -> Result<Vec<Option<Significance>>, Cancelled> {
    let (data, side, _, baselines) = compared;
    let baselines = baselines.filter(|_| measure.similarity.needs_baselines());
    let overlay = EditedRows::new(data, side, edits, baselines);
    let rows = rows_for(compared, &overlay, measure.similarity);
    let subject = subject(&rows);
    pool.try_map(others.len(), |at| {
        cancel.check()?;
        let common = InCommon::of(&rows, subject.clone(), others[at]);
        Ok(common.significance(measure, bootstrap))
    })
}

/// The similarity of `subject` to every other row that has one, in file order; never to its own stored row. O(Σ raters
/// of the subject's entries).
pub(super) fn neighbors(
    compared: Compared<'_>,
    edits: &Edits,
    subject: impl Fn(&Rows<'_>) -> QueryRow,
    measure: Measure,
    (pool, cancel): (&Pool, &Cancel),
) -> Result<Vec<Neighbor>, Cancelled> {
    let (data, side, _, baselines) = compared;
    let baselines = baselines.filter(|_| measure.similarity.needs_baselines());
    let overlay = EditedRows::new(data, side, edits, baselines);
    let rows = rows_for(compared, &overlay, measure.similarity);
    let subject = subject(&rows);
    let mut sums = rows.accumulator(&subject.entries, measure.similarity);
    accumulate_by(&rows, &subject.entries, &mut sums, pool, cancel)?;
    Ok(evaluate(&rows, &subject, measure, &sums))
}

/// Sums over the co-rated entries of `entries` with every row, entry by entry over all its raters. For any one row the
/// entries come in ascending order, so that the sums of a pair are the same bits from either of its rows.
pub(super) fn accumulate(
    rows: &Rows<'_>,
    entries: &[(u32, f64)],
    into: &mut Accumulated,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    accumulate_lines((rows, |entry| rows.line(entry)), entries, into, cancel)
}

/// As [`accumulate`], with other lines: those of some rows alone, say.
pub(super) fn accumulate_lines<'a>(
    (rows, line_of): (&Rows<'_>, impl Fn(u32) -> Row<'a>),
    entries: &[(u32, f64)],
    into: &mut Accumulated,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    for &(entry, rating) in entries {
        let offset = rows.offset(entry);
        let line = line_of(entry);
        match into {
            Accumulated::Counts(lanes) => add_line(lanes, rating - offset, line, offset),
            Accumulated::Products(lanes) => add_line(lanes, rating - offset, line, offset),
            Accumulated::Grid(sums) => sums.add_line(rating, line),
            Accumulated::Full(lanes) => add_line(lanes, rating - offset, line, offset),
        }
        cancel.check()?;
    }
    Ok(())
}

/// Co-rated entries that make up for waking another thread.
const WORTH_SHARING: usize = if cfg!(test) { 8 } else { 1 << 20 };

/// As [`accumulate`], on the threads of `pool` where that gives the same bits and is worth it.
fn accumulate_by(
    rows: &Rows<'_>,
    entries: &[(u32, f64)],
    into: &mut Accumulated,
    pool: &Pool,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    let work: usize = entries.iter().map(|(entry, _)| rows.line(*entry).len()).sum();
    let threads = pool.threads().min(work / WORTH_SHARING);
    let Accumulated::Grid(sums) = into else {
        return accumulate(rows, entries, into, cancel);
    };
    if threads < 2 {
        return accumulate(rows, entries, into, cancel);
    }
    // Every `threads`-th entry: long and short lines are spread evenly.
    let parts = pool.try_map(threads, |thread| {
        let mut part = sums.empty_like();
        for &(entry, rating) in entries.iter().skip(thread).step_by(threads) {
            part.add_line(rating, rows.line(entry));
            cancel.check()?;
        }
        Ok(part)
    })?;
    for part in &parts {
        sums.merge(part);
    }
    Ok(())
}

fn add_line<L: Lanes>(lanes: &mut [L], x: f64, line: Row<'_>, offset: f64) {
    // One loop per encoding of the values: the branch must stay outside the loop.
    match line.values {
        Values::Coded8(codes, table) => add_all(lanes, x, line.ids, codes.iter().map(|c| table[*c as usize] - offset)),
        Values::Coded16(codes, table) => add_all(lanes, x, line.ids, codes.iter().map(|c| table[*c as usize] - offset)),
        Values::Exact(values) => add_all(lanes, x, line.ids, values.iter().map(|value| value - offset)),
    }
}

#[inline]
fn add_all<L: Lanes>(lanes: &mut [L], x: f64, ids: &[u32], values: impl Iterator<Item = f64>) {
    for (id, value) in ids.iter().zip(values) {
        lanes[*id as usize].add(x, value);
    }
}

/// The similarity of the subject to every other row that has one, in file order.
pub(super) fn evaluate(rows: &Rows<'_>, subject: &QueryRow, measure: Measure, sums: &Accumulated) -> Vec<Neighbor> {
    let population = rows.population();
    let mut neighbors = Vec::new();
    for index in (0..rows.len() as u32).filter(|i| Some(*i) != subject.row) {
        let pair = sums.at(index as usize);
        if pair.n > 0.0
            && let Ok(similarity) = measure.of(&pair, &subject.stats, &rows.stats(index), population)
        {
            neighbors.push(Neighbor {
                index,
                similarity,
                support: pair.n as u32,
            });
        }
    }
    neighbors
}

/// Neighbors of any user or item of one dataset, caching what does not depend on the question.
#[derive(Debug)]
pub struct NeighborSearch {
    data: Arc<Dataset>,
    users: OnceLock<SideStats>,
    items: OnceLock<SideStats>,
    baselines: OnceLock<Baselines>,
}

impl NeighborSearch {
    pub fn new(data: Arc<Dataset>) -> Self {
        Self {
            data,
            users: OnceLock::new(),
            items: OnceLock::new(),
            baselines: OnceLock::new(),
        }
    }

    /// Whether the baselines are fitted yet.
    pub fn has_baselines(&self) -> bool {
        self.baselines.get().is_some()
    }

    /// The baselines, fitted on first demand.
    pub fn baselines(&self, cancel: &Cancel) -> Result<&Baselines, Cancelled> {
        if let Some(fitted) = self.baselines.get() {
            return Ok(fitted);
        }
        let fitted = Baselines::fit(&self.data, cancel)?;
        Ok(self.baselines.get_or_init(|| fitted))
    }

    fn compared(&self, side: Side, with_baselines: bool, cancel: &Cancel) -> Result<Compared<'_>, Cancelled> {
        let baselines = with_baselines.then(|| self.baselines(cancel)).transpose()?;
        Ok((&self.data, side, self.stats(side), baselines))
    }

    fn stats(&self, side: Side) -> &SideStats {
        let kept = match side {
            Side::Users => &self.users,
            Side::Items => &self.items,
        };
        kept.get_or_init(|| SideStats::of(&self.data, side))
    }

    /// The number of a stored row's ratings and their mean; `None` without ratings. O(1) after the first call.
    pub fn summary(&self, side: Side, row: u32) -> (usize, Option<f64>) {
        let known = self.stats(side).row(row);
        (known.n as usize, (known.n > 0.0).then(|| known.mean()))
    }

    /// The similarity of a profile to every user that has one, in file order.
    pub fn all_of_profile(
        &self,
        profile: &Profile,
        measure: Measure,
        task: (&Pool, &Cancel),
    ) -> Result<Vec<Neighbor>, Cancelled> {
        let compared = self.compared(Side::Users, measure.similarity.needs_baselines(), task.1)?;
        neighbors(compared, profile.overlay(), |rows| rows.profile(profile), measure, task)
    }

    /// The similarity of an item, as rated under the edits, to every item that has one, in file order.
    pub fn all_of_item(
        &self,
        edits: &Edits,
        item: ItemIx,
        measure: Measure,
        task: (&Pool, &Cancel),
    ) -> Result<Vec<Neighbor>, Cancelled> {
        let compared = self.compared(Side::Items, measure.similarity.needs_baselines(), task.1)?;
        neighbors(compared, edits, |rows| rows.subject(item.0), measure, task)
    }

    /// The significance of the similarity of a profile to each of these users, in their order. O(users · draws · common
    /// entries), on the threads of a pool.
    pub fn significance_of_profile(
        &self,
        profile: &Profile,
        users: &[u32],
        (measure, bootstrap): (Measure, Bootstrap),
        task: (&Pool, &Cancel),
    ) -> Result<Vec<Option<Significance>>, Cancelled> {
        let compared = self.compared(Side::Users, measure.similarity.needs_baselines(), task.1)?;
        let subject = |rows: &Rows<'_>| rows.profile(profile);
        significances(compared, profile.overlay(), subject, users, (measure, bootstrap), task)
    }

    /// As [`NeighborSearch::significance_of_profile`], of an item to each of these items.
    pub fn significance_of_item(
        &self,
        edits: &Edits,
        item: ItemIx,
        items: &[u32],
        (measure, bootstrap): (Measure, Bootstrap),
        task: (&Pool, &Cancel),
    ) -> Result<Vec<Option<Significance>>, Cancelled> {
        let compared = self.compared(Side::Items, measure.similarity.needs_baselines(), task.1)?;
        let subject = |rows: &Rows<'_>| rows.subject(item.0);
        significances(compared, edits, subject, items, (measure, bootstrap), task)
    }

    /// The arithmetic of the similarity of a profile to a stored user, both under the profile's edits.
    pub fn pair_with_user(
        &self,
        profile: &Profile,
        user: UserIx,
        measure: Measure,
        cancel: &Cancel,
    ) -> Result<PairArithmetic, Cancelled> {
        let compared = self.compared(Side::Users, true, cancel)?;
        let subject = |rows: &Rows<'_>| rows.profile(profile);
        Ok(compare_pair(compared, profile.overlay(), subject, user.0, measure))
    }

    /// The arithmetic of the similarity of two items.
    pub fn pair_of_items(
        &self,
        edits: &Edits,
        a: ItemIx,
        b: ItemIx,
        measure: Measure,
        cancel: &Cancel,
    ) -> Result<PairArithmetic, Cancelled> {
        let compared = self.compared(Side::Items, true, cancel)?;
        Ok(compare_pair(compared, edits, |rows| rows.subject(a.0), b.0, measure))
    }
}
