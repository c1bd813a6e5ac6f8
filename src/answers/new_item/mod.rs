//! A new item: who would get it from what is known of it, at which rank, what a bonus for exploring it would cost the others,
//! and how it fares as an arm in a slot of its own.

mod said;
mod slot;
mod standing;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;

pub use said::{Said, completions, said, said_text};
pub use slot::SlotView;

use standing::{Standing, auc, standings};

use super::recommend::{MOST_USERS, rated_users, sample};
use super::{AnswerError, Entity, Named, World};
use crate::data::{Dataset, FeedbackKind, ItemIx, UserIx, clean_label};
use crate::models::{FitError, FitStore, Formula};
use crate::task::Task;

/// Bonuses that are tried out, in standard deviations of a user's scores.
const BONUSES: [f64; 5] = [0.0, 0.5, 1.0, 2.0, 4.0];
/// So many users are looked at, where nothing is said.
pub const USERS: usize = 2_000;
/// How many of the items are named that lose the most.
const NAMED: usize = 5;

/// Which item is new.
#[derive(Clone, Debug, PartialEq)]
pub enum NewItem {
    /// One of the data, its ratings hidden: who liked it is the truth.
    Hidden(ItemIx),
    /// One that is made up, with what is said of it.
    Typed { title: String, said: Vec<Said> },
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct NewItemQuery {
    pub item: NewItem,
    pub models: Vec<Formula>,
    /// How long lists are, and how many users are named.
    pub n: usize,
    /// In standard deviations of a user's scores.
    pub bonus: f64,
    /// How many pulls a guess from content counts in the slot.
    pub strength: f64,
    /// So many users at most; with those who liked a hidden item.
    pub users: usize,
}

/// Who would get a new item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewItemView {
    pub label: String,
    /// The id of a hidden item.
    pub id: Option<String>,
    pub features: Vec<FeatureRow>,
    pub n: usize,
    pub bonus: f64,
    /// How many users were looked at.
    pub users: usize,
    /// How many of them liked the hidden item.
    pub likers: Option<usize>,
    /// How well the number of their ratings alone tells who liked it: what models are held against.
    pub auc_of_activity: Option<f64>,
    pub models: Vec<NewItemModel>,
    /// The item as an arm of a bandit; `null` while models are still ranked.
    pub slot: Option<SlotView>,
}

/// What a column says of the item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureRow {
    pub column: String,
    pub values: String,
}

/// What one model makes of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NewItemModel {
    /// The formula.
    pub name: String,
    /// The probability that it ranks one who liked the item above one who did not; `null` where nothing is hidden.
    pub auc: Option<f64>,
    /// The share of those who liked it in whose list it is.
    pub recall: Option<f64>,
    /// The middle one of its ranks, over all who have one.
    pub median_rank: Option<usize>,
    /// Those whom it suits best, first.
    pub best: Vec<NewItemUser>,
    /// What bonuses do, ascending.
    pub exposure: Vec<Exposure>,
    /// Whose places it takes at the bonus asked for, the most lists first.
    pub displaced: Vec<Displaced>,
    /// Why it could not be fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Somebody who would get it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewItemUser {
    #[serde(flatten)]
    pub user: Named,
    pub score: f64,
    /// From 1, among what they have not rated.
    pub rank: usize,
    /// What they gave it, where it was hidden and they rated it.
    pub rating: Option<f64>,
    /// Whether that is a like.
    pub liked: bool,
}

/// What a bonus does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Exposure {
    /// In standard deviations of a user's scores.
    pub bonus: f64,
    /// In so many lists it is; as many other items lost their place there, but where lists had room.
    pub lists: usize,
    /// In the lists of so many who liked it; `null` where nothing is hidden.
    pub liked: Option<usize>,
    /// By how many standard deviations it stands below the items that it pushed out by the bonus alone, on average; `null`
    /// where there are none.
    pub price: Option<f64>,
}

/// An item that loses its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Displaced {
    #[serde(flatten)]
    pub item: Named,
    pub lists: usize,
}

/// What is compared where nothing is named.
pub fn first_models(kind: FeedbackKind) -> &'static str {
    match kind {
        FeedbackKind::Ratings => "content; augment(svd -> content); two-tower",
        _ => "content; augment(als -> content); two-tower",
    }
}

/// The data without the ratings of the new item, and the models fitted to it: made once for an item.
pub struct Training {
    data: Arc<Dataset>,
    item: ItemIx,
    fits: FitStore,
}

impl Training {
    /// Nothing is fitted yet. O(ratings).
    pub fn of(world: &World, item: &NewItem) -> Self {
        let (data, item) = without_ratings(&world.dataset, item);
        Self {
            fits: FitStore::new(Arc::clone(&data), world.seed()),
            data,
            item,
        }
    }
}

/// Fits the models without the item's ratings, and ranks it for everybody. `training` is of the same item. `partial` gets what is known so far after every
/// model. Deterministic for the seed of the world, on any number of threads.
///
/// # Errors
/// [`AnswerError::Usage`] where nobody has rated anything; cancellation.
pub fn compute(
    world: &World,
    query: &NewItemQuery,
    training: &Training,
    task: &Task,
    partial: &mut dyn FnMut(&NewItemView),
) -> Result<NewItemView, AnswerError> {
    let (train, item) = (&training.data, training.item);
    let liked = likers(&world.dataset, &query.item);
    let (users, everybody) = people(world, query, liked.as_ref());
    if users.is_empty() {
        return Err(AnswerError::Usage("nobody is left who could get the item".to_owned()));
    }
    let is_liker = |user: UserIx| liked.as_ref().is_some_and(|liked| liked.contains(&user));
    let mut view = NewItemView {
        label: train.item_label(item).to_owned(),
        id: matches!(query.item, NewItem::Hidden(_)).then(|| train.item_id(item).to_owned()),
        features: features(train, item),
        n: query.n,
        bonus: query.bonus,
        users: users.len(),
        likers: liked
            .as_ref()
            .map(|_| users.iter().filter(|user| is_liker(**user)).count()),
        auc_of_activity: liked.as_ref().and_then(|_| {
            let ratings = |user: &UserIx| Some(train.user_row(*user).len() as f64);
            auc(users.iter().map(|user| (ratings(user), is_liker(*user))))
        }),
        models: Vec::new(),
        slot: None,
    };
    let mut rivals: HashMap<ItemIx, usize> = HashMap::new();
    for formula in &query.models {
        let model = match training.fits.fit(formula, task) {
            Ok(model) => model,
            Err(FitError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(why) => {
                view.models.push(NewItemModel {
                    name: formula.to_string(),
                    error: Some(why.to_string()),
                    ..NewItemModel::default()
                });
                continue;
            }
        };
        let standings = standings(train, &model, item, &users, query.n, task)?;
        let of = Standings {
            world,
            query,
            item,
            liked: liked.as_ref(),
            everybody: &everybody,
            all: &standings,
        };
        let lost = of.lost();
        view.models.push(NewItemModel {
            name: formula.to_string(),
            ..of.view(&lost)
        });
        for (item, lists) in lost {
            *rivals.entry(item).or_default() += lists;
        }
        partial(&view);
    }
    view.slot = Some(slot::compute(world, train, item, query, &rivals, task)?);
    Ok(view)
}

/// The data without the ratings of the item.
fn without_ratings(data: &Arc<Dataset>, new: &NewItem) -> (Arc<Dataset>, ItemIx) {
    match new {
        NewItem::Hidden(hidden) => {
            let others = data.subset(|row| data.rating_in_file_order(row).1 != *hidden);
            (Arc::new(others), *hidden)
        }
        NewItem::Typed { title, said } => {
            let title = clean_label(title);
            let is_free = |id: &String| data.find_item(id).is_none();
            let id = std::iter::once(title.to_string())
                .chain((2..=data.n_items() + 2).map(|n| format!("{title} {n}")))
                .find(is_free);
            let said: Vec<(&str, Vec<&str>)> = said
                .iter()
                .map(|s| (s.column.as_str(), s.values.iter().map(String::as_str).collect()))
                .collect();
            let wider = data.with_item(&id.unwrap_or_default(), &title, &said);
            (Arc::new(wider), ItemIx(data.n_items() as u32))
        }
    }
}

/// Those who liked a hidden item.
fn likers(data: &Dataset, new: &NewItem) -> Option<BTreeSet<UserIx>> {
    let NewItem::Hidden(item) = new else { return None };
    let from = data.liked_from(*item);
    let raters = data.item_row(*item).iter().filter(|(_, value)| *value >= from);
    Some(raters.map(|(user, _)| UserIx(user)).collect())
}

/// Who is looked at, ascending: a sample of all who rated something else, and those who liked the item; and which of them are
/// the sample, that stands for everybody.
fn people(world: &World, query: &NewItemQuery, liked: Option<&BTreeSet<UserIx>>) -> (Vec<UserIx>, BTreeSet<UserIx>) {
    let data = &world.dataset;
    let most = query.users.clamp(1, MOST_USERS);
    let rates_others = |user: &UserIx| match query.item {
        NewItem::Hidden(item) => data.user_row(*user).iter().any(|(other, _)| other != item.0),
        NewItem::Typed { .. } => true,
    };
    let all: Vec<UserIx> = rated_users(world).into_iter().filter(rates_others).collect();
    let sampled = if all.len() > most {
        sample(all, most, world.seed())
    } else {
        all
    };
    let sampled: BTreeSet<UserIx> = sampled.into_iter().collect();
    let likers: Vec<UserIx> = liked.into_iter().flatten().copied().filter(rates_others).collect();
    let likers = if likers.len() > most {
        sample(likers, most, world.seed())
    } else {
        likers
    };
    let users: BTreeSet<UserIx> = sampled.iter().copied().chain(likers).collect();
    (users.into_iter().collect(), sampled)
}

fn features(data: &Dataset, item: ItemIx) -> Vec<FeatureRow> {
    let columns = data.item_attributes().columns.iter();
    let row = |column: &crate::data::Attribute| {
        Some(FeatureRow {
            column: column.name.clone(),
            values: column.display(item.at())?,
        })
    };
    columns.filter_map(row).collect()
}

/// Where the item stands by one model, with what is needed to say so.
struct Standings<'a> {
    world: &'a World,
    query: &'a NewItemQuery,
    item: ItemIx,
    liked: Option<&'a BTreeSet<UserIx>>,
    everybody: &'a BTreeSet<UserIx>,
    all: &'a [Standing],
}

impl Standings<'_> {
    fn is_liker(&self, standing: &Standing) -> bool {
        self.liked.is_some_and(|liked| liked.contains(&standing.user))
    }

    /// Those that stand for everybody.
    fn sampled(&self) -> impl Iterator<Item = &Standing> {
        self.all
            .iter()
            .filter(|standing| self.everybody.contains(&standing.user))
    }

    /// In how many lists each item loses its place at the bonus asked for, the most first.
    fn lost(&self) -> Vec<(ItemIx, usize)> {
        let mut lists: HashMap<ItemIx, usize> = HashMap::new();
        let shown = self.sampled().filter(|standing| standing.is_shown(self.query.bonus));
        for (item, _) in shown.filter_map(|standing| standing.cut) {
            *lists.entry(item).or_default() += 1;
        }
        let mut lost: Vec<(ItemIx, usize)> = lists.into_iter().collect();
        lost.sort_by_key(|(item, lists)| (std::cmp::Reverse(*lists), *item));
        lost
    }

    fn view(&self, lost: &[(ItemIx, usize)]) -> NewItemModel {
        let mut ranks: Vec<usize> = self.sampled().filter(|s| s.score.is_some()).map(|s| s.rank).collect();
        ranks.sort_unstable();
        let likers = || self.all.iter().filter(|standing| self.is_liker(standing));
        let reached = likers().filter(|standing| standing.is_shown(0.0)).count();
        let mut bonuses: Vec<f64> = BONUSES.into_iter().chain([self.query.bonus]).collect();
        bonuses.sort_by(f64::total_cmp);
        bonuses.dedup();
        NewItemModel {
            name: String::new(),
            auc: self
                .liked
                .and_then(|_| auc(self.all.iter().map(|s| (s.score, self.is_liker(s))))),
            recall: self.liked.and_then(|_| {
                let all = likers().count();
                (all > 0).then(|| reached as f64 / all as f64)
            }),
            median_rank: ranks.get(ranks.len().saturating_sub(1) / 2).copied(),
            best: self.best(),
            exposure: bonuses.into_iter().map(|bonus| self.exposure(bonus)).collect(),
            displaced: lost
                .iter()
                .take(NAMED)
                .map(|(item, lists)| Displaced {
                    item: self.world.named(Entity::Item(*item)),
                    lists: *lists,
                })
                .collect(),
            error: None,
        }
    }

    fn best(&self) -> Vec<NewItemUser> {
        let mut scored: Vec<(f64, &Standing)> = self.all.iter().filter_map(|s| Some((s.score?, s))).collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.user.cmp(&b.1.user)));
        let one = |(score, standing): &(f64, &Standing)| NewItemUser {
            user: self.world.named(Entity::User(standing.user)),
            score: *score,
            rank: standing.rank,
            rating: self
                .liked
                .and_then(|_| self.world.dataset.rating(standing.user, self.item)),
            liked: self.is_liker(standing),
        };
        scored.iter().take(self.query.n).map(one).collect()
    }

    fn exposure(&self, bonus: f64) -> Exposure {
        let shown: Vec<&Standing> = self.sampled().filter(|standing| standing.is_shown(bonus)).collect();
        let pushed: Vec<f64> = (shown.iter())
            .filter(|standing| !standing.is_shown(0.0))
            .filter_map(|standing| standing.short())
            .collect();
        Exposure {
            bonus,
            lists: shown.len(),
            liked: self.liked.map(|_| shown.iter().filter(|s| self.is_liker(s)).count()),
            price: (!pushed.is_empty()).then(|| pushed.iter().sum::<f64>() / pushed.len() as f64),
        }
    }
}
