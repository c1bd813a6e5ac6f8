use std::sync::{Arc, OnceLock};

use super::Baselines;
use super::lanes::{Accumulated, Lanes};
use super::pair::{InCommon, PairArithmetic};
use super::rows::{EditedRows, QueryRow, Rows, Side, SideStats};
use super::similarity::{Measure, SIMILARITIES, Similarity};
use crate::data::{Dataset, Edits, ItemIx, Row, UserIx, Values};
use crate::models::Profile;
use crate::task::{Cancel, Cancelled, Pool};

/// A row that is like another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Neighbor {
    /// The index of the user or the item.
    pub index: u32,
    /// How alike they are; may be zero or negative.
    pub similarity: f64,
    /// How many entries both rated.
    pub support: u32,
}

/// Keeps the `n` most similar, highest first; ties in the order of the file.
pub fn rank_neighbors(neighbors: &mut Vec<Neighbor>, n: usize) {
    if n > 0 && n < neighbors.len() {
        neighbors.select_nth_unstable_by(n - 1, by_similarity);
    }
    neighbors.truncate(n);
    neighbors.sort_unstable_by(by_similarity);
}

/// The `n` most similar of `neighbors`, in the order of [`rank_neighbors`]. O(neighbors).
pub fn best_neighbors(neighbors: impl IntoIterator<Item = Neighbor>, n: usize) -> Vec<Neighbor> {
    let room = n.saturating_mul(2).max(64);
    let mut best: Vec<Neighbor> = Vec::new();
    // Those that come before the n-th so far; once there are n, nothing behind it is looked at twice.
    let mut last: Option<Neighbor> = None;
    for neighbor in neighbors {
        if last.is_none_or(|last| by_similarity(&neighbor, &last).is_lt()) {
            best.push(neighbor);
        }
        if best.len() >= room {
            best.select_nth_unstable_by(n.max(1) - 1, by_similarity);
            best.truncate(n);
            last = best.last().copied();
        }
    }
    rank_neighbors(&mut best, n);
    best
}

/// Highest first; ties in the order of the file.
pub(super) fn by_similarity(a: &Neighbor, b: &Neighbor) -> std::cmp::Ordering {
    b.similarity.total_cmp(&a.similarity).then(a.index.cmp(&b.index))
}

/// The similarity of a profile to every user that has one, highest first; never to its own stored row.
///
/// `baselines` are needed for pearson-baseline and fitted where they are not given. Costs one pass over the data for what is
/// known of whole rows, then O(Σ raters of the rated items); [`NeighborSearch`] keeps what can be kept.
pub fn neighbors_of_profile(
    data: &Dataset,
    profile: &Profile,
    measure: Measure,
    baselines: Option<&Baselines>,
    cancel: &Cancel,
) -> Result<Vec<Neighbor>, Cancelled> {
    let fitted = fit_if_missing(data, measure, baselines, cancel)?;
    let baselines = fitted.as_ref().or(baselines);
    let stats = SideStats::of(data, Side::Users);
    let alone = (&Pool::default(), cancel);
    of_profile(data, &stats, baselines, profile, measure, alone).map(ranked)
}

/// The similarity of an item, as rated under the edits, to every item that has one, highest first.
///
/// As [`neighbors_of_profile`] the other way round: costs O(Σ ratings of its raters).
pub fn neighbors_of_item(
    data: &Dataset,
    edits: &Edits,
    item: ItemIx,
    measure: Measure,
    baselines: Option<&Baselines>,
    cancel: &Cancel,
) -> Result<Vec<Neighbor>, Cancelled> {
    let fitted = fit_if_missing(data, measure, baselines, cancel)?;
    let baselines = fitted.as_ref().or(baselines);
    let stats = SideStats::of(data, Side::Items);
    let alone = (&Pool::default(), cancel);
    of_item(data, &stats, baselines, edits, item, measure, alone).map(ranked)
}

fn fit_if_missing(
    data: &Dataset,
    measure: Measure,
    given: Option<&Baselines>,
    cancel: &Cancel,
) -> Result<Option<Baselines>, Cancelled> {
    if given.is_none() && measure.similarity.needs_baselines() {
        return Baselines::fit(data, cancel).map(Some);
    }
    Ok(None)
}

fn of_profile(
    data: &Dataset,
    stats: &SideStats,
    baselines: Option<&Baselines>,
    profile: &Profile,
    measure: Measure,
    task: (&Pool, &Cancel),
) -> Result<Vec<Neighbor>, Cancelled> {
    let baselines = baselines.filter(|_| measure.similarity.needs_baselines());
    let overlay = EditedRows::new(data, Side::Users, profile.overlay(), baselines);
    let rows = rows_for((data, Side::Users, stats, baselines), &overlay, measure.similarity);
    compare(&rows, &rows.profile(profile), measure, task)
}

fn of_item(
    data: &Dataset,
    stats: &SideStats,
    baselines: Option<&Baselines>,
    edits: &Edits,
    item: ItemIx,
    measure: Measure,
    task: (&Pool, &Cancel),
) -> Result<Vec<Neighbor>, Cancelled> {
    let baselines = baselines.filter(|_| measure.similarity.needs_baselines());
    let overlay = EditedRows::new(data, Side::Items, edits, baselines);
    let rows = rows_for((data, Side::Items, stats, baselines), &overlay, measure.similarity);
    compare(&rows, &rows.subject(item.0), measure, task)
}

fn ranked(mut neighbors: Vec<Neighbor>) -> Vec<Neighbor> {
    rank_neighbors(&mut neighbors, usize::MAX);
    neighbors
}

/// The rows of a side as `similarity` sees them: under the edits, through baselines only where it asks for them.
fn rows_for<'a>(
    (data, side, stats, baselines): (&'a Dataset, Side, &'a SideStats, Option<&'a Baselines>),
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

/// A pair by `measure`, and by every other similarity with its defaults. What both rated is looked up once for each of the
/// three ways of seeing ratings: as they are, centered, and through baselines.
fn compare_pair(
    (data, side, stats, baselines): (&Dataset, Side, &SideStats, &Baselines),
    edits: &Edits,
    subject: &dyn Fn(&Rows<'_>) -> QueryRow,
    other: u32,
    measure: Measure,
) -> PairArithmetic {
    let seen = (data, side, stats, Some(baselines));
    let overlays = [None, Some(baselines)].map(|b| EditedRows::new(data, side, edits, b));
    let ways = [Similarity::Cosine, Similarity::Pearson, Similarity::PearsonBaseline];
    let rows = ways.map(|similarity| rows_for(seen, &overlays[usize::from(similarity.needs_baselines())], similarity));
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

fn compare(
    rows: &Rows<'_>,
    subject: &QueryRow,
    measure: Measure,
    (pool, cancel): (&Pool, &Cancel),
) -> Result<Vec<Neighbor>, Cancelled> {
    let mut sums = rows.room(&subject.entries, measure.similarity);
    accumulate_by(rows, &subject.entries, &mut sums, pool, cancel)?;
    Ok(evaluate(rows, subject, measure, &sums))
}

/// Sums over the co-rated entries of `entries` with every row: for each entry, all who rated it. For any one row the
/// entries come in ascending order, so that the sums of a pair are the same bits from either of its rows.
pub(super) fn accumulate(
    rows: &Rows<'_>,
    entries: &[(u32, f64)],
    into: &mut Accumulated,
    cancel: &Cancel,
) -> Result<(), Cancelled> {
    for &(entry, rating) in entries {
        let offset = rows.offset(entry);
        let line = rows.line(entry);
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

/// So many co-rated entries are worth the trouble of waking another thread.
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
    // Every so-many-th entry: long and short lines are spread evenly.
    let parts = pool.try_map(threads, |thread| {
        let mut part = sums.like();
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
    // One loop for each way that values are stored: the choice must not be made in the loop.
    match line.values {
        Values::Coded8(codes, table) => {
            for (&id, &code) in line.ids.iter().zip(codes) {
                lanes[id as usize].add(x, table[code as usize] - offset);
            }
        }
        Values::Coded16(codes, table) => {
            for (&id, &code) in line.ids.iter().zip(codes) {
                lanes[id as usize].add(x, table[code as usize] - offset);
            }
        }
        Values::Exact(values) => {
            for (&id, &value) in line.ids.iter().zip(values) {
                lanes[id as usize].add(x, value - offset);
            }
        }
    }
}

/// The similarity of the subject to every other row that has one, in the order of the file.
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

/// Neighbors of anybody in one dataset, keeping between questions what does not depend on them. For panes.
#[derive(Debug)]
pub struct NeighborSearch {
    data: Arc<Dataset>,
    users: OnceLock<SideStats>,
    items: OnceLock<SideStats>,
    baselines: OnceLock<Baselines>,
}

impl NeighborSearch {
    /// Nothing is computed until it is asked for.
    pub fn new(data: Arc<Dataset>) -> Self {
        Self {
            data,
            users: OnceLock::new(),
            items: OnceLock::new(),
            baselines: OnceLock::new(),
        }
    }

    /// Whether the baselines are fitted already.
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

    fn needed(&self, measure: Measure, cancel: &Cancel) -> Result<Option<&Baselines>, Cancelled> {
        let needed = measure.similarity.needs_baselines();
        needed.then(|| self.baselines(cancel)).transpose()
    }

    fn stats(&self, side: Side) -> &SideStats {
        let kept = match side {
            Side::Users => &self.users,
            Side::Items => &self.items,
        };
        kept.get_or_init(|| SideStats::of(&self.data, side))
    }

    /// How many ratings a stored row has, and their mean; `None` for none. O(1) after the first.
    pub fn summary(&self, side: Side, row: u32) -> (usize, Option<f64>) {
        let known = self.stats(side).row(row);
        (known.n as usize, (known.n > 0.0).then(|| known.mean()))
    }

    /// As [`neighbors_of_profile`].
    pub fn of_profile(&self, profile: &Profile, measure: Measure, cancel: &Cancel) -> Result<Vec<Neighbor>, Cancelled> {
        let alone = Pool::default();
        self.all_of_profile(profile, measure, (&alone, cancel)).map(ranked)
    }

    /// As [`neighbors_of_profile`], but in the order of the file, on the threads of a pool.
    pub fn all_of_profile(
        &self,
        profile: &Profile,
        measure: Measure,
        task: (&Pool, &Cancel),
    ) -> Result<Vec<Neighbor>, Cancelled> {
        let baselines = self.needed(measure, task.1)?;
        let (data, stats) = (&self.data, self.stats(Side::Users));
        of_profile(data, stats, baselines, profile, measure, task)
    }

    /// As [`neighbors_of_item`].
    pub fn of_item(
        &self,
        edits: &Edits,
        item: ItemIx,
        measure: Measure,
        cancel: &Cancel,
    ) -> Result<Vec<Neighbor>, Cancelled> {
        let alone = Pool::default();
        self.all_of_item(edits, item, measure, (&alone, cancel)).map(ranked)
    }

    /// As [`neighbors_of_item`], but in the order of the file, on the threads of a pool.
    pub fn all_of_item(
        &self,
        edits: &Edits,
        item: ItemIx,
        measure: Measure,
        task: (&Pool, &Cancel),
    ) -> Result<Vec<Neighbor>, Cancelled> {
        let baselines = self.needed(measure, task.1)?;
        of_item(
            &self.data,
            self.stats(Side::Items),
            baselines,
            edits,
            item,
            measure,
            task,
        )
    }

    /// How the similarity of a profile to a stored user comes about, both as they are under the profile's edits.
    pub fn pair_with_user(
        &self,
        profile: &Profile,
        user: UserIx,
        measure: Measure,
        cancel: &Cancel,
    ) -> Result<PairArithmetic, Cancelled> {
        let seen = (
            &*self.data,
            Side::Users,
            self.stats(Side::Users),
            self.baselines(cancel)?,
        );
        let subject = |rows: &Rows<'_>| rows.profile(profile);
        Ok(compare_pair(seen, profile.overlay(), &subject, user.0, measure))
    }

    /// How the similarity of two items comes about.
    pub fn pair_of_items(
        &self,
        edits: &Edits,
        a: ItemIx,
        b: ItemIx,
        measure: Measure,
        cancel: &Cancel,
    ) -> Result<PairArithmetic, Cancelled> {
        let seen = (
            &*self.data,
            Side::Items,
            self.stats(Side::Items),
            self.baselines(cancel)?,
        );
        let subject = |rows: &Rows<'_>| rows.subject(a.0);
        Ok(compare_pair(seen, edits, &subject, b.0, measure))
    }
}
