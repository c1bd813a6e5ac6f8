//! Training: batches in random order, until the validation loss stops improving.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use serde::{Deserialize, Serialize};

use super::adam::Adam;
use super::batch::{Batch, Drawing, Pair, Pairs, Weighing};
use super::gradient::Step;
use super::network::{Descriptions, Network, Shape};
use crate::data::Dataset;
use crate::task::{Cancelled, Report, Task};

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub shape: Shape,
    /// The most passes over all pairs.
    pub epochs: usize,
    /// Training stops after so many epochs without improvement.
    pub patience: usize,
    /// The share of the pairs held out for validation.
    pub validation: f64,
    pub batch: usize,
    pub learning_rate: f64,
    /// What cosines are divided by in the loss.
    pub temperature: f64,
    pub drawing: Drawing,
    /// How much ratings affect the mean of a history; see [`Weighing`].
    pub rating_weight: f64,
    /// Terms of fewer items (or users) are left out.
    pub min_items: usize,
}

/// The result of training.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trained {
    pub network: Network<f32>,
    pub descriptions: Descriptions,
    /// The loss of each epoch: on the pairs held out, or on the training pairs where there are none.
    pub curve: Vec<f64>,
    pub validated: bool,
}

/// With fewer pairs nothing is held out.
const FEWEST_TO_HOLD_OUT: usize = 40;

/// Trains both towers so that a user's vector points to what the user rated: in-batch sampled softmax (Yi et al. 2019) by
/// Adam. The same seed gives the same bits on any number of threads.
pub fn train(dataset: &Dataset, settings: &Settings, seed: u64, task: &Task) -> Result<Trained, Cancelled> {
    let cancel = &task.cancel;
    let mut random = Pcg64::seed_from_u64(seed);
    let weighing = Weighing::new(dataset.scale(), dataset.mean(), settings.rating_weight);
    let held_out = hold_out(dataset.n_ratings(), settings.validation, &mut random);
    let (pairs, validation) = Pairs::of(dataset, &weighing, &held_out, cancel)?;
    let descriptions = Descriptions::of(dataset, settings.min_items, cancel)?;
    let items: Vec<bool> = dataset.items().map(|item| pairs.has_item(item.0)).collect();
    let users: Vec<bool> = dataset.users().map(|user| pairs.has_user(user.0)).collect();
    let mut network = Network::random(settings.shape, &descriptions, &items, &users, random.random());
    let mut adam = Adam::new(&network, settings.learning_rate);
    let (mut best, mut lowest, mut since) = (network.clone(), f64::INFINITY, 0);
    let mut order: Vec<u32> = (0..pairs.len() as u32).collect();
    let mut curve = Vec::new();
    for epoch in 0..settings.epochs {
        shuffle(&mut order, &mut random);
        let mut sum = 0.0;
        for wanted in order.chunks(settings.batch.max(1)) {
            cancel.check()?;
            let rows: Vec<Pair> = wanted.iter().map(|at| pairs.get(*at as usize)).collect();
            let batch = Batch::draw(&rows, &pairs, settings.drawing, &mut random);
            let step = Step::new(&network, &descriptions, &batch, settings.temperature, task);
            let (loss, gradient) = step.gradient()?;
            sum += loss * rows.len() as f64;
            adam.step(&mut network, &gradient);
        }
        let mut loss = sum / pairs.len().max(1) as f64;
        if !validation.is_empty() {
            loss = validate(&network, &descriptions, &validation, &pairs, settings, seed, task)?;
        }
        if !loss.is_finite() {
            break;
        }
        curve.push(loss);
        task.progress.say(|| {
            let report = Report::of("fitting two-tower", epoch as u64 + 1, settings.epochs as u64, "epochs");
            report.with("loss", loss)
        });
        since += 1;
        if loss < lowest {
            (best, lowest, since) = (network.clone(), loss, 0);
        }
        if since >= settings.patience {
            break;
        }
    }
    Ok(Trained {
        network: best,
        descriptions,
        curve,
        validated: !validation.is_empty(),
    })
}

/// The mean loss of the pairs held out, each with its user's training pairs as the history, in fixed batches.
fn validate(
    network: &Network<f32>,
    descriptions: &Descriptions,
    validation: &[Pair],
    pairs: &Pairs,
    settings: &Settings,
    seed: u64,
    task: &Task,
) -> Result<f64, Cancelled> {
    let mut random = Pcg64::seed_from_u64(seed);
    let mut order: Vec<u32> = (0..validation.len() as u32).collect();
    shuffle(&mut order, &mut random);
    let drawing = Drawing {
        user_dropout: 0.0,
        item_dropout: 0.0,
        ..settings.drawing
    };
    let mut sum = 0.0;
    for wanted in order.chunks(settings.batch.max(1)) {
        task.cancel.check()?;
        let rows: Vec<Pair> = wanted.iter().map(|at| validation[*at as usize]).collect();
        let batch = Batch::draw(&rows, pairs, drawing, &mut random);
        sum += Step::new(network, descriptions, &batch, settings.temperature, task).loss()? * rows.len() as f64;
    }
    Ok(sum / validation.len().max(1) as f64)
}

/// Which of `n` pairs are held out: `share` of them, at random.
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
