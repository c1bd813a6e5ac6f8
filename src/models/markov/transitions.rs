use crate::data::Dataset;
use crate::models::chronology::Chronology;
use crate::models::item_weights::SparseWeights;
use crate::task::{Cancelled, Report, Task};

/// The probability that one item follows another: its count (1/s for the s-th item after the other) over the total of all
/// successors plus damping. O(ratings · window).
pub(super) fn probabilities(
    data: &Dataset,
    chronology: &Chronology,
    (window, damping): (usize, f64),
    task: &Task,
) -> Result<SparseWeights, Cancelled> {
    let mut successors: Vec<Vec<(u32, u16)>> = vec![Vec::new(); data.n_items()];
    for user in data.users() {
        if user.at() % 64 == 0 {
            task.cancel.check()?;
            let (done, total) = (user.at() as u64, data.n_users() as u64);
            task.progress
                .say(|| Report::of("counting transitions", done, total, "users"));
        }
        let history = chronology.of_user(data, user);
        for (at, (from, _)) in history.iter().enumerate() {
            for (step, (to, _)) in history[at + 1..].iter().take(window).enumerate() {
                successors[*from as usize].push((*to, step as u16 + 1));
            }
        }
    }
    let probabilities_by_item = task.pool.try_map(successors.len(), |from| {
        task.cancel.check()?;
        let mut pairs = successors[from].clone();
        pairs.sort_unstable();
        let mut list: Vec<(u32, f64)> = Vec::new();
        for (to, step) in pairs {
            let weight = 1.0 / f64::from(step);
            match list.last_mut() {
                Some((last, sum)) if *last == to => *sum += weight,
                _ => list.push((to, weight)),
            }
        }
        let total: f64 = list.iter().map(|(_, n)| n).sum();
        let share = |(to, n): (u32, f64)| (to, (n / (total + damping)) as f32);
        Ok(list.into_iter().map(share).collect())
    })?;
    Ok(SparseWeights::of_speakers(probabilities_by_item))
}
