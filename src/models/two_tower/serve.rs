//! Scores for one profile, explained by factors, with the item's features in each, and by the profile's input.

use std::sync::Arc;

use super::matrix::Matrix;
use super::model::{TwoTower, wide};
use super::network::Half;
use super::reading::Reading;
use super::slopes::Slopes;
use crate::data::{ItemIx, UserIx};
use crate::models::content::Features;
use crate::models::latent::dot;
use crate::models::{About, Explanation, LatentFactors, NoScore, PartKind, Profile, Recommender, Scores, Served, Unit};
use crate::task::{Cancel, Cancelled};

impl Recommender for TwoTower {
    fn unit(&self) -> Unit {
        Unit::Score
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
        let trained = &self.trained;
        Some(match trained.ndcg.as_slice() {
            [] => ("softmax loss of hidden ratings", &trained.losses),
            curve => ("nDCG@10 on the ratings held out", curve),
        })
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
        Some(self.user_tower.output(reading?.ok()?.input(None)?))
    }

    fn item_bias(&self, item: ItemIx) -> f64 {
        self.bias(item)
    }

    fn profile(&self, profile: &Profile) -> Vec<f64> {
        let input = Reading::of(self, profile, &Cancel::new())
            .ok()
            .and_then(|r| r.input(None));
        input.map_or_else(|| vec![0.0; self.n_factors()], |input| self.user_tower.output(input))
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
        let taste = reading.input(None).map(|input| model.user_tower.output(input));
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
            Some(_) => self.reading.input(own).map(|input| self.model.user_tower.output(input)),
        };
        let taste = taste.ok_or(NoScore::EmptyProfile)?;
        Ok(WithoutItem { own, taste })
    }

    fn root(&self, score: f64) -> Explanation {
        let name = super::SPEC.name;
        Explanation::of_model(name, score).count("ratings", self.profile.len())
    }

    fn bias(&self, item: ItemIx) -> Explanation {
        Explanation::base("the item's bias", self.model.bias(item))
    }

    /// The parts of an item's input, each with its node.
    fn item_parts(&self, item: ItemIx) -> Vec<(Explanation, Vec<f64>)> {
        let trained = &*self.model.trained;
        let node = Explanation::leaf(PartKind::Feature, "the item itself", About::Nothing, 0.0);
        let own = (node, wide(trained.network.items.ids.row(item.at())));
        let terms = &trained.descriptions.items;
        let embedded = embedded(PartKind::Term, &trained.network.items, terms, Some(item.at()));
        [own].into_iter().chain(embedded).collect()
    }

    /// The parts of the profile's input without the rating at `own`, each with its node.
    fn profile_parts(&self, own: Option<usize>) -> Vec<(Explanation, Vec<f64>)> {
        let trained = &*self.model.trained;
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
        let node = Explanation::leaf(PartKind::Feature, "what all users share", About::Nothing, 0.0);
        parts.push((node, wide(trained.network.users.ids.row(0))));
        let (user, terms) = (self.model.described(&self.profile), &trained.descriptions.users);
        parts.extend(embedded(PartKind::Feature, &trained.network.users, terms, user));
        parts
    }
}

/// The embeddings of the `terms` of row `at`, each with its node.
fn embedded<'a>(
    kind: PartKind,
    half: &'a Half<f32>,
    terms: &'a Features,
    at: Option<usize>,
) -> impl Iterator<Item = (Explanation, Vec<f64>)> + 'a {
    let rows = at.into_iter().flat_map(|at| terms.row_at(at));
    rows.map(move |(term, weight)| {
        let embedding = half.terms.row(term as usize).iter().map(|x| weight * f64::from(*x));
        let term = &terms.vocabulary()[term as usize];
        let about = About::Term(term.column.clone(), term.name.clone());
        let node = Explanation::leaf(kind, term.label(), about, 0.0)
            .number("weight", weight)
            .number("idf", term.idf);
        (node, embedding.collect())
    })
}

/// `node` as the sum of what each part of a tower's input adds, of the tower's output without input, and of `others`. For a
/// tower with a hidden layer what they do not add up to is a part, however small.
fn decompose(
    mut node: Explanation,
    (slopes, direction): (&Slopes, usize),
    parts: &[(Explanation, Vec<f64>)],
    others: Vec<Explanation>,
    exact: bool,
) -> Explanation {
    let slope = slopes.inputs.row(direction);
    let part = |(part, input): &(Explanation, Vec<f64>)| Explanation {
        value: dot(slope, input),
        ..part.clone()
    };
    let mut children: Vec<Explanation> = parts.iter().map(part).chain(others).collect();
    if exact {
        return node.of_parts(children);
    }
    children.push(Explanation::base("the tower without input", slopes.start[direction]));
    let sum: f64 = children.iter().map(|child| child.value).sum();
    let rest = Explanation::leaf(PartKind::Residual, "residual", About::Nothing, node.value - sum);
    children.push(rest.count("steps", super::slopes::STEPS));
    node.children = children;
    node
}

impl Served for TowerServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let without = self.without_item(item)?;
        Ok(self.model.score(item, &without.taste))
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.dataset.n_items(), cancel, |item| match &self.taste {
            Some(taste) if self.model.knows(item) && self.position(item).is_none() => Ok(self.model.score(item, taste)),
            _ => self.score(item),
        })
    }

    /// By factors, p_f·q_f each, every factor by the parts of the item's input, and the item's bias.
    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let without = self.without_item(item)?;
        let vector = self.model.vectors.row(item.at());
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
            decompose(node, (&slopes, f), &parts, Vec::new(), tower.is_identity())
        };
        let factors = without.taste.iter().zip(&vector).enumerate().map(factor);
        let children = factors.chain([self.bias(item)]).collect();
        Ok(self.root(self.model.score(item, &without.taste)).of_parts(children))
    }

    /// By the user tower's input: every rating, what all users share, and the user's terms; and the item's bias. Exact without
    /// a hidden layer.
    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        let without = self.without_item(item)?;
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
        let root = self.root(self.model.score(item, &without.taste));
        let others = vec![self.bias(item)];
        Ok(Some(decompose(root, (&slopes, 0), &parts, others, tower.is_identity())))
    }
}
