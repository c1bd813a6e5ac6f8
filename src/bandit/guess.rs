//! What similar items let expect of an item that nobody has rated yet.

use super::arm::Arm;
use super::from_dataset::likes;
use super::items::PRIOR;
use crate::data::{Dataset, ItemIx};
use crate::models::content::Features;
use crate::task::{Cancel, Cancelled};

/// How many similar items a guess is made of.
const SIMILAR: usize = 20;

/// Sets [`Arm::guess`] of every arm that is an item of `data` to what its content lets expect, its own ratings left aside:
///
/// m = (r̄ + Σ_j s_j r_j) / (1 + Σ_j s_j), j the 20 rated items whose metadata is most similar (of equally similar ones
/// those with more ratings), s_j their tf-idf cosine, r_j their like-rate as if 5 more people had the usual one, r̄ the usual
/// one. `None` where no item shares anything with it. O(ratings + arms · items).
///
/// # Errors
/// Cancellation.
pub fn guess_rates(data: &Dataset, arms: &mut [Arm], like: Option<f64>, cancel: &Cancel) -> Result<(), Cancelled> {
    let features = Features::of_catalog(data, |_| 1.0, 1, cancel)?;
    let counts: Vec<(f64, f64)> = data.items().map(|item| likes(data, item, like)).collect();
    let (liked, of) = counts.iter().fold((0.0, 0.0), |sum, c| (sum.0 + c.0, sum.1 + c.1));
    let usual = liked / f64::max(of, 1.0);
    for arm in arms {
        cancel.check()?;
        let own = data.find_item(&arm.id);
        arm.guess = own.and_then(|own| {
            let similar = most_similar(data, &features, own);
            let of_one = |(s, item): &(f64, ItemIx)| {
                let (liked, of) = counts[item.at()];
                (s * (liked + PRIOR * usual) / (of + PRIOR), *s)
            };
            let (rates, weights) = similar
                .iter()
                .map(of_one)
                .fold((usual, 1.0), |sum, x| (sum.0 + x.0, sum.1 + x.1));
            (!similar.is_empty()).then(|| rates / weights)
        });
    }
    Ok(())
}

/// The rated items whose metadata is most similar, with their cosines.
fn most_similar(data: &Dataset, features: &Features, own: ItemIx) -> Vec<(f64, ItemIx)> {
    let raters = |item: ItemIx| data.item_row(item).len();
    let others = data.items().filter(|item| *item != own && raters(*item) > 0);
    let mut similar: Vec<(f64, ItemIx)> = others
        .map(|item| (features.cosine(own, item), item))
        .filter(|(cosine, _)| *cosine > 0.0)
        .collect();
    similar.sort_by(|a, b| b.0.total_cmp(&a.0).then(raters(b.1).cmp(&raters(a.1))));
    similar.truncate(SIMILAR);
    similar
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandit::{arms_of, parse_policies, simulate};
    use crate::data::{Attribute, Attributes, DatasetParts, DuplicatePolicy, Ids, RatingRows};
    use crate::task::Task;

    /// Four items rated by ten users each, and one that nobody rated, with their genres; so many users like them.
    fn data() -> Dataset {
        let likes = [9, 8, 2, 1];
        let genres = ["comedy", "comedy", "war", "war", "comedy"];
        let mut ratings = RatingRows::default();
        for (item, fans) in likes.into_iter().enumerate() {
            for user in 0..10u32 {
                ratings.users.push(user);
                ratings.items.push(item as u32);
                ratings.values.push(if user < fans { 5.0 } else { 1.0 });
            }
        }
        let genre = Attribute::of_names("genre", genres.map(|g| vec![(g, 1)]));
        let parts = DatasetParts {
            users: Ids::new((0..10).map(|u| format!("u{u}"))),
            items: Ids::new((0..5).map(|i| format!("i{i}"))),
            ratings,
            item_attributes: Attributes { columns: vec![genre] },
            ..DatasetParts::default()
        };
        Dataset::new(parts, DuplicatePolicy::Last).unwrap()
    }

    fn arms(ids: &[&str], means: &[f64]) -> Vec<Arm> {
        let mut arms = arms_of(means);
        for (arm, id) in arms.iter_mut().zip(ids) {
            (*id).clone_into(&mut arm.id);
        }
        arms
    }

    #[test]
    fn a_guess_is_the_rate_of_similar_items() {
        let data = data();
        let mut arms = arms(&["i4", "i0", "none"], &[0.5; 3]);
        guess_rates(&data, &mut arms, None, &Cancel::new()).unwrap();
        // The usual rate is 20/40; the comedies have (9 + 2.5)/15 and (8 + 2.5)/15, both with cosine 1.
        let expected = (0.5 + 11.5 / 15.0 + 10.5 / 15.0) / 3.0;
        assert!((arms[0].guess.unwrap() - expected).abs() < 1e-12, "{:?}", arms[0].guess);
        // Its own ratings are left aside.
        let expected = f64::midpoint(0.5, 10.5 / 15.0);
        assert!((arms[1].guess.unwrap() - expected).abs() < 1e-12);
        assert_eq!(arms[2].guess, None);
    }

    #[test]
    fn a_prior_without_strength_is_flat_and_a_good_guess_saves_pulls() {
        let mut arms = arms_of(&[0.7, 0.5, 0.5, 0.3, 0.3]);
        for arm in &mut arms {
            arm.guess = Some(arm.mean);
        }
        let regret = |text: &str| {
            let policies = parse_policies(text).unwrap();
            let result = simulate(&arms, &policies, 1_000, 200, 7, &Task::unattended()).unwrap();
            let policy = result.policies.into_iter().next().unwrap();
            (policy.regret_mean[2], policy.regret_stderr[2].unwrap(), policy.pulls)
        };
        let flat = regret("thompson");
        // The same text is the same stream: `strength=0` is the default and is left out.
        assert_eq!(regret("thompson:strength=0"), flat);
        let informed = regret("thompson:strength=20");
        let apart = (flat.1.powi(2) + informed.1.powi(2)).sqrt();
        assert!(flat.0 - informed.0 > 6.0 * apart, "{flat:?} {informed:?}");
        // Nearly no strength is nearly flat: the same law, other luck.
        let nearly = regret("thompson:strength=0.000001");
        assert!((nearly.0 - flat.0).abs() < 4.0 * (flat.1.powi(2) + nearly.1.powi(2)).sqrt());
        let wrong: Vec<f64> = arms.iter().map(|arm| 1.0 - arm.mean).collect();
        for (arm, wrong) in arms.iter_mut().zip(wrong) {
            arm.guess = Some(wrong);
        }
        let policies = parse_policies("thompson:strength=20").unwrap();
        let misled = simulate(&arms, &policies, 1_000, 200, 7, &Task::unattended()).unwrap();
        assert!(misled.policies[0].regret_mean[2] > flat.0, "a wrong guess costs");
    }

    #[test]
    fn the_prior_is_that_of_the_guess() {
        let mut arms = arms_of(&[0.5, 0.5]);
        arms[0].guess = Some(0.8);
        let policies = parse_policies("thompson:alpha=0.5,beta=2,strength=10").unwrap();
        let run = crate::bandit::Simulation::new(&arms, &policies, 10, 1).unwrap();
        let laws: Vec<(f64, f64)> = run.lanes()[0].posteriors().iter().map(|p| (p.alpha, p.beta)).collect();
        assert!(
            (laws[0].0 - 8.5).abs() < 1e-12 && (laws[0].1 - 4.0).abs() < 1e-12,
            "{laws:?}"
        );
        assert_eq!(laws[1], (0.5, 2.0));
    }
}
