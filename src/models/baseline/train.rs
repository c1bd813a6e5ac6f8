//! Trains the biases by ALS or SGD, reporting the RMSE of each epoch.

use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::neighborhood::Baselines;
use crate::task::{Cancelled, Report, Task};

#[derive(Clone, Copy, Debug)]
pub(super) struct SgdSettings {
    pub learning_rate: f64,
    pub regularization: f64,
    pub epochs: usize,
}

/// Alternating least squares ([`Baselines::als`]), with the RMSE on the ratings after each epoch.
pub(super) fn by_als(
    dataset: &Dataset,
    settings: (f64, f64, usize),
    task: &Task,
) -> Result<(Baselines, Vec<f64>), Cancelled> {
    let mut curve = Vec::with_capacity(settings.2);
    let fitted = Baselines::als(dataset, settings, &task.cancel, |biases| {
        let rmse = rmse(biases, dataset);
        curve.push(rmse);
        report_epoch(task, curve.len(), settings.2, rmse);
    })?;
    Ok((fitted, curve))
}

/// Stochastic gradient descent over the ratings grouped by user, without shuffling, as in Surprise: with
/// e = r − μ − b_u − b_i, b_u += γ(e − λ b_u), b_i += γ(e − λ b_i). O(epochs · ratings). Also returns the RMSE of each
/// epoch, from the errors before their own steps.
pub(super) fn by_sgd(
    dataset: &Dataset,
    settings: SgdSettings,
    task: &Task,
) -> Result<(Baselines, Vec<f64>), Cancelled> {
    let mut biases = Baselines {
        mean: dataset.mean(),
        user: vec![0.0; dataset.n_users()],
        item: vec![0.0; dataset.n_items()],
        reg_user: 0.0,
    };
    let (rate, reg) = (settings.learning_rate, settings.regularization);
    let mut curve = Vec::with_capacity(settings.epochs);
    for _ in 0..settings.epochs {
        let mut squares = 0.0;
        for user in dataset.users() {
            if user.0 % 128 == 0 {
                task.cancel.check()?;
            }
            let mut own = biases.user[user.at()];
            for (i, rating) in dataset.user_row(user).iter() {
                let item = &mut biases.item[i as usize];
                let error = rating - (biases.mean + own + *item);
                squares += error * error;
                own += rate * (error - reg * own);
                *item += rate * (error - reg * *item);
            }
            biases.user[user.at()] = own;
        }
        let rmse = (squares / dataset.n_ratings().max(1) as f64).sqrt();
        curve.push(rmse);
        report_epoch(task, curve.len(), settings.epochs, rmse);
    }
    Ok((biases, curve))
}

fn rmse(biases: &Baselines, dataset: &Dataset) -> f64 {
    let of_user = |user: UserIx| -> f64 {
        let own = biases.user[user.at()];
        let row = dataset.user_row(user).iter();
        row.map(|(i, r)| (r - biases.of(own, ItemIx(i))).powi(2)).sum()
    };
    let squares: f64 = dataset.users().map(of_user).sum();
    (squares / dataset.n_ratings().max(1) as f64).sqrt()
}

fn report_epoch(task: &Task, epoch: usize, epochs: usize, rmse: f64) {
    task.progress
        .say(|| Report::of("fitting baseline", epoch as u64, epochs as u64, "epochs").with("RMSE", rmse));
}
