//! Sums of products as in [`GridSums`](super::super::grid::GridSums), in half the memory: for rows of few ratings.

use crate::data::{Row, Values};
use crate::models::wide::{Kernel, run_wide};

/// Count and sum of products packed into 32 bits: below the lowest bit of the count is the sum, in two's complement, which
/// borrows from it.
pub(super) struct SmallSums {
    /// The lowest bit of the count.
    shift: u32,
    /// Steps by the code of a stored value.
    steps: Vec<i32>,
    /// By code an entry with the subject's rating, for the line that is being added.
    entries: Box<[u32; 256]>,
    lanes: Vec<u32>,
}

/// The lowest bit of the count, and how many entries a pair may have, where no value is more than `most_steps` away from 0.
fn layout(most_steps: i64) -> (u32, usize) {
    let product = (most_steps * most_steps).max(1);
    let fits = |shift: u32| {
        let entries = ((1i64 << (32 - shift)) - 1).min(((1i64 << (shift - 1)) - 1) / product);
        (shift, entries.max(0) as usize)
    };
    (2..31).map(fits).max_by_key(|(_, entries)| *entries).unwrap_or((16, 0))
}

impl SmallSums {
    /// All sums 0; `steps` are those of the stored values by code.
    pub fn new(steps: &[i64], rows: usize) -> Self {
        Self {
            shift: layout(most(steps)).0,
            steps: steps.iter().map(|s| *s as i32).collect(),
            entries: Box::new([0; 256]),
            lanes: vec![0; rows],
        }
    }

    /// How many entries a pair may have. At most 127 steps are multiplied.
    pub fn most_entries(steps: &[i64]) -> usize {
        layout(most(steps)).1
    }

    fn prepare(&mut self, x: i32) {
        for (entry, step) in self.entries.iter_mut().zip(&self.steps) {
            *entry = (1u32 << self.shift).wrapping_add((x * step) as u32);
        }
    }

    /// Adds an entry for everyone who rated it; `x` is the subject's rating of it, in steps.
    #[inline]
    pub fn add_line(&mut self, x: i64, line: Row<'_>) {
        let Values::Coded8(codes, _) = line.values else { return };
        self.prepare(x as i32);
        let (lanes, entries) = (&mut *self.lanes, &*self.entries);
        for (&id, &code) in line.ids.iter().zip(codes) {
            let lane = &mut lanes[id as usize];
            *lane = lane.wrapping_add(entries[code as usize]);
        }
    }

    /// As [`SmallSums::add_line`]; the rows that had no entry before are added to `met`.
    pub fn add_short_line(&mut self, x: i64, line: Row<'_>, met: &mut Vec<u32>) {
        let Values::Coded8(codes, _) = line.values else { return };
        self.prepare(x as i32);
        let (lanes, entries) = (&mut *self.lanes, &*self.entries);
        for (&id, &code) in line.ids.iter().zip(codes) {
            let lane = &mut lanes[id as usize];
            if *lane == 0 {
                met.push(id);
            }
            *lane = lane.wrapping_add(entries[code as usize]);
        }
    }

    /// The number of co-rated entries and the sum of their products, in steps.
    #[inline]
    pub fn whole(&self, at: usize) -> (u64, i64) {
        let lane = self.lanes[at];
        let product = product(lane, 32 - self.shift);
        (
            u64::from(lane.wrapping_sub(product as u32) >> self.shift),
            i64::from(product),
        )
    }

    pub fn clear(&mut self, at: usize) {
        self.lanes[at] = 0;
    }

    pub fn clear_from(&mut self, first: usize) {
        self.lanes[first..].fill(0);
    }

    /// Adds the rows from `first` to before `last` whose sum reaches either bound to `found`: `reaches` times `norm`, and
    /// `reach` times `norms`; none without a positive sum.
    pub fn promising(
        &self,
        (first, last): (usize, usize),
        (reaches, norm): (&[f32], f32),
        (norms, reach): (&[f32], f32),
        found: &mut Vec<u32>,
    ) {
        run_wide(Promising {
            lanes: &self.lanes[first..last],
            above: 32 - self.shift,
            reaches: (&reaches[first..last], norm),
            norms: (&norms[first..last], reach),
            first,
            found,
        });
    }
}

fn most(steps: &[i64]) -> i64 {
    steps.iter().map(|s| s.abs()).max().unwrap_or(0)
}

#[inline(always)]
fn product(lane: u32, above: u32) -> i32 {
    ((lane << above) as i32) >> above
}

/// See [`SmallSums::promising`].
struct Promising<'a> {
    lanes: &'a [u32],
    /// Bits of the count.
    above: u32,
    reaches: (&'a [f32], f32),
    norms: (&'a [f32], f32),
    first: usize,
    found: &'a mut Vec<u32>,
}

const AT_ONCE: usize = 16;

impl Kernel for Promising<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (above, (reaches, norm), (norms, reach)) = (self.above, self.reaches, self.norms);
        let useful =
            |lane: &u32, theirs: &f32, length: &f32| is_useful(product(*lane, above), theirs * norm, reach * length);
        let (lanes, last_lanes) = self.lanes.as_chunks::<AT_ONCE>();
        let (reaches, last_reaches) = reaches.as_chunks::<AT_ONCE>();
        let (norms, last_norms) = norms.as_chunks::<AT_ONCE>();
        for (block, ((lanes, theirs), lengths)) in lanes.iter().zip(reaches).zip(norms).enumerate() {
            let mut any = false;
            for k in 0..AT_ONCE {
                any |= is_useful(product(lanes[k], above), theirs[k] * norm, reach * lengths[k]);
            }
            if any {
                let found = (0..AT_ONCE).filter(|k| useful(&lanes[*k], &theirs[*k], &lengths[*k]));
                let begin = self.first + block * AT_ONCE;
                self.found.extend(found.map(|k| (begin + k) as u32));
            }
        }
        let begin = self.first + lanes.len() * AT_ONCE;
        for (at, ((lane, theirs), length)) in last_lanes.iter().zip(last_reaches).zip(last_norms).enumerate() {
            if useful(lane, theirs, length) {
                self.found.push((begin + at) as u32);
            }
        }
    }
}

#[inline(always)]
fn is_useful(sum: i32, theirs: f32, ours: f32) -> bool {
    let least = if theirs < ours { theirs } else { ours };
    // A sum above 0 is 1 at least.
    sum as f32 >= if least < 1.0 { 1.0 } else { least }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_right_up_to_the_most_entries_whatever_their_sign() {
        for steps in [vec![1], vec![2, 10], vec![-127, 3, 127], vec![0], vec![-10, 0]] {
            let most = SmallSums::most_entries(&steps);
            assert!(most >= 128, "{steps:?}: {most}");
            let mut sums = SmallSums::new(&steps, 1);
            let table = vec![0.0; steps.len()];
            // The extremes, then a mixture; the last line fills up what is left.
            let (mut n, mut wanted) = (0, 0);
            for (round, entries) in [most / 2, most / 4, most - most / 2 - most / 4].into_iter().enumerate() {
                let x = steps[if round < 2 { 0 } else { steps.len() - 1 }];
                let codes: Vec<u8> = (0..entries)
                    .map(|k| if round < 2 { 0 } else { k % steps.len() } as u8)
                    .collect();
                let line = Row {
                    ids: &vec![0; entries],
                    values: Values::Coded8(&codes, &table),
                };
                sums.add_line(x, line);
                n += entries as u64;
                wanted += codes.iter().map(|code| x * steps[*code as usize]).sum::<i64>();
                assert_eq!(sums.whole(0), (n, wanted), "{steps:?}");
            }
            assert_eq!(n, most as u64);
        }
    }

    #[test]
    fn whatever_reaches_a_bound_is_found() {
        let ids: Vec<u32> = (0..67).collect();
        let codes: Vec<u8> = ids.iter().map(|id| (id * 7 % 5) as u8).collect();
        let steps = [-2, 0, 1, 5, 9];
        let table = [0.0; 5];
        let mut sums = SmallSums::new(&steps, ids.len());
        let mut met = Vec::new();
        for x in [1, 3] {
            let line = Row {
                ids: &ids[1..],
                values: Values::Coded8(&codes[1..], &table),
            };
            sums.add_short_line(x, line, &mut met);
        }
        assert_eq!(met, ids[1..]);
        let reaches: Vec<f32> = ids.iter().map(|id| (id % 11) as f32 * 2.0).collect();
        let norms: Vec<f32> = ids.iter().map(|id| (id % 13) as f32).collect();
        for (norm, reach, first) in [(1.5, 2.0, 0), (0.0, 2.0, 3), (3.0, 100.0, 40), (9.0, 9.0, 66)] {
            let mut found = Vec::new();
            sums.promising((first, 67), (&reaches, norm), (&norms, reach), &mut found);
            let wanted = (first..67).filter(|at| {
                let sum = sums.whole(*at).1 as f32;
                sum > 0.0 && (sum >= reaches[*at] * norm || sum >= reach * norms[*at])
            });
            assert_eq!(found, wanted.map(|at| at as u32).collect::<Vec<_>>());
        }
        sums.clear(5);
        sums.clear_from(60);
        assert_eq!((sums.whole(5), sums.whole(66)), ((0, 0), (0, 0)));
    }
}
