use std::collections::HashMap;

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

use super::{Entity, Naming};
use crate::data::{Dataset, ItemIx, UserIx, clean_label};
use crate::task::{Cancelled, Task};

/// What is shown and looked for of every user (`id  label`), or of every item (`label  id`), in one piece of text.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: String,
    ends: Vec<u32>,
    /// The names that have more than ASCII, folded.
    folded: HashMap<u32, Box<str>>,
    letters: Vec<Letters>,
}

/// Calls `each` with the letters that `letter` is looked for as: without accents, in lower case beyond ASCII.
fn fold_letter(letter: char, mut each: impl FnMut(char)) {
    decompose_canonical(letter, |part| match part {
        part if part.is_ascii() => each(part),
        part if canonical_combining_class(part) != 0 => {}
        'Ø' | 'ø' => each('o'),
        'Ł' | 'ł' => each('l'),
        'Đ' | 'đ' => each('d'),
        'ı' => each('i'),
        'ß' => "ss".chars().for_each(&mut each),
        'Æ' | 'æ' => "ae".chars().for_each(&mut each),
        'Œ' | 'œ' => "oe".chars().for_each(&mut each),
        part => part.to_lowercase().for_each(&mut each),
    });
}

/// The text that `text` is looked for as, whatever Unicode form it comes in.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    text.chars()
        .for_each(|letter| fold_letter(letter, |part| folded.push(part)));
    folded
}

/// The places of the letters of `text` that `hits` in its folded form come from; an accent goes with its letter.
pub(super) fn unfolded(text: &str, hits: &[usize]) -> Vec<usize> {
    let (mut at, mut is_hit) = (0, false);
    let mut places = Vec::with_capacity(hits.len());
    for (place, letter) in text.chars().enumerate() {
        let start = at;
        fold_letter(letter, |_| at += 1);
        if at > start {
            is_hit = (start..at).any(|n| hits.binary_search(&n).is_ok());
        }
        if is_hit {
            places.push(place);
        }
    }
    places
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
            let (start, first) = (names.text.len() as u32, names.ends.len() as u32);
            names.text.push_str(&part.text);
            names
                .ends
                .extend(part.ends.iter().map(|end| start.saturating_add(*end)));
            names.letters.extend(part.letters);
            names
                .folded
                .extend(part.folded.into_iter().map(|(at, text)| (first + at, text)));
        }
        Ok(names)
    }

    /// The id and the label, the title of an item first; the id alone where that is all there is to say.
    fn push(&mut self, data: &Dataset, entity: Entity) {
        let label = data.label(entity);
        let id = clean_label(data.id(entity));
        let name = match entity {
            _ if label == id => label,
            Entity::User(_) => format!("{id}  {label}"),
            Entity::Item(_) => format!("{label}  {id}"),
        };
        let looked_for = folded(&name);
        self.letters.push(Letters::of(&looked_for));
        if !name.is_ascii() {
            self.folded.insert(self.ends.len() as u32, looked_for.into());
        }
        self.text.push_str(&name);
        self.ends.push(self.text.len() as u32);
    }

    /// The name at `at`.
    #[inline]
    pub fn get(&self, at: usize) -> &str {
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        &self.text[start..self.ends[at] as usize]
    }

    /// The name at `at` as it is looked for.
    #[inline]
    pub fn folded(&self, at: usize) -> &str {
        let name = self.get(at);
        if name.is_ascii() {
            return name;
        }
        self.folded.get(&(at as u32)).map_or(name, |folded| folded)
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
    fn accents_and_unicode_forms_are_the_same() {
        for name in ["Le Mépris", "Le Me\u{301}pris", "LE MÉPRIS"] {
            assert_eq!(folded(name).to_lowercase(), "le mepris");
        }
        assert_eq!(folded("Æon Łódź Straße Ø"), "aeon lodz Strasse o");
        // Whatever is found in the folded form is shown in the text, accents with their letters.
        assert_eq!(unfolded("Le Mépris", &[3, 4, 5]), [3, 4, 5]);
        assert_eq!(unfolded("Le Me\u{301}pris", &[3, 4, 5]), [3, 4, 5, 6]);
        assert_eq!(unfolded("Æon", &[1, 2]), [0, 1]);
        assert!(unfolded("", &[]).is_empty());
    }

    #[test]
    fn what_contains_a_text_has_its_letters() {
        for (name, text) in [("Heat (1995)", "HT95"), ("Amélie", "é"), ("日本", "本"), ("a", "")] {
            assert!(Letters::of(name).contain(Letters::of(text)), "{text} in {name}");
        }
        assert!(!Letters::of("Heat (1995)").contain(Letters::of("heat 2")));
        assert!(!Letters::of("").contain(Letters::of("x")));
    }
}
