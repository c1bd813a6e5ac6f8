use crate::data::Ids;

/// Numbers ids in the order of their first appearance. One lookup costs a hash and one comparison of text.
#[derive(Clone, Debug)]
pub(super) struct Interner {
    text: String,
    ends: Vec<u32>,
    /// Open addressing, a power of two wide: the high half of the hash and the index, or `EMPTY`.
    slots: Vec<(u32, u32)>,
    /// Consecutive rows mostly share their user.
    last: u32,
}

const EMPTY: u32 = u32::MAX;

impl Default for Interner {
    fn default() -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            slots: vec![(0, EMPTY); 1024],
            last: EMPTY,
        }
    }
}

impl Interner {
    /// How many distinct ids there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// The id at `index`.
    pub fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    /// The index of `id`, if it was seen.
    #[inline]
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        if self.last != EMPTY && self.get(self.last).as_bytes() == id {
            return Some(self.last);
        }
        self.slot(id, hash(id)).ok()
    }

    /// The index of `id`, a new one where it was not seen before.
    pub fn intern(&mut self, id: &str) -> u32 {
        let hashed = hash(id.as_bytes());
        match self.slot(id.as_bytes(), hashed) {
            Ok(index) => index,
            Err(slot) => self.insert(id, hashed, slot),
        }
    }

    /// As [`Interner::intern`] for bytes that are UTF-8 where they are new.
    #[inline]
    pub fn intern_bytes(&mut self, id: &[u8]) -> Result<u32, std::str::Utf8Error> {
        if self.last != EMPTY && self.get(self.last).as_bytes() == id {
            return Ok(self.last);
        }
        let hashed = hash(id);
        self.last = match self.slot(id, hashed) {
            Ok(index) => index,
            Err(slot) => self.insert(std::str::from_utf8(id)?, hashed, slot),
        };
        Ok(self.last)
    }

    fn insert(&mut self, id: &str, hashed: u64, slot: usize) -> u32 {
        let index = self.ends.len() as u32;
        self.text.push_str(id);
        self.ends.push(self.text.len() as u32);
        self.slots[slot] = ((hashed >> 32) as u32, index);
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        index
    }

    /// The index of `id`, or the free slot where it belongs.
    #[inline]
    fn slot(&self, id: &[u8], hashed: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mark = (hashed >> 32) as u32;
        let mut at = hashed as usize & mask;
        loop {
            let (seen, index) = self.slots[at];
            if index == EMPTY {
                return Err(at);
            }
            if seen == mark && self.get(index).as_bytes() == id {
                return Ok(index);
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        self.slots = vec![(0, EMPTY); self.slots.len() * 2];
        for index in 0..self.ends.len() as u32 {
            let hashed = hash(self.get(index).as_bytes());
            if let Err(slot) = self.slot(self.get(index).as_bytes(), hashed) {
                self.slots[slot] = ((hashed >> 32) as u32, index);
            }
        }
    }

    /// All ids in order, as the dataset keeps them.
    pub fn to_ids(&self) -> Ids {
        Ids::new((0..self.ends.len() as u32).map(|i| self.get(i)))
    }
}

/// Eight bytes at a time, then a strong finish (the last step of splitmix64).
#[inline]
fn hash(id: &[u8]) -> u64 {
    let mut state = id.len() as u64;
    for chunk in id.chunks(8) {
        let word = chunk.iter().fold(0u64, |w, b| w << 8 | u64::from(*b));
        state = (state.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ state >> 31
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_their_numbers() {
        let mut ids = Interner::default();
        let names: Vec<String> = (0..5000).map(|i| format!("id-{}", i * 7919 % 100_003)).collect();
        for round in 0..2 {
            for (i, name) in names.iter().enumerate() {
                assert_eq!(ids.intern_bytes(name.as_bytes()), Ok(i as u32), "round {round}");
            }
        }
        assert_eq!(
            (ids.len(), ids.find(b"nobody"), ids.intern(&names[77])),
            (5000, None, 77)
        );
        assert_eq!(ids.to_ids().find(&names[4999]), Some(4999));
        assert!(ids.intern_bytes(b"\xff").is_err());
        assert_eq!(ids.len(), 5000);
    }
}
