//! Training: batches of users in random order, until lists for the ratings held out get no better.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::adam::Adam;
use super::batch::{Batch, Drawing, Histories, Weighing};
use super::gradient::Step;
use super::matrix::Real;
use super::network::{Descriptions, Network, Shape};
use super::stock::Stock;
use crate::data::Dataset;
use crate::task::{Cancelled, Report, Task};

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub shape: Shape,
    /// The most passes over all users.
    pub epochs: usize,
    /// How much of the mean of the network over the epochs is kept when another one comes in.
    pub averaging: f64,
    /// Training stops after so many epochs in which lists for what is held out got no better.
    pub patience: usize,
    /// The share of the ratings held out for validation.
    pub validation: f64,
    /// Users per step.
    pub batch: usize,
    pub learning_rate: f64,
    /// The penalty on the mean squared length of users' vectors.
    pub reg: f64,
    pub drawing: Drawing,
    /// How much ratings affect the mean of a history; see [`Weighing`].
    pub rating_weight: f64,
    /// Terms of fewer items (or users) are left out.
    pub min_items: usize,
}

/// The result of training.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trained {
    /// The mean over the epochs, up to the best one.
    pub network: Network<f32>,
    pub descriptions: Descriptions,
    /// By epoch: the mean loss of its steps.
    pub losses: Vec<f64>,
    /// By epoch: the mean nDCG@10 of lists by the ratings held out; empty where there are none.
    pub ndcg: Vec<f64>,
}

/// With fewer ratings nothing is held out.
const FEWEST_TO_HOLD_OUT: usize = 40;
/// The most users whose lists are judged after an epoch.
pub const JUDGED: usize = 1000;
/// The quality of an epoch is the mean of its nDCG and that of the epochs before, so many together: that of one is noise.
const SMOOTHED: usize = 5;
/// How long these lists are.
const LENGTH: usize = 10;

/// Trains both towers to predict a hidden part of every history from the rest: softmax over the catalog, or over a sample of
/// it with its logits corrected (Yi et al. 2019), by Adam. The same seed gives the same bits on any number of threads.
///
/// What is kept is no epoch's network but the mean over the epochs, the later the more (Polyak and Juditsky 1992 of steps;
/// Izmailov et al. 2018, Averaging Weights Leads to Wider Optima and Better Generalization): with a constant learning rate the
/// network itself goes on wandering. Ratings held out tell up to which epoch; where none are, it is the last. Stopped, it keeps
/// what is best so far.
pub fn train(dataset: &Dataset, settings: &Settings, seed: u64, task: &Task) -> Result<Trained, Cancelled> {
    let (cancel, heeding) = (&task.cancel, task.enough.heed());
    let mut random = Pcg64::seed_from_u64(seed);
    let weighing = Weighing::new(dataset.scale(), dataset.mean(), settings.rating_weight);
    let held_out = hold_out(dataset.n_ratings(), settings.validation, &mut random);
    let (histories, held_out) = Histories::of(dataset, &weighing, &held_out, cancel)?;
    let descriptions = Descriptions::of(dataset, settings.min_items, cancel)?;
    let judge = Judge::of(&histories, &held_out, &mut random);
    let mut network: Network<f32> = Network::random(settings.shape, &descriptions, &histories.counts, random.random());
    let mut adam = Adam::new(&network, settings.learning_rate);
    let mut mean = network.clone();
    // The mean up to the best epoch, and the quality of that.
    let mut best = judge.is_some().then(|| (network.clone(), 0, f64::NEG_INFINITY));
    let users = 0..histories.n_users() as u32;
    let mut order: Vec<u32> = users.filter(|user| !histories.items(*user).is_empty()).collect();
    let stock = Stock::default();
    let (mut losses, mut curve) = (Vec::new(), Vec::new());
    for epoch in 1..=settings.epochs {
        shuffle(&mut order, &mut random);
        let (mut sum, mut weight) = (0.0, 0.0);
        for users in order.chunks(settings.batch.max(1)) {
            cancel.check()?;
            let batch = Batch::draw(users, &histories, settings.drawing, &mut random);
            let step = Step::new(&network, &descriptions, &batch, settings.reg, (&stock, task))?;
            let (loss, gradient) = step.gradient()?;
            step.end();
            let hidden = batch.targets.total().wide();
            (sum, weight) = (sum + loss * hidden, weight + hidden);
            adam.step(&mut network, &gradient);
            gradient.end(&stock);
        }
        let loss = sum / f64::max(weight, 1.0);
        if !loss.is_finite() {
            break;
        }
        losses.push(loss);
        // As long as few epochs have passed, they count alike.
        mean.approach(&network, f64::max(1.0 - settings.averaging, 1.0 / epoch as f64));
        if let (Some(judge), Some(best)) = (&judge, &mut best) {
            curve.push(judge.ndcg(&mean, &descriptions, (&stock, task))?);
            let last = &curve[curve.len().saturating_sub(SMOOTHED)..];
            let quality = last.iter().sum::<f64>() / last.len() as f64;
            if quality > best.2 {
                *best = (mean.clone(), epoch, quality);
            }
        }
        task.progress.say(|| {
            let report = Report::of("fitting two-tower", epoch as u64, settings.epochs as u64, "epochs");
            let report = report.with("loss", loss);
            match curve.last() {
                Some(ndcg) => report.with("nDCG@10", *ndcg),
                None => report,
            }
        });
        let is_best_over = best.as_ref().is_some_and(|(_, at, _)| epoch >= at + settings.patience);
        if is_best_over || heeding.is_enough(epoch, settings.epochs) {
            break;
        }
    }
    let mut network = best.map_or(mean, |(network, ..)| network);
    network.even_biases(&histories.counts);
    Ok(Trained {
        network,
        descriptions,
        losses,
        ndcg: curve,
    })
}

/// What lists are judged by while training.
struct Judge<'a> {
    batch: Batch<f32>,
    /// By row: the ratings held out.
    relevant: Vec<&'a [u32]>,
}

impl<'a> Judge<'a> {
    /// Of some users at random, with all that is left of their histories; `None` where nothing is held out.
    fn of(histories: &Histories, held_out: &'a [Vec<u32>], random: &mut Pcg64) -> Option<Self> {
        let of_them = |user: &u32| !held_out[*user as usize].is_empty() && !histories.items(*user).is_empty();
        let mut users: Vec<u32> = (0..histories.n_users() as u32).filter(of_them).collect();
        shuffle(&mut users, random);
        users.truncate(JUDGED);
        (!users.is_empty()).then(|| Self {
            batch: Batch::whole(&users, histories),
            relevant: users.iter().map(|user| held_out[*user as usize].as_slice()).collect(),
        })
    }

    fn ndcg(
        &self,
        network: &Network<f32>,
        descriptions: &Descriptions,
        with: (&Stock<f32>, &Task),
    ) -> Result<f64, Cancelled> {
        let step = Step::new(network, descriptions, &self.batch, 0.0, with)?;
        let ndcg = step.ndcg(LENGTH, &self.relevant);
        step.end();
        ndcg
    }
}

/// Which of `n` ratings are held out: `share` of them, at random.
fn hold_out(n: usize, share: f64, random: &mut Pcg64) -> Vec<bool> {
    let mut held_out = vec![false; n];
    if n >= FEWEST_TO_HOLD_OUT {
        let wanted = (share * n as f64).round() as usize;
        for at in rand::seq::index::sample(random, n, wanted.min(n)) {
            held_out[at] = true;
        }
    }
    held_out
}

fn shuffle(order: &mut [u32], random: &mut Pcg64) {
    for last in (1..order.len()).rev() {
        order.swap(last, random.random_range(0..=last));
    }
}
