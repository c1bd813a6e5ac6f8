//! Scores for one profile, explained by factors, with the item's features in each, and by the profile's input.

use std::sync::Arc;

use super::matrix::Matrix;
use super::model::{TwoTower, wide};
use super::network::Half;
use super::reading::Reading;
use super::slopes::Slopes;
use super::train::Trained;
use crate::data::{ItemIx, UserIx};
use crate::models::content::Features;
use crate::models::latent::dot;
use crate::models::{About, Explanation, LatentFactors, NoScore, PartKind, Profile, Recommender, Scores, Served, Unit};
use crate::task::{Cancel, Cancelled};

impl Recommender for TwoTower {
    fn unit(&self) -> Unit {
        Unit::Cosine
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let reading = Reading::of(&self, &profile, cancel)?;
        Ok(Box::new(TowerServed::new(self, profile, reading)))
    }

    fn memory_bytes(&self) -> usize {
        let descriptions = &self.trained.descriptions;
        self.trained.network.memory_bytes()
            + descriptions.items.memory_bytes()
            + descriptions.users.memory_bytes()
            + 8 * self.vectors.width() * self.dataset.n_items()
    }

    fn factors(&self) -> Option<&dyn LatentFactors> {
        Some(self)
    }

    fn training_curve(&self) -> Option<(&'static str, &[f64])> {
        let name = if self.trained.validated {
            "softmax loss on the ratings held out"
        } else {
            "softmax loss on the ratings"
        };
        Some((name, &self.trained.curve))
    }
}

impl LatentFactors for TwoTower {
    fn n_factors(&self) -> usize {
        self.vectors.width()
    }

    fn item(&self, item: ItemIx) -> Option<Vec<f64>> {
        self.knows(item).then(|| self.vectors.row(item.at()))
    }

    fn user(&self, user: UserIx) -> Option<Vec<f64>> {
        let stored = user.at() < self.dataset.n_users();
        let reading = stored.then(|| Reading::of(self, &Profile::of_user(&self.dataset, user), &Cancel::new()));
        Some(self.user_tower.unit(reading?.ok()?.input(None)?))
    }

    fn profile(&self, profile: &Profile) -> Vec<f64> {
        let input = Reading::of(self, profile, &Cancel::new())
            .ok()
            .and_then(|r| r.input(None));
        input.map_or_else(|| vec![0.0; self.n_factors()], |input| self.user_tower.unit(input))
    }
}

pub(super) struct TowerServed {
    model: Arc<TwoTower>,
    profile: Arc<Profile>,
    reading: Reading,
    /// The profile's vector; `None` for an empty input.
    taste: Option<Vec<f64>>,
}

/// A profile without its rating of one item.
struct WithoutItem {
    /// The position of that rating in the profile.
    own: Option<usize>,
    taste: Vec<f64>,
}

impl TowerServed {
    pub fn new(model: Arc<TwoTower>, profile: Arc<Profile>, reading: Reading) -> Self {
        let taste = reading.input(None).map(|input| model.user_tower.unit(input));
        Self {
            model,
            profile,
            reading,
            taste,
        }
    }

    /// The position of the profile's rating of the item.
    fn position(&self, item: ItemIx) -> Option<usize> {
        self.profile.rows().binary_search_by_key(&item, |row| row.item).ok()
    }

    fn without_item(&self, item: ItemIx) -> Result<WithoutItem, NoScore> {
        if !self.model.knows(item) {
            return Err(NoScore::UnknownItem);
        }
        let own = self.position(item);
        let taste = match own {
            None => self.taste.clone(),
            Some(_) => self.reading.input(own).map(|input| self.model.user_tower.unit(input)),
        };
        let taste = taste.ok_or(NoScore::EmptyProfile)?;
        Ok(WithoutItem { own, taste })
    }

    fn root(&self, score: f64) -> Explanation {
        let name = super::SPEC.name;
        Explanation::of_model(name, score).count("ratings", self.profile.len())
    }

    /// The parts of an item's input, each with its node.
    fn item_parts(&self, item: ItemIx) -> Vec<(Explanation, Vec<f64>)> {
        let Trained {
            network, descriptions, ..
        } = &*self.model.trained;
        embedded(
            "the item itself",
            PartKind::Term,
            &network.items,
            &descriptions.items,
            item.at(),
        )
    }

    /// The parts of the profile's input without the rating at `own`, each with its node.
    fn profile_parts(&self, own: Option<usize>) -> Vec<(Explanation, Vec<f64>)> {
        let Trained {
            network, descriptions, ..
        } = &*self.model.trained;
        let mut parts = Vec::new();
        if let Some(mass) = self.reading.mass(own) {
            let rows = self.profile.rows().iter().enumerate();
            for (at, row) in rows.filter(|(at, _)| Some(*at) != own) {
                let node = Explanation::rated(row.item, 0.0)
                    .number("rating", row.rating)
                    .number("weight", self.reading.weights[at] / mass);
                parts.push((node, self.reading.share(at, mass)));
            }
        }
        let known = |user: &UserIx| user.at() < network.users.ids.rows();
        if let Some(user) = self.profile.user().filter(known) {
            let (label, terms) = ("the user's own embedding", &descriptions.users);
            parts.extend(embedded(label, PartKind::Feature, &network.users, terms, user.at()));
        }
        parts
    }
}

/// The embedding at `at` and those of its `terms`, each with its node.
fn embedded(
    own: &'static str,
    kind: PartKind,
    half: &Half<f32>,
    terms: &Features,
    at: usize,
) -> Vec<(Explanation, Vec<f64>)> {
    let node = Explanation::leaf(PartKind::Feature, own, About::Nothing, 0.0);
    let mut parts = vec![(node, wide(half.ids.row(at)))];
    for (term, weight) in terms.row_at(at) {
        let embedding = half.terms.row(term as usize).iter().map(|x| weight * f64::from(*x));
        let term = &terms.vocabulary()[term as usize];
        let about = About::Term(term.column.clone(), term.name.clone());
        let node = Explanation::leaf(kind, term.label(), about, 0.0)
            .number("weight", weight)
            .number("idf", term.idf);
        parts.push((node, embedding.collect()));
    }
    parts
}

/// `node` as the sum of its parts: the tower's output without input, and what each part of its input adds. For a
/// nonlinear tower what they do not add up to is a part, however small.
fn decompose(
    mut node: Explanation,
    start: f64,
    slope: &[f64],
    parts: &[(Explanation, Vec<f64>)],
    exact: bool,
) -> Explanation {
    let part = |(part, input): &(Explanation, Vec<f64>)| Explanation {
        value: dot(slope, input),
        ..part.clone()
    };
    let mut children: Vec<Explanation> = parts.iter().map(part).collect();
    children.push(Explanation::base("constant term of the tower", start));
    if exact {
        return node.of_parts(children);
    }
    let sum: f64 = children.iter().map(|child| child.value).sum();
    let rest = Explanation::leaf(PartKind::Residual, "residual", About::Nothing, node.value - sum);
    children.push(rest.count("steps", super::slopes::STEPS));
    node.children = children;
    node
}

impl Served for TowerServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let without = self.without_item(item)?;
        Ok(self.model.vectors.dot(item.at(), &without.taste))
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.dataset.n_items(), cancel, |item| match &self.taste {
            Some(taste) if self.model.knows(item) && self.position(item).is_none() => {
                Ok(self.model.vectors.dot(item.at(), taste))
            }
            _ => self.score(item),
        })
    }

    /// By factors, p_f·q_f each, and every factor by the parts of the item's input.
    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let without = self.without_item(item)?;
        let vector = self.model.vectors.row(item.at());
        let score = self.model.vectors.dot(item.at(), &without.taste);
        let parts = self.item_parts(item);
        let width = vector.len();
        let mut directions = Matrix::zeros(width, width);
        for (f, p) in without.taste.iter().enumerate() {
            directions.row_mut(f)[f] = *p;
        }
        let tower = &self.model.item_tower;
        let slopes = Slopes::of(tower, &self.model.item_input(item), &directions);
        let factor = |(f, (p, q)): (usize, (&f64, &f64))| {
            let node = Explanation::leaf(PartKind::Factor, format!("factor f{}", f + 1), About::Factor(f), p * q)
                .number("user", *p)
                .number("item", *q);
            decompose(node, slopes.start[f], slopes.inputs.row(f), &parts, tower.is_linear())
        };
        let children = without.taste.iter().zip(&vector).enumerate().map(factor).collect();
        Ok(self.root(score).of_parts(children))
    }

    /// By the user tower's input: every rating, the user's own embedding, and the user's terms. Exact for a linear
    /// tower, with its length treated as a constant; else by integrated gradients (Sundararajan et al. 2017) from 0.
    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        let without = self.without_item(item)?;
        let score = self.model.vectors.dot(item.at(), &without.taste);
        let Some(input) = self.reading.input(without.own) else {
            return Err(NoScore::EmptyProfile);
        };
        let numbers = self.model.vectors.row(item.at());
        let direction = Matrix {
            width: numbers.len(),
            numbers,
        };
        let tower = &self.model.user_tower;
        let slopes = Slopes::of(tower, &input, &direction);
        let parts = self.profile_parts(without.own);
        let root = self.root(score).number("length", slopes.length);
        Ok(Some(decompose(
            root,
            slopes.start[0],
            slopes.inputs.row(0),
            &parts,
            tower.is_linear(),
        )))
    }
}
