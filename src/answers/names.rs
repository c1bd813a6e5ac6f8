use super::{Entity, Naming};
use crate::data::{Dataset, ItemIx, UserIx, clean_label};
use crate::task::{Cancelled, Task};

/// What is shown and looked for of every user, or of every item: `id  label`, in one piece of text.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: String,
    /// Where each name ends.
    ends: Vec<u32>,
    /// The letters of each name.
    letters: Vec<Letters>,
}

/// Which letters a text has, upper and lower case of ASCII being the same: what has not all letters of another text does
/// not contain it. One bit for each letter and digit; all others share the rest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Letters(u64);

impl Letters {
    pub fn of(text: &str) -> Self {
        Self(text.chars().fold(0, |all, letter| all | 1 << Self::bit(letter)))
    }

    fn bit(letter: char) -> u32 {
        match letter.to_ascii_lowercase() {
            letter @ 'a'..='z' => letter as u32 - 'a' as u32,
            digit @ '0'..='9' => 26 + digit as u32 - '0' as u32,
            other => 36 + other as u32 % 28,
        }
    }

    /// Whether all letters of `other` are among these.
    #[inline]
    pub fn contain(self, other: Self) -> bool {
        other.0 & !self.0 == 0
    }
}

/// Names written at a time.
const CHUNK: usize = 4096;

impl Names {
    /// Those of all users.
    pub fn of_users(data: &Dataset, task: &Task) -> Result<Self, Cancelled> {
        let entity = |at| Entity::User(UserIx(at));
        Self::write(data, data.n_users(), entity, task)
    }

    /// Those of all items.
    pub fn of_items(data: &Dataset, task: &Task) -> Result<Self, Cancelled> {
        let entity = |at| Entity::Item(ItemIx(at));
        Self::write(data, data.n_items(), entity, task)
    }

    fn write(
        data: &Dataset,
        n: usize,
        entity: impl Fn(u32) -> Entity + Send + Sync,
        task: &Task,
    ) -> Result<Self, Cancelled> {
        let parts = task.pool.try_map(n.div_ceil(CHUNK), |k| -> Result<_, Cancelled> {
            task.cancel.check()?;
            let mut part = Self::default();
            for at in k * CHUNK..n.min((k + 1) * CHUNK) {
                part.push(data, entity(at as u32));
            }
            Ok(part)
        })?;
        let mut names = Self::default();
        for part in parts {
            let start = names.text.len() as u32;
            names.text.push_str(&part.text);
            names
                .ends
                .extend(part.ends.iter().map(|end| start.saturating_add(*end)));
            names.letters.extend(part.letters);
        }
        Ok(names)
    }

    /// `id  label`, or the id alone where that is all there is to say.
    fn push(&mut self, data: &Dataset, entity: Entity) {
        let start = self.text.len();
        let label = data.label(entity);
        let id = clean_label(data.id(entity));
        if label != id {
            self.text.push_str(&id);
            self.text.push_str("  ");
        }
        self.text.push_str(&label);
        self.letters.push(Letters::of(&self.text[start..]));
        self.ends.push(self.text.len() as u32);
    }

    /// The name at `at`.
    #[inline]
    pub fn get(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[start..self.ends[at] as usize]
    }

    /// The letters of the name at `at`.
    #[inline]
    pub fn letters(&self, at: usize) -> Letters {
        self.letters[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_contains_a_text_has_its_letters() {
        for (name, text) in [("Heat (1995)", "HT95"), ("Amélie", "é"), ("日本", "本"), ("a", "")] {
            assert!(Letters::of(name).contain(Letters::of(text)), "{text} in {name}");
        }
        assert!(!Letters::of("Heat (1995)").contain(Letters::of("heat 2")));
        assert!(!Letters::of("").contain(Letters::of("x")));
    }
}
