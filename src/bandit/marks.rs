/// The numbers of pulls at which results are stated: 10, 100, 1000, … below the horizon, then the horizon.
pub fn checkpoints(horizon: u64) -> Vec<u64> {
    let decades = (1..=19).map_while(|power| 10u64.checked_pow(power));
    decades.take_while(|&t| t < horizon).chain([horizon]).collect()
}

/// At most `most` numbers of pulls, evenly spaced on a logarithmic axis from 1 to `horizon`.
pub(super) fn logarithmic(horizon: u64, most: usize) -> Vec<u64> {
    let steps = most.saturating_sub(1).max(1) as f64;
    let mark = |k: usize| (horizon as f64).powf(k as f64 / steps).round() as u64;
    ascending((0..most).map(mark), horizon)
}

/// At most `most` numbers of pulls, evenly spaced up to `horizon`.
pub(super) fn linear(horizon: u64, most: usize) -> Vec<u64> {
    let mark = |k: usize| (horizon as f64 * (k + 1) as f64 / most as f64).round() as u64;
    ascending((0..most).map(mark), horizon)
}

/// Both, without repetitions: a curve that looks right on either axis.
pub(super) fn merged(a: &[u64], b: &[u64], horizon: u64) -> Vec<u64> {
    ascending(a.iter().chain(b).copied(), horizon)
}

fn ascending(marks: impl Iterator<Item = u64>, horizon: u64) -> Vec<u64> {
    let mut marks: Vec<u64> = marks.map(|t| t.clamp(1, horizon)).collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_are_decades_then_the_horizon() {
        assert_eq!(checkpoints(1), [1]);
        assert_eq!(checkpoints(10), [10]);
        assert_eq!(checkpoints(5000), [10, 100, 1000, 5000]);
        assert_eq!(checkpoints(10000), [10, 100, 1000, 10000]);
    }

    #[test]
    fn marks_ascend_and_end_at_the_horizon() {
        for horizon in [1, 2, 7, 300, 10_000, 1_000_000_000] {
            let both = merged(&logarithmic(horizon, 256), &linear(horizon, 256), horizon);
            assert!(both.len() <= 512 && both.is_sorted_by(|a, b| a < b));
            assert_eq!((both[0], both.last().copied()), (1, Some(horizon)));
        }
        assert_eq!(logarithmic(10_000, 5), [1, 10, 100, 1000, 10_000]);
        assert_eq!(linear(300, 3), [100, 200, 300]);
    }
}
