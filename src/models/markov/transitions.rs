use crate::data::Dataset;
use crate::models::chronology::Chronology;
use crate::models::item_weights::SparseWeights;
use crate::task::{Cancelled, Report, Task};

/// How likely each item is to follow each other one: how often it did (1/s for the s-th item after it), over all that
/// followed the same item, plus the damping. Counts over every user's history: O(ratings · window).
pub(super) fn probabilities(
    data: &Dataset,
    chronology: &Chronology,
    (window, damping): (usize, f64),
    task: &Task,
) -> Result<SparseWeights, Cancelled> {
    let mut met: Vec<Vec<(u32, u16)>> = vec![Vec::new(); data.n_items()];
    for user in data.users() {
        if user.at() % 64 == 0 {
            task.cancel.check()?;
            let (done, total) = (user.at() as u64, data.n_users() as u64);
            task.progress
                .say(|| Report::of("following histories", done, total, "users"));
        }
        let history = chronology.of_user(data, user);
        for (at, (from, _)) in history.iter().enumerate() {
            for (step, (to, _)) in history[at + 1..].iter().take(window).enumerate() {
                met[*from as usize].push((*to, step as u16 + 1));
            }
        }
    }
    let following = task.pool.try_map(met.len(), |from| {
        task.cancel.check()?;
        let mut pairs = met[from].clone();
        pairs.sort_unstable();
        let mut list: Vec<(u32, f64)> = Vec::new();
        for (to, step) in pairs {
            let weight = 1.0 / f64::from(step);
            match list.last_mut() {
                Some((last, sum)) if *last == to => *sum += weight,
                _ => list.push((to, weight)),
            }
        }
        let all: f64 = list.iter().map(|(_, n)| n).sum();
        let share = |(to, n): (u32, f64)| (to, (n / (all + damping)) as f32);
        Ok(list.into_iter().map(share).collect())
    })?;
    Ok(SparseWeights::of_speakers(following))
}
