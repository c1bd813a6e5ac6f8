use serde::{Deserialize, Serialize};

/// The dense index of a user: a position in the order of the file, never shown to anyone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserIx(pub u32);

/// The dense index of an item: first those in the ratings in order of appearance, then those only in the metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemIx(pub u32);

impl UserIx {
    /// As an index into arrays of users.
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

impl ItemIx {
    /// As an index into arrays of items.
    #[inline]
    pub fn at(self) -> usize {
        self.0 as usize
    }
}

/// The verbatim ids of users or items, by dense index, with a way back. Costs the text and eight bytes an id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ids {
    text: String,
    ends: Vec<u32>,
    /// Indices in the order of their texts: the way back is a binary search.
    sorted: Vec<u32>,
}

impl Ids {
    /// Numbers the ids in the order given. They are expected to be distinct; of equal ones [`Ids::find`] finds one.
    pub fn new<S: AsRef<str>>(ids: impl IntoIterator<Item = S>) -> Self {
        let mut table = Self::default();
        for id in ids {
            table.text.push_str(id.as_ref());
            table.ends.push(table.text.len() as u32);
        }
        // Eight bytes of most texts tell them apart: comparing these costs no look at the text.
        let begins = |index: u32| {
            let mut head = [0; 8];
            let text = table.get(index as usize).as_bytes();
            let length = text.len().min(8);
            head[..length].copy_from_slice(&text[..length]);
            (u64::from_be_bytes(head), index)
        };
        let mut sorted: Vec<(u64, u32)> = (0..table.ends.len() as u32).map(begins).collect();
        sorted.sort_unstable_by(|a, b| {
            let texts = || table.get(a.1 as usize).cmp(table.get(b.1 as usize));
            a.0.cmp(&b.0).then_with(texts).then(a.1.cmp(&b.1))
        });
        table.sorted = sorted.into_iter().map(|s| s.1).collect();
        table.shrink_to_fit();
        table
    }

    /// Gives back what was reserved and not used.
    pub(super) fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.sorted.shrink_to_fit();
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The id at `index`, which must be below [`Ids::len`].
    pub fn get(&self, index: usize) -> &str {
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        &self.text[start..self.ends[index] as usize]
    }

    /// The index of `id`, if there is one. O(log n).
    pub fn find(&self, id: &str) -> Option<usize> {
        self.sorted
            .binary_search_by(|&i| self.get(i as usize).cmp(id))
            .ok()
            .map(|at| self.sorted[at] as usize)
    }

    /// Up to `n` ids that look most like `id`, best first: what a mistyped id may have meant.
    pub fn nearest(&self, id: &str, n: usize) -> Vec<&str> {
        let wanted = id.to_lowercase();
        let mut ranked: Vec<(usize, usize)> = (0..self.len())
            .map(|i| (edit_distance(&wanted, &self.get(i).to_lowercase(), 4), i))
            .filter(|(d, _)| *d <= 3)
            .collect();
        ranked.sort_unstable();
        ranked.into_iter().take(n).map(|(_, i)| self.get(i)).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }

    pub fn memory_bytes(&self) -> usize {
        self.text.capacity() + 4 * (self.ends.capacity() + self.sorted.capacity())
    }
}

/// The Levenshtein distance of the first 64 characters, or `limit` where it is at least that. O(|a|·|b|).
fn edit_distance(a: &str, b: &str, limit: usize) -> usize {
    let cut = |text: &str| text.chars().take(64).collect::<String>();
    if a.chars().take(64).count().abs_diff(b.chars().take(64).count()) >= limit {
        return limit;
    }
    strsim::levenshtein(&cut(a), &cut(b)).min(limit)
}

/// Of `names`, the one most like `text`, if any is close.
pub fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let names: Vec<&str> = names.into_iter().collect();
    let ids = Ids::new(&names);
    // A name that has no letter in common was not meant.
    let longest = |name: &str| name.chars().count().max(text.chars().count());
    let is_like = |name: &&&str| edit_distance(&text.to_lowercase(), &name.to_lowercase(), 4) < longest(name);
    let close = ids
        .nearest(text, 1)
        .iter()
        .find(is_like)
        .and_then(|name| ids.find(name));
    let starts = || names.iter().position(|n| text.len() >= 2 && n.starts_with(text));
    close.or_else(starts).map(|at| names[at])
}

/// `there is no split kfolds; did you mean kfold?`
pub fn unknown<'a>(kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(name, known.iter().copied()) {
        Some(close) => format!("there is no {kind} {name}; did you mean {close}?"),
        None => format!("there is no {kind} {name}; there are: {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_by_text_and_by_index() {
        let ids = Ids::new(["7", "07", "", "ünïcode"]);
        assert_eq!(ids.len(), 4);
        for (i, id) in ids.iter().enumerate() {
            assert_eq!(ids.find(id), Some(i));
        }
        assert_eq!(ids.find("8"), None);
    }

    #[test]
    fn a_mistyped_id_suggests_the_nearest() {
        let ids = Ids::new(["the-matrix", "alien", "aliens"]);
        assert_eq!(ids.nearest("the-matrx", 2), ["the-matrix"]);
        assert_eq!(ids.nearest("alienz", 1), ["alien"]);
        assert!(ids.nearest("something else", 3).is_empty());
        assert_eq!(nearest("foo", ["svd", "als"]), None);
        assert_eq!(nearest("sva", ["svd", "als"]), Some("svd"));
    }
}
