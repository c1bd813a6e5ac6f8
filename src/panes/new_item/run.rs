use crate::answers::new_item::{self, Training, said};
use crate::answers::{AnswerError, NewItem, NewItemQuery, NewItemView, World};
use crate::models::Formula;
use crate::panes::once::{Once, Work};
use crate::task::Task;

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
pub type NewItemState = Once<NewItemView>;

/// Fits models without an item's ratings and ranks it for everybody.
pub struct NewItemWork {
    world: World,
    /// Kept while the item stays the same: other lists and bonuses need no other fits.
    training: Option<(NewItem, Training)>,
}

/// Above so many ratings a person is asked first: models are fitted anew.
pub const LARGE: usize = 300_000;

impl NewItemWork {
    /// Nothing fitted yet.
    pub fn new(world: World) -> Self {
        Self { world, training: None }
    }
}

impl Work for NewItemWork {
    type Settings = NewItemSettings;
    type Result = NewItemView;
    const FIRST: &'static str = "its ratings are hidden";

    fn check(&self, settings: &NewItemSettings) -> Result<(), AnswerError> {
        settings.query(&self.world).map(|_| ())
    }

    fn compute(
        &mut self,
        settings: &NewItemSettings,
        task: &Task,
        partial: &mut dyn FnMut(&NewItemView, &str),
    ) -> Result<NewItemView, AnswerError> {
        let query = settings.query(&self.world)?;
        let kept = self.training.take().filter(|(item, _)| *item == query.item);
        let (item, training) = kept.unwrap_or_else(|| (query.item.clone(), Training::of(&self.world, &query.item)));
        let mut so_far = |view: &NewItemView| partial(view, "the next model is fitted");
        let found = new_item::compute(&self.world, &query, &training, task, &mut so_far);
        self.training = Some((item, training));
        found
    }
}
