use crate::data::Ids;

/// Numbers ids in the order of their first appearance.
///
/// Every id has a key of 64 bits: up to eight ASCII characters are their own key, so that one comparison finds them; of
/// longer ids the key is a hash with its highest bit set, and the text decides.
#[derive(Clone, Debug)]
pub(super) struct Interner {
    text: String,
    ends: Vec<u32>,
    /// Open addressing, a power of two wide: the key and the index, or [`EMPTY`].
    slots: Vec<(u64, u32)>,
    /// How far a product is shifted to leave a slot's number.
    shift: u32,
    /// The index of ids that are small whole numbers, or [`EMPTY`]: files mostly bring them in ascending order, which
    /// hashing would scatter.
    by_number: Vec<u32>,
}

const EMPTY: u32 = u32::MAX;
const FIRST_SLOTS: usize = 1024;
/// Larger numbers are hashed like any other id.
const MOST_NUMBERS: usize = 1 << 20;
/// Marks keys that are hashes: no ASCII text has it.
const HASHED: u64 = 1 << 63;

impl Default for Interner {
    fn default() -> Self {
        Self {
            text: String::new(),
            ends: Vec::new(),
            slots: vec![(0, EMPTY); FIRST_SLOTS],
            shift: u64::BITS - FIRST_SLOTS.ilog2(),
            by_number: Vec::new(),
        }
    }
}

impl Interner {
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn get(&self, index: u32) -> &str {
        let index = index as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    /// The index of `id`, if it was seen.
    pub fn find(&self, id: &[u8]) -> Option<u32> {
        self.slot(id, key_of(id)).ok()
    }

    /// The index of `id`, a new one where it was not seen before.
    pub fn intern(&mut self, id: &str) -> u32 {
        let key = key_of(id.as_bytes());
        if key & HASHED == 0 && !id.is_empty() {
            return self.intern_key(key);
        }
        match self.slot(id.as_bytes(), key) {
            Ok(index) => index,
            Err(slot) => self.insert(id, key, slot),
        }
    }

    /// As [`Interner::intern`] for bytes that are UTF-8 where they are new.
    pub fn intern_bytes(&mut self, id: &[u8]) -> Result<u32, std::str::Utf8Error> {
        let key = key_of(id);
        match self.slot(id, key) {
            Ok(index) => Ok(index),
            Err(slot) => Ok(self.insert(std::str::from_utf8(id)?, key, slot)),
        }
    }

    /// As [`Interner::intern`] for an id of one to eight ASCII characters, none of them NUL, given as its key.
    #[inline]
    pub fn intern_key(&mut self, key: u64) -> u32 {
        let Some(number) = number_of(key).filter(|n| *n < MOST_NUMBERS) else {
            return self.intern_hashed(key);
        };
        match self.by_number.get(number) {
            Some(&index) if index != EMPTY => index,
            _ => self.learn_number(key, number),
        }
    }

    /// As [`Interner::intern`] for a whole number in decimal digits.
    #[inline]
    pub fn intern_number(&mut self, number: u32) -> u32 {
        match self.by_number.get(number as usize) {
            Some(&index) if index != EMPTY => index,
            _ => self.intern_digits(number),
        }
    }

    #[cold]
    fn intern_digits(&mut self, number: u32) -> u32 {
        let digits = number.to_string();
        // Up to eight ASCII characters are their own key.
        if digits.len() <= 8 {
            self.intern_key(key_of(digits.as_bytes()))
        } else {
            self.intern(&digits)
        }
    }

    #[cold]
    fn learn_number(&mut self, key: u64, number: usize) -> u32 {
        let index = self.intern_hashed(key);
        if self.by_number.len() <= number {
            self.by_number.resize((number + 1).next_power_of_two(), EMPTY);
        }
        self.by_number[number] = index;
        index
    }

    fn intern_hashed(&mut self, key: u64) -> u32 {
        let mask = self.slots.len() - 1;
        let mut at = self.first_slot(key);
        loop {
            let (seen, index) = self.slots[at];
            if index == EMPTY {
                return self.insert_key(key, at);
            }
            if seen == key {
                return index;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn insert_key(&mut self, key: u64, slot: usize) -> u32 {
        let bytes = key.to_le_bytes();
        let length = bytes.iter().position(|b| *b == 0).unwrap_or(8);
        let id = std::str::from_utf8(&bytes[..length]).unwrap_or_default();
        self.insert(id, key, slot)
    }

    fn insert(&mut self, id: &str, key: u64, slot: usize) -> u32 {
        let index = self.ends.len() as u32;
        self.text.push_str(id);
        self.ends.push(self.text.len() as u32);
        self.slots[slot] = (key, index);
        if self.ends.len() * 2 > self.slots.len() {
            self.grow();
        }
        index
    }

    #[inline]
    fn first_slot(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize
    }

    /// The index of `id`, or the free slot where it belongs.
    fn slot(&self, id: &[u8], key: u64) -> Result<u32, usize> {
        let mask = self.slots.len() - 1;
        let mut at = self.first_slot(key);
        loop {
            let (seen, index) = self.slots[at];
            if index == EMPTY {
                return Err(at);
            }
            if seen == key && (key & HASHED == 0 || self.get(index).as_bytes() == id) {
                return Ok(index);
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let wider = vec![(0, EMPTY); self.slots.len() * 2];
        let old = std::mem::replace(&mut self.slots, wider);
        self.shift -= 1;
        let mask = self.slots.len() - 1;
        for (key, index) in old.into_iter().filter(|slot| slot.1 != EMPTY) {
            let mut at = self.first_slot(key);
            while self.slots[at].1 != EMPTY {
                at = (at + 1) & mask;
            }
            self.slots[at] = (key, index);
        }
    }

    /// All ids in order, as the dataset keeps them.
    pub fn to_ids(&self) -> Ids {
        Ids::new((0..self.ends.len() as u32).map(|i| self.get(i)))
    }
}

/// Up to eight ASCII characters other than NUL as they are, the first in the lowest byte; else a hash.
fn key_of(id: &[u8]) -> u64 {
    if id.len() <= 8 && id.iter().all(|b| (1..0x80).contains(b)) {
        return id.iter().rev().fold(0, |key, b| key << 8 | u64::from(*b));
    }
    HASHED | hash(id)
}

/// The whole number that a key of one to seven characters spells as anyone would, without zeros in front.
#[inline]
fn number_of(key: u64) -> Option<usize> {
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    const HALVES: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    let unused = key.leading_zeros() & !7;
    let leading_zero = key & 0xff == 0x30 && unused < 56;
    if unused == 0 || unused == 64 || leading_zero {
        return None;
    }
    // The last digit into the highest byte; what is unused counts as zeros in front.
    let digits = (key ^ (ZEROS >> unused)) << unused;
    if digits & HALVES != 0 || (digits + 0x0606_0606_0606_0606) & HALVES != 0 {
        return None;
    }
    let pairs = (digits.wrapping_mul(10) + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs.wrapping_mul(100) + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    Some(((fours.wrapping_mul(10_000) + (fours >> 32)) & 0xffff_ffff) as usize)
}

/// Eight bytes at a time, then a strong finish (the last step of splitmix64).
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
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn whole_numbers_are_told_from_other_keys(text in "[0-9a:/]{1,8}") {
            let number = text.parse::<usize>().ok().filter(|n| n.to_string() == text && text.len() < 8);
            prop_assert_eq!(number_of(key_of(text.as_bytes())), number);
        }

        #[test]
        fn numbers_are_those_of_a_plain_search(ids in proptest::collection::vec("[ab012\0é]{0,10}", 0..60)) {
            let mut interner = Interner::default();
            let mut seen: Vec<&str> = Vec::new();
            for id in &ids {
                let wanted = seen.iter().position(|s| s == id).unwrap_or_else(|| { seen.push(id); seen.len() - 1 });
                let key = key_of(id.as_bytes());
                let found = if key & HASHED == 0 && !id.is_empty() { interner.intern_key(key) } else { interner.intern(id) };
                prop_assert_eq!(found as usize, wanted);
                prop_assert_eq!(interner.find(id.as_bytes()), Some(found));
                prop_assert_eq!(interner.get(found), id);
            }
        }
    }
}
