//! Long lists: their rows get names when they are read.

use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::Entity;
use crate::data::Dataset;

/// What users and items are called.
pub trait Naming: Send + Sync {
    /// The entity's id, verbatim.
    fn id(&self, entity: Entity) -> &str;

    /// What to call the entity on a screen.
    fn label(&self, entity: Entity) -> String;
}

impl Naming for Dataset {
    fn id(&self, entity: Entity) -> &str {
        match entity {
            Entity::User(user) => self.user_id(user),
            Entity::Item(item) => self.item_id(item),
        }
    }

    fn label(&self, entity: Entity) -> String {
        match entity {
            Entity::User(user) => self.user_label(user),
            Entity::Item(item) => self.item_label(item).to_owned(),
        }
    }
}

/// A row without names.
pub trait Line: Send + Sync {
    /// The row with them.
    type Row;

    /// Whom or what it is about.
    fn entity(&self) -> Entity;

    /// The row, with its names.
    fn row(&self, names: &dyn Naming) -> Self::Row;
}

/// A list that may be very long, of which few rows are looked at: an item has a hundred thousand raters, and a screen forty
/// lines. Serialized as the list of its rows.
#[derive(Clone)]
pub struct Lines<L> {
    names: Arc<dyn Naming>,
    lines: Vec<L>,
}

impl<L: Line> Lines<L> {
    /// These lines, whose names are known to `names`.
    pub fn new(names: Arc<dyn Naming>, lines: Vec<L>) -> Self {
        Self { names, lines }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The row at `at`, if there is one.
    pub fn get(&self, at: usize) -> Option<L::Row> {
        self.lines.get(at).map(|line| line.row(&*self.names))
    }

    /// Every row with its names, in order.
    pub fn iter(&self) -> impl Iterator<Item = L::Row> + '_ {
        self.lines.iter().map(|line| line.row(&*self.names))
    }

    /// Whom or what the row at `at` is about.
    pub fn entity(&self, at: usize) -> Option<Entity> {
        self.lines.get(at).map(Line::entity)
    }

    /// Whom to ask for names.
    pub fn naming(&self) -> &dyn Naming {
        &*self.names
    }

    /// The lines without names.
    pub fn lines(&self) -> &[L] {
        &self.lines
    }

    /// The lines without names, to be changed.
    #[cfg(test)]
    pub fn lines_mut(&mut self) -> &mut [L] {
        &mut self.lines
    }
}

impl<L: Line<Row: Serialize>> Serialize for Lines<L> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<L: Line<Row: fmt::Debug>> fmt::Debug for Lines<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<L: Line<Row: PartialEq>> PartialEq for Lines<L> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Named, World};
    use super::*;
    use crate::data::ItemIx;
    use crate::models::tests_common::synthetic;

    #[test]
    fn lines_are_read_and_written_with_their_names() {
        let world = World::new(synthetic(10, 8), 1);
        let entity = |n| Entity::Item(ItemIx(n));
        let lines = Lines::new(
            world.dataset.clone(),
            vec![(entity(3), 4.0, 2.0), (entity(0), 1.0, 5.0)],
        );
        let rows: Vec<(Named, f64, f64)> = vec![(world.named(entity(3)), 4.0, 2.0), (world.named(entity(0)), 1.0, 5.0)];
        assert_eq!(lines.iter().collect::<Vec<_>>(), rows);
        assert_eq!((lines.get(1).as_ref(), lines.get(2)), (rows.get(1), None));
        assert_eq!((lines.entity(0), lines.entity(2)), (Some(entity(3)), None));
        assert_eq!(
            serde_json::to_string(&lines).unwrap(),
            serde_json::to_string(&rows).unwrap()
        );
        let other = Lines::new(world.dataset.clone(), vec![(entity(3), 4.0, 2.0)]);
        assert!(lines == lines.clone() && lines != other);
    }
}
