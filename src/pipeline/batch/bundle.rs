//! A store filled from a bundle that a Spark job wrote: nothing is scored here.

use std::collections::HashMap;

use super::before::Touched;
use super::error::BatchError;
use super::writing::{AT_ONCE, Built, Clock, SAMPLE, Told, publish, written_beside};
use crate::data::{Bundle, Dataset, PartRow, clean_label, for_each_row};
use crate::models::neighborhood::Similarity;
use crate::pipeline::plan::{SourcePlan, Written};
use crate::pipeline::store::{Candidate, Entry, Similar, Space, Store, UserRecord, encode_row};
use crate::pipeline::{Catalog, DataName, Manifest, Plan, PlanError};
use crate::task::{Report, Task};

/// What filling a store from a bundle is given.
pub struct BundleJob<'a> {
    /// What requests will follow. Its session's similarity says which rows of similar items are taken.
    pub plan: &'a Plan,
    pub bundle: &'a Bundle,
    /// The bundle read as data: its sample of users, and all items.
    pub data: &'a Dataset,
    pub store: &'a dyn Store,
    /// Milliseconds since 1970.
    pub now: i64,
}

/// Publishes candidates, similar items and popularity of a bundle as a build of a store. Users are streamed: what is kept
/// in memory is the catalog, the rows of similar items and a few users.
///
/// # Errors
/// What is wrong with a table, with file and row; a plan that wants what the bundle does not have; the store's.
pub fn build_from_bundle(job: &BundleJob<'_>, task: &Task) -> Result<Built, BatchError> {
    let mut clock = Clock::begin();
    check_plan(job.plan, job.bundle)?;
    let items = Items::read(job.bundle, job.data, task)?;
    let catalog = Catalog::of(job.data).with_raters(items.raters.clone());
    clock.end("items");
    let rows = similar_items(job, &catalog, task)?;
    clock.end("similarities");
    let about = &job.bundle.about;
    let mut writer = job.store.begin(false)?;
    writer.put(rows)?;
    let mut manifest = Manifest {
        built_at: job.now,
        updated_at: job.now,
        model_id: format!("{} seed {}", job.bundle.ranked_by(), about.seed),
        data: DataName {
            users: about.users,
            ratings: about.interactions,
            ..DataName::of(job.data)
        },
        plan: job.plan.text.clone(),
        ..Manifest::default()
    };
    let source = SourcePlan {
        name: about.candidates.by.clone(),
        formula: Written {
            text: job.bundle.ranked_by(),
            line: 1,
            column: 1,
        },
        quota: about.candidates.keep as usize,
    };
    let mut told = Told::new(vec![source], &catalog);
    let reading = Reading {
        items: &items.numbers,
        keep: job.plan.keep,
        blank: UserRecord {
            version: job.now.max(0) as u64,
            built_at: job.now,
            model: manifest.model_hash(),
            dataset: manifest.data.identity,
            ..UserRecord::default()
        },
    };
    let every = about.candidates.users.div_ceil(SAMPLE as u64).max(1);
    let (mut users, mut sample) = (0u64, Vec::new());
    let writer = written_beside(writer, |put| {
        let mut entries = Vec::with_capacity(AT_ONCE);
        for_each_row(&job.bundle.table("candidates"), task, &mut |row| {
            let record = reading.record(row)?;
            if users.is_multiple_of(every) {
                sample.push(record.user.clone());
            }
            users += 1;
            let bytes = record.encode();
            entries.push(told.entry(record, bytes));
            if entries.len() == AT_ONCE {
                if !put(std::mem::take(&mut entries)) {
                    return Err("writing broke off".to_owned());
                }
                task.progress
                    .say(|| Report::of("reading candidates", users, about.candidates.users, "users"));
            }
            Ok(())
        })?;
        put(entries);
        Ok(())
    })?;
    if users == 0 {
        let folder = clean_label(&job.bundle.folder.to_string_lossy()).into_owned();
        return Err(BatchError::Unfit(format!("{folder}: it has no candidates of anybody")));
    }
    clock.end("candidates");
    told.write_down(&mut manifest, false, &Touched::default());
    (manifest.users, manifest.sample) = (users, sample);
    publish(job.store, writer, manifest, (&catalog, &told), (clock, users))
}

/// What ranks was decided where the bundle was made.
fn check_plan(plan: &Plan, bundle: &Bundle) -> Result<(), PlanError> {
    let ranks = plan.rank.iter().chain(plan.sources.iter().map(|s| &s.formula));
    ranks.take(1).try_for_each(|written| {
        Err(PlanError {
            file: "plan".to_owned(),
            line: written.line,
            column: written.column,
            what: format!(
                "the candidates of a bundle are those of {}: leave rank and sources away, or build from its data",
                bundle.ranked_by()
            ),
        })
    })
}

/// The items as the bundle's tables number them.
struct Items {
    /// By the bundle's number, the catalog's: that of the data.
    numbers: Vec<u32>,
    /// By the catalog's number, how many users met the item.
    raters: Vec<u32>,
}

impl Items {
    fn read(bundle: &Bundle, data: &Dataset, task: &Task) -> Result<Self, BatchError> {
        let most = data.n_items();
        let mut numbers: Vec<Option<u32>> = vec![None; most];
        let mut raters = vec![0; most];
        let mut rows = 0;
        let path = bundle.table("popularity");
        for_each_row(&path, task, &mut |row| {
            let (number, id, count) = (row.number("item_index")?, row.id("id")?, row.number("count")?);
            let item = data.find_item(&id).ok_or_else(|| {
                let id = crate::data::printable(&id);
                format!("its item {id} is not in the table of items")
            })?;
            let place = whole(number, most).and_then(|at| numbers.get_mut(at as usize));
            let place = place.filter(|place| place.is_none());
            *place.ok_or("its item_index is no number of its own from 0 on")? = Some(item.0);
            raters[item.at()] = count.clamp(0.0, f64::from(u32::MAX)) as u32;
            rows += 1;
            Ok(())
        })?;
        numbers.truncate(rows);
        let all: Option<Vec<u32>> = numbers.into_iter().collect();
        let numbers = all.filter(|numbers| !numbers.is_empty()).ok_or_else(|| {
            let path = clean_label(&path.to_string_lossy()).into_owned();
            BatchError::Unfit(format!("{path}: its item_index does not number the items from 0 on"))
        })?;
        Ok(Self { numbers, raters })
    }
}

/// A whole number below `most`.
fn whole(number: f64, most: usize) -> Option<u32> {
    (number.fract() == 0.0 && number >= 0.0 && number < most as f64).then_some(number as u32)
}

/// The rows of similar items for the session, by the plan's similarity.
fn similar_items(job: &BundleJob<'_>, catalog: &Catalog, task: &Task) -> Result<Vec<Entry>, BatchError> {
    let (table, measure) = match job.plan.session.similarity {
        Similarity::Cosine => ("similar-cosine", "cosine"),
        Similarity::Llr => ("similar-llr", "llr"),
        other => {
            return Err(BatchError::Unfit(format!(
                "a bundle has similar items by cosine and llr, and the plan's session wants {}",
                other.name()
            )));
        }
    };
    let mut rows: HashMap<u32, Vec<(u32, Similar)>> = HashMap::new();
    let path = job.bundle.table(table);
    for_each_row(&path, task, &mut |row| {
        let find = |name: &str| -> Result<u32, String> {
            let id = row.id(name)?;
            let found = catalog.find(&id);
            found.ok_or_else(|| {
                format!(
                    "its {name} {} is not in the table of items",
                    crate::data::printable(&id)
                )
            })
        };
        let (item, rank) = (find("item")?, row.number("rank")?);
        let similar = Similar {
            item: find("neighbor")?,
            similarity: finite(row.number(measure)?, measure)?,
        };
        let rank = whole(rank, u32::MAX as usize).ok_or("its rank is no whole number")?;
        rows.entry(item).or_default().push((rank, similar));
        Ok(())
    })?;
    let row_of = |item: u32| {
        let mut row = rows.remove(&item).unwrap_or_default();
        row.sort_by_key(|(rank, _)| *rank);
        row.truncate(job.plan.session.neighbors);
        Entry {
            space: Space::Items,
            id: catalog.id(item).to_owned(),
            bytes: encode_row(&row.into_iter().map(|(_, similar)| similar).collect::<Vec<_>>()),
        }
    };
    Ok((0..catalog.len() as u32).map(row_of).collect())
}

fn finite(number: f64, what: &str) -> Result<f32, String> {
    Some(number as f32)
        .filter(|n| n.is_finite())
        .ok_or_else(|| format!("its {what} is too large"))
}

/// How rows of candidates become records.
struct Reading<'a> {
    /// By the bundle's number, the catalog's.
    items: &'a [u32],
    keep: usize,
    /// What all records have in common.
    blank: UserRecord,
}

impl Reading<'_> {
    fn record(&self, row: &PartRow) -> Result<UserRecord, String> {
        let (items, scores) = (self.numbers(row, "items")?, row.numbers("scores")?);
        if items.len() != scores.len() {
            return Err(format!("it has {} items and {} scores", items.len(), scores.len()));
        }
        let candidate = |(item, score): (u32, f64)| {
            Ok::<_, String>(Candidate {
                item,
                score: finite(score, "score")?,
                sources: 1,
            })
        };
        let best = items.into_iter().zip(scores).take(self.keep);
        let mut seen = self.numbers(row, "seen")?;
        seen.sort_unstable();
        Ok(UserRecord {
            user: row.id("user")?,
            candidates: best.map(candidate).collect::<Result<_, _>>()?,
            seen,
            ..self.blank.clone()
        })
    }

    fn numbers(&self, row: &PartRow, name: &str) -> Result<Vec<u32>, String> {
        let number = |number: f64| {
            let item = whole(number, self.items.len()).map(|at| self.items[at as usize]);
            item.ok_or_else(|| format!("{number} in its {name} is no item_index of popularity"))
        };
        row.numbers(name)?.into_iter().map(number).collect()
    }
}
