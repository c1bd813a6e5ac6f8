//! The graph: a hierarchical navigable small world (Malkov and Yashunin 2018).

use fast_hnsw::distance::Distance;
use fast_hnsw::{Builder, Hnsw, PruneStrategy};

use super::{Near, Points, Query, product};
use crate::task::{Cancelled, Report, Task};

/// The most links of a point in an upper layer: twice as many at the bottom is what the library has room for.
pub const MOST_LINKS: usize = 32;

/// How a graph is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// M: links of a point in each upper layer, 2 to [`MOST_LINKS`]; twice as many at the bottom.
    pub links: usize,
    /// How many nearest points are kept in mind where a new one is linked; at least `links`.
    pub ef_construction: usize,
    /// Of the layers that points reach.
    pub seed: u64,
}

/// A graph over points.
pub struct Graph {
    index: Hnsw<Angle>,
}

/// What links take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Links {
    /// In both directions, over all layers.
    pub links: u64,
    pub layers: usize,
    /// Bytes: 8 a link (whose, how far), 24 for each list and for each point's list of lists. The room that lists keep free,
    /// up to as much again, is not counted.
    pub bytes: u64,
}

/// 1 − product: on a sphere in the order of distances.
struct Angle;

impl Distance for Angle {
    #[inline]
    fn distance(&self, a: &[f32], b: &[f32]) -> f32 {
        1.0 - product(a, b)
    }
}

/// Points between two checks for cancellation.
const AT_ONCE: usize = 16;

impl Graph {
    /// Links all points, one after the other on one thread: the same seed gives the same graph.
    /// About O(n · ln n · `ef_construction` · factors).
    ///
    /// # Errors
    /// Cancelled.
    pub fn build(points: &Points, shape: Shape, task: &Task) -> Result<Self, Cancelled> {
        let links = shape.links.clamp(2, MOST_LINKS);
        let mut index = Builder::new()
            .m(links)
            .ef_construction(shape.ef_construction.max(links))
            // As the paper links, also where a point has too many.
            .prune_strategy(PruneStrategy::Heuristic)
            .capacity(points.len())
            .seed(shape.seed)
            .build(Angle);
        let all = points.len() as u64;
        for at in 0..points.len() {
            if at.is_multiple_of(AT_ONCE) {
                task.cancel.check()?;
                task.progress
                    .say(|| Report::of("building the graph", at as u64, all, "items"));
            }
            index.insert(points.row(at).to_vec());
        }
        Ok(Self { index })
    }

    /// The `k` nearest that are found when `ef` of them are kept in mind, the nearest first; `ef` at most, where that is less.
    pub fn search(&self, query: &Query, k: usize, ef: usize) -> Vec<Near> {
        let k = k.min(ef);
        if k == 0 {
            return Vec::new();
        }
        let found = self.index.search(&query.numbers, k, ef).into_iter();
        let near = |one: fast_hnsw::SearchResult| Near {
            at: one.id as u32,
            product: 1.0 - one.distance,
        };
        found.map(near).collect()
    }

    /// What its links take.
    pub fn links(&self) -> Links {
        let stats = self.index.stats();
        let links: usize = stats.layer_edges.iter().sum();
        let lists: usize = stats.layer_counts.iter().sum();
        Links {
            links: links as u64,
            layers: if self.index.is_empty() { 0 } else { stats.max_level + 1 },
            bytes: (8 * links + 24 * (lists + self.index.len())) as u64,
        }
    }
}
