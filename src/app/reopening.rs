//! The data, read again through other filters, in the background.

use std::sync::Arc;

use crate::answers::World;
use crate::data::Filters;
use crate::engine::{Executor, Generation, JobError, Lane, Phase, Waker};
use crate::task::{Pool, Task, Timings};

/// Reads the data through filters; an error is a sentence.
pub type Reader = Arc<dyn Fn(&Filters, &Task) -> Result<World, String> + Send + Sync>;

/// Which filters are wanted, and what came of it.
pub struct Reopening {
    lane: Lane<World>,
    pool: Pool,
    reader: Option<Reader>,
    /// What was asked for last; what is shown, where nothing was.
    asked: Filters,
    generation: Generation,
}

/// What became of what was asked for.
pub enum Reopened {
    Opened(World, Filters),
    /// Why it could not be read.
    Failed(String),
}

impl Reopening {
    /// Data that is open through `filters`; without a reader it cannot be read again.
    pub fn new(executor: &Executor, wake: Waker, pool: Pool, reader: Option<Reader>, filters: Filters) -> Self {
        Self {
            lane: Lane::new(executor, wake),
            pool,
            reader,
            asked: filters,
            generation: Generation::default(),
        }
    }

    /// Asks for the data through these filters, once; a sentence on what happens now.
    pub fn want(&mut self, filters: &Filters) -> Option<String> {
        if *filters == self.asked {
            return None;
        }
        self.asked.clone_from(filters);
        let Some(reader) = self.reader.clone() else {
            return Some("The data cannot be read a second time: it came from standard input.".to_owned());
        };
        self.generation = self.generation.next();
        let (filters, pool) = (filters.clone(), self.pool.clone());
        self.lane.ask(self.generation, move |asked| {
            let task = Task {
                cancel: asked.cancel.clone(),
                pool,
                timings: Timings::kept(),
                ..Task::default()
            };
            let read = reader(&filters, &task);
            task.cancel.check()?;
            read.map_err(JobError::Failed)
        });
        Some("Reading the data through these filters.".to_owned())
    }

    /// What came since the last time.
    pub fn poll(&mut self) -> Option<Reopened> {
        let came = self.lane.latest().load();
        if came.generation != self.generation || self.generation == Generation::default() {
            return None;
        }
        let reopened = match &came.phase {
            Phase::Ready(world) => Reopened::Opened(world.clone(), self.asked.clone()),
            Phase::Failed(why) => Reopened::Failed(why.clone()),
            Phase::Empty | Phase::Partial(_) | Phase::Waiting => return None,
        };
        // Each answer is taken once.
        self.generation = self.generation.next();
        Some(reopened)
    }

    pub fn is_busy(&self) -> bool {
        self.lane.is_busy()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Explorer;
    use crate::app::tests_common::{Stage, options, toy_world};
    use crate::data::{LoadOptions, Source, load};
    use crate::panes::PANES;
    use crate::panes::controls::Value;

    fn read(filters: &Filters, task: &Task) -> Result<World, String> {
        let options = LoadOptions {
            filters: filters.clone(),
            ..LoadOptions::default()
        };
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/toy");
        let dataset = load(&Source::Path(folder), &options, task).map_err(|e| e.to_string())?;
        Ok(World::new(Arc::new(dataset), 42))
    }

    /// Sets the first control of the pane that has filters, on its screen.
    fn set(stage: &mut Stage, condition: &str) {
        let pane = PANES.iter().find(|p| p.id.0 == "data").map(|p| p.id).unwrap();
        let values = &mut stage.explorer.state.shared.memory_mut(pane).values;
        values.insert("where".to_owned(), Value::Text(condition.to_owned()));
        stage.press("down");
    }

    #[test]
    fn a_filter_reads_the_data_again_and_everything_says_so() {
        let world = read(&Filters::default(), &Task::unattended()).unwrap();
        let all = world.dataset.n_ratings();
        let options = crate::app::Options {
            reader: Some(Arc::new(read)),
            ..options(world)
        };
        let mut stage = Stage::of(Explorer::new(options, Arc::new(|| ())).unwrap(), (120, 40));
        stage.press("0");
        set(&mut stage, "rating>=4");
        let left = &stage.explorer.world.dataset;
        assert!(left.n_ratings() < all && left.scale().min >= 4.0);
        assert!(stage.text().contains("toy, filtered"), "{}", stage.text());
        assert!(stage.text().contains("--where rating>=4"), "{}", stage.text());
        // What cannot be is said, and what is there stays.
        set(&mut stage, "rating>=40");
        assert!(stage.text().contains("leaves none of"), "{}", stage.text());
        assert_eq!(stage.explorer.state.shared.filters.condition, "rating>=4".parse().ok());
        set(&mut stage, "all");
        assert_eq!(stage.explorer.world.dataset.n_ratings(), all);
        assert!(!stage.text().contains("filtered"), "{}", stage.text());
    }

    #[test]
    fn what_cannot_be_read_twice_says_so() {
        let mut stage = Stage::of(Explorer::new(options(toy_world()), Arc::new(|| ())).unwrap(), (120, 40));
        stage.press("0");
        set(&mut stage, "rating>=4");
        assert!(
            stage.text().contains("cannot be read a second time"),
            "{}",
            stage.text()
        );
    }
}
