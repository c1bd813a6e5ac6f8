//! What people like you rate: popularity, raised or lowered by what is known of the user besides ratings.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::content::Features;
use super::{
    About, Additive, Explanation, Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, NoScore, Parameter, Params,
    PartKind, Profile, Range, Recommender, Scores, Search, Served, Training, Unit,
};
use crate::data::ItemIx;
use crate::task::{Cancel, Cancelled};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "demographic",
    title: "Demographic",
    summary: "What people like you rate: an item's popularity, raised where users of the same age, gender, occupation, … \
              rate it more often than others do.",
    formula: "score(u, i) = ln n_i + Σ_a ln((n_ai + κ·p_a) / ((n_i + κ)·p_a)),  n_ai = ratings of i by users with attribute \
              a, p_a = their share of all ratings, κ = smoothing",
    parameters: &[
        Parameter {
            name: "smoothing",
            range: Range::Real(1e-6, 1e9),
            default: "50",
            doc: "as many ratings spread over the groups as everybody's are added to an item's",
        },
        Parameter {
            name: "min-users",
            range: Range::Whole(1, u64::MAX),
            default: "20",
            doc: "attributes of fewer users than this are ignored",
        },
    ],
    search: &[
        Search::log("smoothing", 2.0, 500.0),
        Search::log("min-users", 5.0, 100.0),
    ],
    unit: |_| Unit::Score,
    paper: "M. Pazzani (1999), A framework for collaborative, content-based and demographic filtering; here as naive Bayes",
    strengths: "Serves newcomers who have rated nothing, from their first visit, and says which attribute speaks for what. \
                Needs attributes of users; without them it is popularity.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Demographic>(),
};

/// How often users with an attribute rated each item.
#[derive(Default, Serialize, Deserialize)]
struct Group {
    /// Items that any of them rated, ascending, with how many did.
    counts: Vec<(u32, u32)>,
    ratings: u64,
}

#[derive(Serialize, Deserialize)]
struct Trained {
    /// The attributes of users.
    users: Features,
    /// By attribute.
    groups: Vec<Group>,
    /// Ratings by item.
    counts: Vec<u32>,
    ratings: u64,
}

struct Demographic {
    trained: Arc<Trained>,
    smoothing: f64,
}

impl Fit for Demographic {
    type Trained = Trained;

    fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> {
        let (data, cancel) = (&context.dataset, &context.task.cancel);
        let min_users = params.whole("min-users");
        let users = Features::of_users(data, min_users, cancel)?;
        let mut members = vec![Vec::new(); users.vocabulary().len()];
        for user in data.users() {
            for (attribute, _) in users.row_at(user.at()) {
                members[attribute as usize].push(user);
            }
        }
        let mut counted = vec![0; data.n_items()];
        let mut groups = Vec::with_capacity(members.len());
        for members in members {
            let mut group = Group::default();
            for (n, user) in members.into_iter().enumerate() {
                if n % 1024 == 0 {
                    cancel.check()?;
                }
                for &item in data.user_row(user).ids {
                    counted[item as usize] += 1;
                    group.ratings += 1;
                }
            }
            let rated = counted.iter_mut().zip(0..).filter(|(count, _)| **count > 0);
            group.counts = rated.map(|(count, item)| (item, std::mem::take(count))).collect();
            groups.push(group);
        }
        Ok(Trained {
            users,
            groups,
            counts: data.items().map(|item| data.item_row(item).len() as u32).collect(),
            ratings: data.n_ratings() as u64,
        })
    }

    fn open(trained: Arc<Trained>, _: &FitContext, params: &Params) -> Fitted {
        Ok(Arc::new(Self {
            trained,
            smoothing: params.real("smoothing"),
        }))
    }
}

impl Demographic {
    fn count(&self, item: ItemIx) -> Result<u32, NoScore> {
        let count = self.trained.counts.get(item.at()).copied();
        count.filter(|n| *n > 0).ok_or(NoScore::UnknownItem)
    }

    /// How many users with an attribute rated the item.
    fn count_in(&self, attribute: u32, item: ItemIx) -> u32 {
        let counts = &self.trained.groups[attribute as usize].counts;
        counts
            .binary_search_by_key(&item.0, |c| c.0)
            .map_or(0, |at| counts[at].1)
    }

    /// The attribute's share of all ratings.
    fn share(&self, attribute: u32) -> f64 {
        self.trained.groups[attribute as usize].ratings as f64 / self.trained.ratings as f64
    }

    /// What an attribute adds to the score of an item that `count` users rated.
    fn lift(&self, attribute: u32, item: ItemIx, count: u32) -> f64 {
        let (share, inside) = (self.share(attribute), f64::from(self.count_in(attribute, item)));
        let expected = (f64::from(count) + self.smoothing) * share;
        ((inside + self.smoothing * share) / expected).ln()
    }
}

impl Recommender for Demographic {
    fn unit(&self) -> Unit {
        Unit::Score
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let users = &self.trained.users;
        // One in whose group nobody rated anything says nothing.
        let speaks = |attribute: &u32| self.trained.groups[*attribute as usize].ratings > 0;
        let attributes = match profile.user() {
            Some(user) => users.row_at(user.at()).map(|(a, _)| a).filter(speaks).collect(),
            None => Vec::new(),
        };
        Ok(Box::new(ForSomebody {
            model: self,
            attributes,
        }))
    }

    fn memory_bytes(&self) -> usize {
        let groups = self
            .trained
            .groups
            .iter()
            .map(|g| g.counts.capacity() * size_of::<(u32, u32)>());
        self.trained.users.memory_bytes() + groups.sum::<usize>() + self.trained.counts.capacity() * size_of::<u32>()
    }

    fn note(&self) -> Option<String> {
        self.trained.groups.is_empty().then(|| {
            "The data says nothing about its users (age, occupation, …), so demographic ranks by popularity alone."
                .to_owned()
        })
    }
}

struct ForSomebody {
    model: Arc<Demographic>,
    /// Of the user; none for a guest.
    attributes: Vec<u32>,
}

impl Served for ForSomebody {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let count = self.model.count(item)?;
        let lifts = self.attributes.iter().map(|&a| self.model.lift(a, item, count));
        Ok(lifts.fold(f64::from(count).ln(), |sum, lift| sum + lift))
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.trained.counts.len(), cancel, |item| self.score(item))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let (score, count) = (self.score(item)?, self.model.count(item)?);
        let everybody = Explanation::base("log of its ratings", f64::from(count).ln()).count("count", count as usize);
        let group = |&attribute: &u32| {
            let term = &self.model.trained.users.vocabulary()[attribute as usize];
            let about = About::Term(term.column.clone(), term.name.clone());
            let label = format!("{} {}", term.column, term.name);
            let inside = self.model.count_in(attribute, item);
            Explanation::leaf(PartKind::Feature, label, about, self.model.lift(attribute, item, count))
                .count("count", inside as usize)
                .number("expected", f64::from(count) * self.model.share(attribute))
                .number("share", self.model.share(attribute))
        };
        let parts = std::iter::once(everybody).chain(self.attributes.iter().map(group));
        Ok(Explanation::of_model(SPEC.name, score).of_parts(parts.collect()))
    }

    fn additive(&self) -> Option<&dyn Additive> {
        Some(self)
    }
}

/// No rating of the profile has a share in any score.
impl Additive for ForSomebody {
    fn share(&self, _: usize) -> Scores {
        Scores::unknown(self.model.trained.counts.len())
    }

    fn needed(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Ids, RatingRows};
    use crate::models::tests_common::{check_serving, fit, serve_guest, serve_user};

    /// Students (users 0, 1, 2) rate item 0, painters (3, 4, 5) item 1; item 2 two of each, item 3 nobody. User 6 is a
    /// student who rated nothing, of user 7 nothing is known.
    fn data() -> Arc<Dataset> {
        let rows = [
            (0, 0),
            (1, 0),
            (2, 0),
            (3, 1),
            (4, 1),
            (5, 1),
            (0, 2),
            (1, 2),
            (3, 2),
            (4, 2),
        ];
        let jobs = [0, 0, 0, 1, 1, 1, 0].map(|job| vec![(["student", "painter"][job], 1)]);
        let parts = DatasetParts {
            users: Ids::new((0..8).map(|u| format!("u{u}"))),
            items: Ids::new((0..4).map(|i| format!("i{i}"))),
            ratings: RatingRows {
                users: rows.iter().map(|r| r.0).collect(),
                items: rows.iter().map(|r| r.1).collect(),
                values: vec![4.0; rows.len()],
                times: Vec::new(),
            },
            user_attributes: Attributes {
                columns: vec![Attribute::of_names("occupation", jobs)],
            },
            ..DatasetParts::default()
        };
        Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap())
    }

    #[test]
    fn the_groups_of_the_user_lift_what_they_rate() {
        let model = fit("demographic", "smoothing=2,min-users=3", &data()).unwrap();
        let serving = serve_user(&model, &data(), 6);
        // Students gave 5 of the 10 ratings: p = .5.
        let lift = |inside: f64, count: f64| ((inside + 2.0 * 0.5) / ((count + 2.0) * 0.5)).ln();
        let expected = [
            3f64.ln() + lift(3.0, 3.0),
            3f64.ln() + lift(0.0, 3.0),
            4f64.ln() + lift(2.0, 4.0),
        ];
        for (item, expected) in expected.into_iter().enumerate() {
            let score = serving.score(ItemIx(item as u32)).unwrap();
            assert!((score - expected).abs() < 1e-12, "{score} {expected}");
        }
        assert_eq!(serving.score(ItemIx(3)), Err(NoScore::UnknownItem));
        check_serving(&serving, 4);
        let tree = serving.explain(ItemIx(0)).unwrap();
        assert_eq!(tree.children[1].label, "occupation student");
        assert_eq!(
            (tree.children[1].figure("count"), tree.children[1].figure("expected")),
            (Some(3.0), Some(1.5))
        );
        // Evenly liked: nothing is lifted.
        assert!(lift(2.0, 4.0).abs() < 1e-12);
    }

    #[test]
    fn of_whom_nothing_is_known_gets_the_most_popular() {
        let model = fit("demographic", "min-users=3", &data()).unwrap();
        for serving in [serve_user(&model, &data(), 7), serve_guest(&model, &[])] {
            let scores: Vec<f64> = (0..3).map(|i| serving.score(ItemIx(i)).unwrap()).collect();
            assert_eq!(scores, [3f64.ln(), 3f64.ln(), 4f64.ln()]);
            check_serving(&serving, 4);
        }
        assert_eq!(model.note(), None);
        let few = fit("demographic", "min-users=5", &data()).unwrap();
        assert!(few.note().unwrap().contains("popularity"));
    }
}
