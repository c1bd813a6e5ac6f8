//! Figures about the data itself, and the errors of means on the ratings that they are the means of.

use crate::data::{Dataset, Histogram};

/// What `name` says of the data: `users` and `items` (with a rating), `ratings`, `mean`, `min`, `max`, `step`, `rated-3.5`
/// (how many ratings have that value), and `rmse-of-user-mean` and the like: the error of the global, a user's or an
/// item's mean on all ratings, none held out. `None` for other names, and where there is no such figure.
pub(super) fn fact(dataset: &Dataset, name: &str) -> Option<f64> {
    let scale = dataset.scale();
    match name {
        "users" => return Some(dataset.users_with_ratings() as f64),
        "items" => return Some(dataset.items_with_ratings() as f64),
        "ratings" => return Some(dataset.n_ratings() as f64),
        "mean" => return Some(dataset.mean()),
        "min" => return Some(scale.min),
        "max" => return Some(scale.max),
        "step" => return scale.step,
        _ => {}
    }
    if let Some(value) = name.strip_prefix("rated-") {
        let value: f64 = value.parse().ok()?;
        let Histogram::Values(counts) = dataset.histogram() else {
            return None;
        };
        return Some(counts.iter().find(|c| c.0 == value).map_or(0.0, |c| c.1 as f64));
    }
    let (error, of) = name.split_once("-of-")?;
    let means: Box<dyn Fn(usize, usize) -> f64> = match of {
        "global-mean" => Box::new(|_, _| dataset.mean()),
        "user-mean" => {
            let means = dataset.users().map(|u| dataset.user_row(u).mean().unwrap_or(0.0));
            let means: Vec<f64> = means.collect();
            Box::new(move |user, _| means[user])
        }
        "item-mean" => {
            let means = dataset.items().map(|i| dataset.item_row(i).mean().unwrap_or(0.0));
            let means: Vec<f64> = means.collect();
            Box::new(move |_, item| means[item])
        }
        _ => return None,
    };
    let (mut squares, mut distances) = (0.0, 0.0);
    for user in dataset.users() {
        for (item, rating) in dataset.user_row(user).iter() {
            let error = rating - means(user.at(), item as usize);
            squares += error * error;
            distances += error.abs();
        }
    }
    let n = dataset.n_ratings().max(1) as f64;
    match error {
        "rmse" => Some((squares / n).sqrt()),
        "mae" => Some(distances / n),
        _ => None,
    }
}
