//! Texts that come again and again: a dictionary holds each once, and all its values stand at one place in memory.

use ::parquet::data_type::ByteArray;

/// The texts of a column of a row group, in the order in which they came.
#[derive(Default)]
pub(super) struct Texts {
    all: String,
    ends: Vec<usize>,
    /// The values that the texts are from. While they are held, nothing else stands where they stand.
    held: Vec<ByteArray>,
    /// Numbers by address, open addressing, a power of two wide and at most half full.
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;
const FIRST_SLOTS: usize = 1024;
/// A dictionary has fewer: what comes now stands in pages without one, each text at a place of its own.
const MOST: usize = 1 << 18;

impl Texts {
    /// The number of each value; `None` once there is no dictionary. What is not UTF-8 is an error.
    pub fn numbers(&mut self, values: &[ByteArray]) -> Result<Option<Vec<u32>>, std::str::Utf8Error> {
        let mut numbers = Vec::with_capacity(values.len());
        for value in values {
            if self.held.len() * 2 >= self.slots.len() {
                if self.held.len() >= MOST {
                    return Ok(None);
                }
                self.grow();
            }
            let slot = self.slot(value.data());
            if self.slots[slot] == FREE {
                self.all.push_str(std::str::from_utf8(value.data())?);
                self.ends.push(self.all.len());
                self.slots[slot] = self.held.len() as u32;
                self.held.push(value.clone());
            }
            numbers.push(self.slots[slot]);
        }
        Ok(Some(numbers))
    }

    /// A text by its number.
    pub fn get(&self, number: u32) -> &str {
        let at = number as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.all[start..self.ends[at]]
    }

    /// Where the number of the value that stands there is, or the free slot where it belongs.
    fn slot(&self, value: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let shift = u64::BITS - self.slots.len().ilog2();
        let mut at = ((value.as_ptr().addr() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize;
        loop {
            let number = self.slots[at];
            // One address and one length are one text, and nothing of it was looked at.
            if number == FREE || std::ptr::eq(self.held[number as usize].data(), value) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; (self.slots.len() * 2).max(FIRST_SLOTS)];
        for number in 0..self.held.len() {
            let slot = self.slot(self.held[number].data());
            self.slots[slot] = number as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(of: &[&str]) -> Vec<ByteArray> {
        of.iter()
            .map(|text| ByteArray::from(text.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn a_value_keeps_its_number_and_its_text() {
        let mut texts = Texts::default();
        let names: Vec<String> = (0..3000).map(|i| format!("name {}", i / 2)).collect();
        let dictionary = values(&names.iter().map(String::as_str).collect::<Vec<_>>());
        let numbers = texts.numbers(&dictionary).unwrap().unwrap();
        assert_eq!(numbers, (0..3000).collect::<Vec<u32>>());
        let again: Vec<ByteArray> = [7, 2999, 7].map(|at: usize| dictionary[at].clone()).into();
        assert_eq!(texts.numbers(&again).unwrap(), Some(vec![7, 2999, 7]));
        assert_eq!(
            (texts.get(0), texts.get(7), texts.get(2999)),
            ("name 0", "name 3", "name 1499")
        );
        // Equal texts at two places are two: whoever asks looks both up.
        assert_eq!(texts.numbers(&values(&["name 3"])).unwrap(), Some(vec![3000]));
        assert_eq!(texts.get(6), "name 3");
        let parts = dictionary[7].slice(0, 4);
        assert_eq!(texts.numbers(&[parts]).unwrap(), Some(vec![3001]));
        assert_eq!(texts.get(3001), "name");
    }

    #[test]
    fn what_is_no_text_is_refused_and_too_many_are_no_dictionary() {
        let bad = [ByteArray::from(vec![0xff])];
        assert!(Texts::default().numbers(&bad).is_err());
        let many = vec!["x"; MOST + 1];
        assert_eq!(Texts::default().numbers(&values(&many)).unwrap(), None);
    }
}
