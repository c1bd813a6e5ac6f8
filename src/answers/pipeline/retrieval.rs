//! What a graph of neighbors (HNSW) finds of the items that looking at all of them finds, how fast, and at what cost.

use std::collections::HashSet;
use std::time::Instant;

use serde::Serialize;

use crate::answers::factors::latent;
use crate::answers::{AnswerError, World};
use crate::data::UserIx;
use crate::models::{Formula, LatentFactors, Profile};
use crate::pipeline::retrieval::{Graph, Links, Near, Points, Query, Shape};
use crate::task::{Cancel, Report, Task, within};

/// So many users ask where nothing is said.
pub const USERS: usize = 500;
/// The list whose recall is always said.
pub const SHORT: usize = 10;
/// From this recall on a graph is taken for as good as looking at everything.
pub const ENOUGH: f64 = 0.95;
/// A product so little below that of the last exact neighbor is as near: 32 bits tell no more apart.
const TIE: f32 = 1e-6;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct RetrievalQuery {
    /// A model with factors.
    pub formula: Formula,
    /// M: links of an item in each upper layer of the graph, twice as many at the bottom.
    pub m: usize,
    /// How many nearest items are kept in mind while the graph is built.
    pub ef_construction: usize,
    /// The same while it is searched: a row each, ascending.
    pub ef: Vec<usize>,
    /// How many items are wanted.
    pub k: usize,
    /// How many users ask, chosen evenly over the file.
    pub users: usize,
}

/// How long a query takes on one thread, in microseconds. Differs from run to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Took {
    pub median_us: f64,
    pub p99_us: f64,
}

/// What is found with so many in mind.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RetrievalRow {
    pub ef: usize,
    /// The share of the ten nearest that is among the ten found, the mean over the users; nothing where fewer are kept in mind or
    /// wanted.
    pub recall_10: Option<f64>,
    /// The same of the nearest k.
    pub recall_k: Option<f64>,
    /// How far what was found is, divided by how far the exact one of the same rank is: the mean over ranks and users, 1 at
    /// best.
    pub distance_ratio: Option<f64>,
    #[serde(flatten)]
    pub took: Took,
}

/// From how many items on the graph would be faster.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Crossing {
    pub items: u64,
    /// The row that is meant: the least that finds enough.
    pub ef: usize,
}

/// The graph beside the exact answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RetrievalView {
    pub model: String,
    pub items: usize,
    /// Coordinates of a point: factors, bias, and one that makes distances of products.
    pub dimensions: usize,
    pub users: usize,
    pub of_users: usize,
    pub k: usize,
    pub m: usize,
    pub ef_construction: usize,
    pub seed: u64,
    /// Differs from run to run.
    pub build_seconds: f64,
    pub layers: usize,
    pub links: u64,
    /// Bytes an item: its vector, and its share of the links.
    pub vector_bytes: f64,
    pub link_bytes: f64,
    /// Looking at every item.
    pub exact: Took,
    pub rows: Vec<RetrievalRow>,
    /// Where looking at everything takes time in proportion to the items, and the graph to their logarithm; nothing where no row
    /// finds enough.
    pub faster_from: Option<Crossing>,
}

/// A graph that was built, for those who only ask it otherwise.
#[derive(Default)]
pub struct RetrievalLab {
    built: Option<Built>,
}

struct Built {
    model: String,
    shape: Shape,
    points: Points,
    graph: Graph,
    links: Links,
    seconds: f64,
}

impl RetrievalLab {
    /// Fits the model, builds the graph where the one that is there is another's, and asks. `partial` gets what is known so
    /// far, after every row. What-if edits play no part.
    ///
    /// # Errors
    /// A model without factors, or one that can't be fitted; settings out of range; nobody to ask; cancelled.
    pub fn compute(
        &mut self,
        world: &World,
        query: &RetrievalQuery,
        task: &Task,
        partial: &mut dyn FnMut(&RetrievalView),
    ) -> Result<RetrievalView, AnswerError> {
        check(query)?;
        let model = world.fit(&query.formula, task)?;
        let factors = latent(&model, &query.formula)?;
        let shape = Shape {
            links: query.m,
            ef_construction: query.ef_construction,
            seed: world.seed(),
        };
        let name = query.formula.to_string();
        let kept = self.built.take().filter(|b| b.model == name && b.shape == shape);
        let built = match kept {
            Some(built) => built,
            None => Built::new(world, name, factors, shape, task)?,
        };
        let view = built.ask(world, query, factors, task, partial);
        self.built = Some(built);
        view
    }
}

/// What the numbers may be.
fn check(query: &RetrievalQuery) -> Result<(), AnswerError> {
    let most = crate::pipeline::retrieval::MOST_LINKS;
    let wrong = if !(2..=most).contains(&query.m) {
        format!("m is from 2 to {most}")
    } else if !(query.m..=10_000).contains(&query.ef_construction) {
        "ef-construction is from m to 10000".to_owned()
    } else if query.ef.is_empty() || !query.ef.iter().all(|ef| (1..=1_000_000).contains(ef)) {
        "ef-search is from 1 to 1000000".to_owned()
    } else if query.k == 0 || query.users == 0 {
        "k and users are at least 1".to_owned()
    } else {
        return Ok(());
    };
    Err(AnswerError::Usage(wrong))
}

impl Built {
    fn new(
        world: &World,
        model: String,
        factors: &dyn LatentFactors,
        shape: Shape,
        task: &Task,
    ) -> Result<Self, AnswerError> {
        let points = Points::of(&world.dataset, factors);
        if points.is_empty() {
            return Err(AnswerError::Unfit(format!("{model} knows no item")));
        }
        let begun = Instant::now();
        let graph = Graph::build(&points, shape, task)?;
        Ok(Self {
            seconds: begun.elapsed().as_secs_f64(),
            links: graph.links(),
            model,
            shape,
            points,
            graph,
        })
    }

    fn ask(
        &self,
        world: &World,
        query: &RetrievalQuery,
        factors: &dyn LatentFactors,
        task: &Task,
        partial: &mut dyn FnMut(&RetrievalView),
    ) -> Result<RetrievalView, AnswerError> {
        let (points, items) = (&self.points, self.points.len());
        let data = &world.dataset;
        let rated: Vec<UserIx> = data.users().filter(|u| !data.user_row(*u).is_empty()).collect();
        let n = rated.len().min(query.users);
        let asking = (0..n).map(|k| rated[k * rated.len() / n]);
        let mut queries = Vec::with_capacity(n);
        for user in asking {
            task.cancel.check()?;
            queries.push(points.query(&factors.profile(&Profile::of_user(data, user))));
        }
        if queries.is_empty() {
            return Err(AnswerError::Unfit("nobody has rated anything: nobody asks".to_owned()));
        }
        let k = query.k.min(items);
        let (exact, took) = timed(&queries, &task.cancel, |query| points.exact(query, k))?;
        let mut view = RetrievalView {
            model: self.model.clone(),
            items,
            dimensions: points.dimensions(),
            users: queries.len(),
            of_users: rated.len(),
            k,
            m: query.m,
            ef_construction: query.ef_construction,
            seed: self.shape.seed,
            build_seconds: self.seconds,
            layers: self.links.layers,
            links: self.links.links,
            vector_bytes: points.bytes_each() as f64,
            link_bytes: self.links.bytes as f64 / items as f64,
            exact: took,
            rows: Vec::new(),
            faster_from: None,
        };
        for (at, ef) in query.ef.iter().enumerate() {
            partial(&view);
            task.progress
                .say(|| Report::of("asking the graph", at as u64, query.ef.len() as u64, "rows"));
            let (found, took) = timed(&queries, &task.cancel, |query| self.graph.search(query, k, *ef))?;
            view.rows.push(row(*ef, took, &found, &exact));
            view.faster_from = crossing(&view);
        }
        Ok(view)
    }
}

/// What is found by each, and how long that took.
fn timed(
    queries: &[Query],
    cancel: &Cancel,
    search: impl Fn(&Query) -> Vec<Near>,
) -> Result<(Vec<Vec<Near>>, Took), AnswerError> {
    let (mut found, mut times) = (Vec::with_capacity(queries.len()), Vec::with_capacity(queries.len()));
    for query in queries {
        cancel.check()?;
        let asked = Instant::now();
        found.push(search(query));
        times.push(asked.elapsed().as_secs_f64() * 1e6);
    }
    times.sort_by(f64::total_cmp);
    let took = Took {
        median_us: within(&times, 0.5),
        p99_us: within(&times, 0.99),
    };
    Ok((found, took))
}

fn row(ef: usize, took: Took, found: &[Vec<Near>], exact: &[Vec<Near>]) -> RetrievalRow {
    let pairs = || found.iter().zip(exact);
    let have = exact.first().map_or(0, Vec::len);
    let recall = |k: usize| {
        let of = |(found, exact): (&Vec<Near>, &Vec<Near>)| recall(found, exact, k);
        (k > 0 && k <= ef.min(have)).then(|| pairs().map(of).sum::<f64>() / exact.len() as f64)
    };
    let ratios = pairs().flat_map(|(found, exact)| found.iter().zip(exact));
    let (sum, n) = ratios
        .filter_map(ratio)
        .fold((0.0, 0usize), |(sum, n), r| (sum + r, n + 1));
    RetrievalRow {
        ef,
        recall_10: recall(SHORT),
        recall_k: recall(have),
        distance_ratio: (n > 0).then(|| sum / n as f64),
        took,
    }
}

/// How many of the `k` first found are among the `k` nearest, or as near as the last of them: of equal vectors it does not matter
/// which is found.
fn recall(found: &[Near], exact: &[Near], k: usize) -> f64 {
    let Some(last) = exact[..k].last() else { return 1.0 };
    let nearest: HashSet<u32> = exact[..k].iter().map(|n| n.at).collect();
    let is_near = |near: &&Near| nearest.contains(&near.at) || near.product >= last.product - TIE;
    found.iter().take(k).filter(is_near).count() as f64 / k as f64
}

/// How much farther one is than the exact one of its rank; nothing where that is where it was asked for.
fn ratio((found, exact): (&Near, &Near)) -> Option<f64> {
    // Products this near to 1 are all the same in 32 bits.
    let (found, exact) = (found.distance(), exact.distance());
    (exact > 1e-3).then(|| (found / exact).max(1.0))
}

/// Where t·ln x / ln n, which the graph takes at x items, meets c·x, which looking at all takes: the larger of the two places.
fn crossing(view: &RetrievalView) -> Option<Crossing> {
    let row = view
        .rows
        .iter()
        .find(|row| row.recall_10.or(row.recall_k).is_some_and(|recall| recall >= ENOUGH))?;
    let (n, each) = (view.items as f64, view.exact.median_us / view.items as f64);
    if n < 2.0 || each <= 0.0 {
        return None;
    }
    let ahead = |x: f64| each * x - row.took.median_us * x.ln() / n.ln();
    // Above the lowest place of `ahead` it only grows.
    let mut low = (row.took.median_us / (each * n.ln())).max(1.0);
    let mut high = low.max(2.0);
    while ahead(high) < 0.0 && high < 1e15 {
        high *= 2.0;
    }
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if ahead(middle) < 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(Crossing {
        items: high.ceil() as u64,
        ef: row.ef,
    })
}

/// 10, 20, 50, 100, 200, … up to the largest, which is the last.
pub fn widths(largest: usize) -> Vec<usize> {
    let steps = (1..).flat_map(|decade| [1, 2, 5].map(|m| m * 10usize.saturating_pow(decade)));
    steps.take_while(|ef| *ef < largest).chain([largest]).collect()
}

#[cfg(test)]
mod tests;
