//! A number that stands for the content of a dataset.

use super::storage::{Orientation, Stored, Times};
use super::{Attributes, Resolution};
use crate::task::Task;

/// A small multiplicative hash: for identity, not for safety.
pub(super) struct Identity(u64);

/// Ratings that are hashed on their own, so that threads share the work: part of what the number is.
const PIECE: usize = 1 << 16;

impl Default for Identity {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Identity {
    #[inline]
    fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    pub fn attributes(&mut self, attributes: &Attributes) {
        for column in &attributes.columns {
            self.bytes(column.name.as_bytes());
            column.names().iter().for_each(|name| self.bytes(name.as_bytes()));
            for row in 0..column.rows() {
                for (term, count) in column.terms(row) {
                    self.word(u64::from(term) << 32 | u64::from(count));
                }
                self.word(column.number(row).map_or(u64::MAX, f64::to_bits));
            }
        }
    }

    pub fn ratings(
        &mut self,
        by_user: &Orientation,
        table: &[f64],
        times: &Times,
        resolution: Resolution,
        task: &Task,
    ) {
        for value in table {
            self.word(value.to_bits());
        }
        for &end in &by_user.ends {
            self.word(u64::from(end));
        }
        if resolution != Resolution::Seconds {
            self.word(resolution as u64);
        }
        if let Times::Narrow(base, _) = times {
            self.word(*base as u64);
        }
        let n = by_user.ids.len();
        let pieces = task.pool.map(n.div_ceil(PIECE), |piece| {
            let range = piece * PIECE..n.min((piece + 1) * PIECE);
            let mut part = Self::default();
            let ids = &by_user.ids[range.clone()];
            match &by_user.values {
                Stored::Coded8(codes) => part.pairs(ids, codes[range.clone()].iter().map(|&c| u64::from(c))),
                Stored::Coded16(codes) => part.pairs(ids, codes[range.clone()].iter().map(|&c| u64::from(c))),
                Stored::Exact(values) => values[range.clone()].iter().for_each(|v| part.word(v.to_bits())),
            }
            if matches!(by_user.values, Stored::Exact(_)) {
                part.pairs(ids, std::iter::repeat(0));
            }
            match times {
                Times::None => {}
                Times::Narrow(_, times) => {
                    let (pairs, rest) = times[range].as_chunks::<2>();
                    for [a, b] in pairs {
                        part.word(u64::from(*a) << 32 | u64::from(*b));
                    }
                    for &time in rest {
                        part.word(u64::from(time));
                    }
                }
                Times::Wide(times) => times[range].iter().for_each(|t| part.word(*t as u64)),
            }
            part.0
        });
        for piece in pieces {
            self.word(piece);
        }
    }

    fn pairs(&mut self, ids: &[u32], codes: impl Iterator<Item = u64>) {
        for (&id, code) in ids.iter().zip(codes) {
            self.word(code << 32 | u64::from(id));
        }
    }

    pub fn number(self) -> u64 {
        self.0
    }
}
