use crate::answers::new_item::{self, Training, said};
use crate::answers::{AnswerError, NewItem, NewItemQuery, NewItemView, World};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::models::Formula;
use crate::task::{Pool, Report};

/// What is asked, as it was typed.
#[derive(Clone, Debug, PartialEq)]
pub struct NewItemSettings {
    /// The id or title of an item whose ratings are hidden; empty where one is made up.
    pub hide: String,
    pub title: String,
    pub features: String,
    pub models: Vec<Formula>,
    pub n: usize,
    pub bonus: f64,
    pub strength: f64,
    pub users: usize,
}

impl NewItemSettings {
    /// The same of this data.
    ///
    /// # Errors
    /// An item, a column or a name that is not there.
    pub fn query(&self, world: &World) -> Result<NewItemQuery, AnswerError> {
        let item = if self.hide.is_empty() {
            NewItem::Typed {
                title: self.title.clone(),
                said: said(&world.dataset, &self.features)?,
            }
        } else {
            let found = world.find_item(&self.hide);
            NewItem::Hidden(found.or_else(|unknown| world.find_title(&self.hide).map_err(|_| unknown))?)
        };
        Ok(NewItemQuery {
            item,
            models: self.models.clone(),
            n: self.n,
            bonus: self.bonus,
            strength: self.strength,
            users: self.users,
        })
    }
}

/// Who would get a new item, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NewItemState {
    pub result: Option<NewItemView>,
    /// What is done now.
    pub report: Option<String>,
    /// It would take so long that a person is asked first.
    pub asks: bool,
}

/// Fits models without an item's ratings and ranks it for everybody, in the background.
pub struct NewItemRun {
    world: World,
    pool: Pool,
    settings: Option<NewItemSettings>,
    /// Kept while the item stays the same: other lists and bonuses need no other fits.
    training: Option<(NewItem, Training)>,
    result: Option<NewItemView>,
}

/// Above so many ratings a person is asked first.
const LARGE: usize = 300_000;

impl NewItemRun {
    /// Nothing fitted yet.
    pub fn new(world: World, pool: Pool) -> Self {
        Self {
            world,
            pool,
            settings: None,
            training: None,
            result: None,
        }
    }

    /// Whether it begins by itself.
    pub fn begins(world: &World) -> RunState {
        if world.dataset.n_ratings() > LARGE {
            RunState::Asks
        } else {
            RunState::Running
        }
    }
}

fn failed(error: AnswerError) -> JobError {
    match error {
        AnswerError::Cancelled(_) => JobError::Cancelled,
        other => JobError::Failed(other.to_string()),
    }
}

impl Process for NewItemRun {
    type Settings = NewItemSettings;
    type View = NewItemState;

    fn set(&mut self, settings: &NewItemSettings) -> Result<(), String> {
        if self.settings.as_ref() != Some(settings) {
            self.result = None;
        }
        self.settings = Some(settings.clone());
        settings
            .query(&self.world)
            .map(|_| ())
            .map_err(|error| error.to_string())
    }

    fn run(&mut self, _pace: Pace, asked: &Asked<NewItemState>) -> Result<(), JobError> {
        let Some(settings) = self.settings.clone().filter(|_| self.result.is_none()) else {
            return Ok(());
        };
        let on_the_way = |result: Option<NewItemView>, report: &str| NewItemState {
            result,
            report: Some(report.to_owned()),
            asks: false,
        };
        asked.partial(on_the_way(None, "its ratings are hidden"))?;
        let query = settings.query(&self.world).map_err(failed)?;
        let kept = self.training.take().filter(|(item, _)| *item == query.item);
        let (item, training) = kept.unwrap_or_else(|| (query.item.clone(), Training::of(&self.world, &query.item)));
        let so_far = std::sync::Arc::new(std::sync::Mutex::new(None::<NewItemView>));
        let shown = std::sync::Arc::clone(&so_far);
        let task = asked.watched(&self.pool, move |report: Report| {
            let result = shown.lock().map_or(None, |shown| shown.clone());
            on_the_way(result, &report.stage)
        });
        let mut partial = |view: &NewItemView| {
            if let Ok(mut so_far) = so_far.lock() {
                *so_far = Some(view.clone());
            }
            // Whether anybody still wants it is asked all the time.
            let _ = asked.partial(on_the_way(Some(view.clone()), "the next model is fitted"));
        };
        let found = new_item::compute(&self.world, &query, &training, &task, &mut partial);
        self.training = Some((item, training));
        self.result = Some(found.map_err(failed)?);
        Ok(())
    }

    fn reset(&mut self) {
        self.result = None;
    }

    fn view(&self, state: RunState) -> NewItemState {
        NewItemState {
            result: self.result.clone(),
            report: None,
            asks: state == RunState::Asks,
        }
    }
}
