//! What is asked of a pipeline and what is seen of it.

use std::sync::Arc;

use crate::answers::{Entity, World};
use crate::data::{ItemIx, UserIx};
use crate::models::Formula;
use crate::pipeline::fault::Fault;
use crate::pipeline::{Act, Diversity, Listed, Manifest, Response, SessionEvent, SessionPlan};
use crate::task::Report;

/// What the pipeline is asked.
#[derive(Clone, Debug, PartialEq)]
pub struct PipelineQuery {
    /// The formula that ranks; its parts are the sources.
    pub formula: Arc<Formula>,
    /// Who asks; nobody for a guest, whom the batch does not know.
    pub user: Option<UserIx>,
    pub session: Vec<SessionEvent>,
    /// So many of the first events are known to the batch.
    pub batched: usize,
    /// How many nightly batches were run by hand.
    pub nights: usize,
    /// Hours since the batch.
    pub hours: f64,
    pub weighing: SessionPlan,
    pub diversity: Diversity,
    /// Items of the list.
    pub list: usize,
    /// A plan whose rules are followed; empty for none.
    pub rules: String,
    pub fault: Fault,
    /// The how many-th request: what exploration draws.
    pub request: u64,
    /// Events that are followed: those of the user come before the session's own.
    pub follow: Option<String>,
    pub seed: u64,
}

/// A row of the list, or what fell out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct FlowRow {
    pub entity: Option<Entity>,
    pub id: String,
    pub label: String,
    /// Its rank in the order that the request began with, from 1: the batch's, or that of the most popular.
    pub batch: Option<usize>,
    /// Its rank now.
    pub now: Option<usize>,
    /// What put it there or took it out, in a word or two.
    pub why: String,
    /// How it came about; nothing for what fell out.
    pub listed: Option<Listed>,
}

/// What a stage did, with names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StageDetail {
    /// The first of the list before and after it.
    pub before: Vec<String>,
    pub after: Vec<String>,
    /// What it took away, and why.
    pub dropped: Vec<(String, String)>,
}

/// How near lists are to the one that is computed anew for every request, after so many events.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct FreshRow {
    pub events: usize,
    /// Rank-biased overlap (p = .9) of the batch's list with the ideal.
    pub batch: f64,
    /// The same of batch and session.
    pub session: f64,
    /// Milliseconds a request: by the batch alone, with the session, computed anew.
    pub ms: [f64; 3],
}

/// How long simulated requests took, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latency {
    pub requests: usize,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    /// The share that was answered from the user's own record.
    pub hits: f64,
}

/// How the batch stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BatchView {
    pub manifest: Manifest,
    pub kind: &'static str,
    /// Bytes of the store.
    pub bytes: u64,
    /// Items that are in nobody's candidates: how many, and the first of them.
    pub unseen: usize,
    pub unseen_labels: Vec<String>,
    /// Users of the data without a record.
    pub without_record: usize,
    pub latency: Latency,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct PipelineView {
    /// What is being computed, while it is.
    pub building: Option<Report>,
    pub batch: Option<Arc<BatchView>>,
    pub response: Option<Arc<Response>>,
    /// One for each stage of the answer.
    pub stages: Vec<StageDetail>,
    pub flow: Vec<FlowRow>,
    /// By the number of events so far; the last is now.
    pub fresh: Vec<FreshRow>,
    /// Events, the oldest first: what was done, with what, and whether the batch knows it.
    pub session: Vec<(Act, String, bool)>,
    /// How many of the first of them were followed.
    pub told: usize,
    /// What is followed, in a line; and the last line that was none.
    pub followed: Option<(String, Option<String>)>,
    pub hours: f64,
    pub fault: Fault,
    /// Milliseconds that a request may take before it leaves out what it can do without.
    pub budget: f64,
    /// Items of both the list and the order that the request began with, and how alike they are (rank-biased overlap, p = .9).
    pub overlap: usize,
    pub rbo: f64,
}

impl PipelineView {
    /// Whether the order that the request began with is not the user's own, but that of the most popular.
    pub fn is_fallback(&self) -> bool {
        self.response
            .as_ref()
            .is_some_and(|response| response.fallback.is_some())
    }
}

pub(super) fn label_of(world: &World, id: &str) -> String {
    let item = world.dataset.find_item(id);
    item.map_or_else(
        || crate::data::printable(id),
        |i| world.dataset.item_label(i).to_owned(),
    )
}

/// So many of what a stage took away are named.
const NAMED: usize = 50;

pub(super) fn details(world: &World, response: &Response) -> Vec<StageDetail> {
    let labels = |ids: &[String]| ids.iter().map(|id| label_of(world, id)).collect();
    let detail = |stage: &crate::pipeline::StageReport| {
        let (before, after) = stage.lists.as_ref().map_or((&[][..], &[][..]), |(b, a)| (b, a));
        let dropped = stage.dropped.iter().take(NAMED);
        StageDetail {
            before: labels(before),
            after: labels(after),
            dropped: dropped.map(|d| (label_of(world, &d.id), d.reason.clone())).collect(),
        }
    };
    response.stages.iter().map(detail).collect()
}

/// Of what fell out of the batch's first so many are named.
const FALLEN: usize = 10;

/// The list with the ranks of the batch beside it, then what fell out of the batch's first.
pub(super) fn flow(world: &World, response: &Response) -> Vec<FlowRow> {
    let data = &world.dataset;
    let find = |id: &str| data.find_item(id).map(|i: ItemIx| Entity::Item(i));
    let place = |id: &str| response.batch.iter().position(|b| b == id).map(|at| at + 1);
    let mut rows: Vec<FlowRow> = response
        .items
        .iter()
        .map(|item| {
            let stored = item.trace.as_ref().and_then(|w| w.stored_rank);
            FlowRow {
                entity: find(&item.id),
                id: item.id.clone(),
                label: item.label.clone(),
                batch: stored.or_else(|| place(&item.id)),
                now: Some(item.rank),
                why: reason(item),
                listed: Some(item.clone()),
            }
        })
        .collect();
    let fallen = response
        .batch
        .iter()
        .enumerate()
        .filter(|(_, id)| !response.items.iter().any(|i| i.id == **id));
    for (at, id) in fallen.take(FALLEN) {
        let why = response.stages.iter().find_map(|stage| {
            let dropped = stage.dropped.iter().find(|d| d.id == *id)?;
            Some(format!("{}: {}", stage.name, dropped.reason))
        });
        rows.push(FlowRow {
            entity: find(id),
            id: id.clone(),
            label: label_of(world, id),
            batch: Some(at + 1),
            now: None,
            why: why.unwrap_or_else(|| "others are above it".to_owned()),
            listed: None,
        });
    }
    rows
}

/// What moved an item most.
fn reason(item: &Listed) -> String {
    if let Some(rule) = &item.rule {
        return format!("{}: {rule}", item.by);
    }
    let Some(way) = &item.trace else { return String::new() };
    let session: f64 = way.session.iter().map(|s| s.share).sum();
    match way.boosts.first() {
        Some((rule, _)) => rule.clone(),
        None if session.abs() >= 0.0005 => format!("session {session:+.3}"),
        None => String::new(),
    }
}
