use std::borrow::Cow;
use std::sync::Arc;

use super::{Affinity, ItemWeights, Speaker};
use crate::data::{Dataset, ItemIx};
use crate::models::{Additive, Explanation, FitContext, NoScore, Profile, Recommender, Scores, Served, Tallies, Unit};
use crate::task::{Cancel, Cancelled};

/// A fitted model whose score is Σ affinity(j) · W[j → i] over the profile's items j.
///
/// A new or edited profile is served as any other, without training: only its affinities differ.
pub struct LinearModel {
    pub name: Cow<'static, str>,
    pub unit: Unit,
    pub dataset: Arc<Dataset>,
    pub weights: Arc<ItemWeights>,
    pub affinity: Affinity,
    /// The settings with which there are weights between any items that were rated together, where the defaults spare them.
    pub spared: Option<&'static str>,
    /// What a weight is called in explanations: `weight` or `similarity`.
    pub weight_name: &'static str,
}

impl LinearModel {
    /// One in which each rated item counts 1, whatever its rating.
    pub fn of_presence(
        name: &'static str,
        weights: Arc<ItemWeights>,
        context: &FitContext,
        spared: Option<&'static str>,
    ) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            unit: Unit::Score,
            dataset: Arc::clone(&context.dataset),
            weights,
            affinity: Affinity::default(),
            spared,
            weight_name: "weight",
        })
    }
}

impl Recommender for LinearModel {
    fn unit(&self) -> Unit {
        self.unit
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        cancel.check()?;
        Ok(Box::new(LinearServed {
            speakers: self.affinity.speakers(&self.dataset, &profile),
            model: self,
        }))
    }

    fn note(&self) -> Option<String> {
        let settings = self.spared.filter(|_| self.weights.is_empty())?;
        let name = &self.name;
        Some(format!(
            "{name} found no two items that go together in so few ratings; try {name}:{settings}"
        ))
    }

    fn memory_bytes(&self) -> usize {
        self.weights.memory_bytes() + self.affinity.memory_bytes()
    }
}

/// Speakers between two checks for cancellation.
const SPEAKERS_AT_ONCE: usize = 256;

struct LinearServed {
    model: Arc<LinearModel>,
    speakers: Vec<Speaker>,
}

impl LinearServed {
    /// Those who speak for `item`, with what they say, items ascending.
    fn voices(&self, item: ItemIx) -> impl Iterator<Item = (&Speaker, f64)> {
        let weights = &self.model.weights;
        let speakers = self.speakers.iter();
        speakers.filter_map(move |s| Some((s, weights.weight(s.item, item.0)?)))
    }
}

impl Served for LinearServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let (mut sum, mut heard) = (0.0, 0);
        for (speaker, weight) in self.voices(item) {
            sum += speaker.affinity * weight;
            heard += 1;
        }
        if heard == 0 {
            // Imported weights may know items that nobody in the data has rated: only silence asks for a reason.
            NoScore::check(&self.model.dataset, item, self.speakers.is_empty())?;
            return Err(NoScore::NoNeighbors);
        }
        Ok(sum)
    }

    /// Speakers one after the other, in the order of `score`: the same bits.
    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let n = self.model.weights.n_items();
        let (mut sums, mut heard) = (vec![0.0; n], vec![0; n]);
        for speakers in self.speakers.chunks(SPEAKERS_AT_ONCE) {
            cancel.check()?;
            let said = speakers.iter().map(|speaker| (speaker.item, speaker.affinity));
            self.model
                .weights
                .add_all(&said.collect::<Vec<_>>(), &mut sums, &mut heard);
        }
        let mut scores = Scores::unknown(n);
        for item in self.model.dataset.items().filter(|i| heard[i.at()] > 0) {
            scores.set(item, sums[item.at()]);
        }
        Ok(scores)
    }

    fn unrated_scores(&self, votes: &mut Tallies, cancel: &Cancel) -> Result<Option<Vec<(ItemIx, f64)>>, Cancelled> {
        votes.grow(self.model.weights.n_items());
        for speaker in &self.speakers {
            let Some((items, weights)) = self.model.weights.sparse(speaker.item) else {
                return Ok(None);
            };
            for (item, weight) in items.iter().zip(weights) {
                votes.add(*item, f64::from(*weight), speaker.affinity);
            }
        }
        let known = votes.drain().map(|(item, tally)| (item, tally.sum)).collect();
        cancel.check()?;
        Ok(Some(known))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let children = self.voices(item).map(|(speaker, weight)| {
            let node = Explanation::rated(ItemIx(speaker.item), speaker.affinity * weight);
            speaker.describe(node.number(self.model.weight_name, weight))
        });
        let name = self.model.name.clone();
        let root = Explanation::of_model(name, score);
        Ok(root.of_parts(children.collect()))
    }
    /// Not with recency: removing a rating changes the weights of those before it.
    fn additive(&self) -> Option<&dyn Additive> {
        self.model.affinity.recency.is_none().then_some(self)
    }
}

impl Additive for LinearServed {
    fn share(&self, at: usize) -> Scores {
        let weights = &self.model.weights;
        let n = weights.n_items();
        let mut shares = Scores::unknown(n);
        // Without recency every rating speaks, in the order of the profile.
        let Some(speaker) = self.speakers.get(at) else {
            return shares;
        };
        let (mut sums, mut heard) = (vec![0.0; n], vec![0; n]);
        weights.add_all(&[(speaker.item, speaker.affinity)], &mut sums, &mut heard);
        for item in self.model.dataset.items().filter(|i| heard[i.at()] > 0) {
            shares.set(item, sums[item.at()]);
        }
        shares
    }
}
