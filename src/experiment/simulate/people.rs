use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand::RngExt;
use rand_distr::StandardNormal;

use crate::bandit::{Stream, stream_of};
use crate::data::{AttributeKind, Dataset, ItemIx, UserIx};
use crate::models::{Profile, Ranker, Recommender, Serving, Wanted};
use crate::task::{Cancelled, Report, Task};

/// An item of somebody's list, with the truth about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Listed {
    pub item: ItemIx,
    /// How much they like it, in standard deviations of taste: what satisfies.
    pub liked: f64,
    /// How popular it is, in standard deviations of the logarithm of its raters: what attracts anybody.
    pub appeal: f64,
    /// −log₂ of its share of all ratings.
    pub bits: f64,
    /// Its categories, one bit each.
    pub categories: u64,
}

/// Somebody of the dataset, who lends a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    pub user: UserIx,
    /// How many ratings they have.
    pub ratings: usize,
    /// What each arm shows them, best first.
    pub lists: [Vec<Listed>; 2],
}

/// Factors of a planted taste.
const PLANTED: usize = 8;
/// Of so many people all scores are looked at, to know how scores vary.
const SCALED_BY: usize = 48;
/// What all people share.
struct Ground<'a> {
    taste: Option<&'a Arc<dyn Recommender>>,
    /// Mean and standard deviation of the taste's scores.
    scale: (f64, f64),
    /// By item: standardized log popularity, and bits.
    appeal: Vec<f64>,
    bits: Vec<f64>,
    categories: Vec<u64>,
    /// By item, where taste is planted.
    planted: Vec<[f64; PLANTED]>,
    seed: u64,
}

/// People of the dataset with the lists of both models, `length` items each: all users with a rating where they are no more
/// than `most`, else so many of them, drawn without replacement. What they like is what the model `taste` scores high, or,
/// without one, planted at random, independent of the data.
///
/// Cost: two lists and the taste of what is in them a person, on the threads of the task.
///
/// # Errors
/// Cancellation.
pub fn people(
    data: &Dataset,
    arms: [&Arc<dyn Recommender>; 2],
    taste: Option<&Arc<dyn Recommender>>,
    (most, length): (usize, usize),
    seed: u64,
    task: &Task,
) -> Result<Vec<Person>, Cancelled> {
    let users = chosen(data, most, seed);
    let all = users.len() as u64;
    let ground = Ground::of(data, taste, &users, seed, task)?;
    let ranker = |arm| Ranker::open(arm, data, users.len(), task);
    let rankers = [ranker(arms[0])?, ranker(arms[1])?];
    let done = AtomicU64::new(0);
    let chunks: Vec<&[UserIx]> = users.chunks(Ranker::AT_ONCE).collect();
    let chunks = task.pool.try_map(chunks.len(), |chunk| {
        let users = chunks[chunk];
        let profile = |user: &UserIx| Arc::new(Profile::of_user(data, *user));
        let profiles: Vec<Arc<Profile>> = users.iter().map(profile).collect();
        let wanted = || Wanted {
            n: length,
            include_seen: false,
        };
        let lists = [
            rankers[0].lists(&profiles, wanted(), &task.cancel)?,
            rankers[1].lists(&profiles, wanted(), &task.cancel)?,
        ];
        let mut made = Vec::with_capacity(users.len());
        for (at, profile) in profiles.iter().enumerate() {
            task.cancel.check()?;
            made.push(person(
                &ground,
                users[at],
                profile,
                [&lists[0][at], &lists[1][at]],
                task,
            )?);
        }
        let so_far = done.fetch_add(users.len() as u64, Ordering::Relaxed) + users.len() as u64;
        task.progress.say(|| Report::of("making lists", so_far, all, "people"));
        Ok::<_, Cancelled>(made)
    })?;
    Ok(chunks.into_iter().flatten().collect())
}

/// The users who lend their histories, in the order of the file.
fn chosen(data: &Dataset, most: usize, seed: u64) -> Vec<UserIx> {
    let mut users: Vec<UserIx> = data.users().filter(|u| !data.user_row(*u).is_empty()).collect();
    if users.len() > most {
        let mut stream = stream_of(seed, "people", 0);
        for at in 0..most {
            let other = stream.random_range(at..users.len());
            users.swap(at, other);
        }
        users.truncate(most);
        users.sort_unstable();
    }
    users
}

impl<'a> Ground<'a> {
    fn of(
        data: &Dataset,
        taste: Option<&'a Arc<dyn Recommender>>,
        users: &[UserIx],
        seed: u64,
        task: &Task,
    ) -> Result<Self, Cancelled> {
        let ratings = data.n_ratings() as f64;
        let raters: Vec<f64> = data.items().map(|i| data.item_row(i).len() as f64).collect();
        let bits = raters
            .iter()
            .map(|c| -(if *c > 0.0 { c / ratings } else { 1.0 / (ratings + 1.0) }).log2());
        let logs: Vec<f64> = raters.iter().map(|c| c.ln_1p()).collect();
        let (mean, deviation) = moments(&logs);
        let planted = if taste.is_some() {
            Vec::new()
        } else {
            data.items()
                .map(|item| factors(&mut stream_of(seed, "item's taste", u64::from(item.0))))
                .collect()
        };
        let mut ground = Self {
            taste,
            scale: (0.0, 1.0),
            appeal: logs.iter().map(|log| (log - mean) / deviation).collect(),
            bits: bits.collect(),
            categories: categories(data),
            planted,
            seed,
        };
        if let Some(model) = taste {
            let step = users.len().div_ceil(SCALED_BY).max(1);
            let some: Vec<UserIx> = users.iter().step_by(step).copied().collect();
            let scores = task.pool.try_map(some.len(), |k| {
                let serving = Serving::open(model, Arc::new(Profile::of_user(data, some[k])), &task.cancel)?;
                Ok(serving
                    .candidates(&task.cancel)?
                    .iter()
                    .map(|(_, score)| *score)
                    .collect::<Vec<f64>>())
            })?;
            ground.scale = moments(&scores.concat());
        }
        Ok(ground)
    }
}

/// Mean and standard deviation; 0 and 1 of nothing, and a deviation of 1 where nothing varies.
fn moments(values: &[f64]) -> (f64, f64) {
    let (mean, variance) = crate::experiment::special::mean_and_variance(values).unwrap_or((0.0, None));
    let deviation = variance.unwrap_or(0.0).sqrt();
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}

fn factors(stream: &mut Stream) -> [f64; PLANTED] {
    std::array::from_fn(|_| stream.sample(StandardNormal))
}

/// Genres, else the first column of names of the items, as bits; more than 64 names share them.
fn categories(data: &Dataset) -> Vec<u64> {
    let known = data.item_attributes();
    let first = || known.columns.iter().find(|c| c.kind == AttributeKind::Names);
    let column = known.column("genre").or_else(first);
    let of = |item: ItemIx| {
        let terms = column.into_iter().flat_map(|column| column.terms(item.at()));
        terms.fold(0, |mask, (term, _)| mask | 1 << (term % 64))
    };
    data.items().map(of).collect()
}

/// Somebody with both lists, and the truth about what is in them.
fn person(
    ground: &Ground<'_>,
    user: UserIx,
    profile: &Arc<Profile>,
    lists: [&Vec<(ItemIx, f64)>; 2],
    task: &Task,
) -> Result<Person, Cancelled> {
    let taste: Box<dyn Fn(ItemIx) -> f64> = if let Some(model) = ground.taste {
        let serving = Serving::open(model, Arc::clone(profile), &task.cancel)?;
        let (mean, deviation) = ground.scale;
        // Of what the taste says nothing, it is middling.
        Box::new(move |item| serving.score(item).map_or(0.0, |score| (score - mean) / deviation))
    } else {
        let own = factors(&mut stream_of(ground.seed, "user's taste", u64::from(user.0)));
        let planted = &ground.planted;
        Box::new(move |item| {
            let products = own.iter().zip(&planted[item.at()]).map(|(u, i)| u * i);
            products.sum::<f64>() / (PLANTED as f64).sqrt()
        })
    };
    let listed = |item: &ItemIx| Listed {
        item: *item,
        // A score far out is no certainty.
        liked: taste(*item).clamp(-4.0, 4.0),
        appeal: ground.appeal[item.at()],
        bits: ground.bits[item.at()],
        categories: ground.categories[item.at()],
    };
    Ok(Person {
        user,
        ratings: profile.len(),
        lists: lists.map(|list| list.iter().map(|(item, _)| listed(item)).collect()),
    })
}
