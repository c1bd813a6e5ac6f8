use std::sync::Arc;

use crate::data::{ItemIx, UserIx};

/// A user or an item: what a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Entity {
    User(UserIx),
    Item(ItemIx),
}

impl Entity {
    /// `user` or `item`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Item(_) => "item",
        }
    }

    /// The item that it is.
    pub fn item(self) -> Option<ItemIx> {
        match self {
            Self::User(_) => None,
            Self::Item(item) => Some(item),
        }
    }
}

/// Whose recommendations are asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Whose {
    /// A user of the dataset, with whatever edits there are.
    User(UserIx),
    /// Somebody who isn't in the dataset, with these ratings.
    Guest(Arc<Vec<(ItemIx, f64)>>),
}

/// What the explorer looks at: somebody, or an item.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    Person(Whose),
    /// An item, whatever people think of it.
    Item(ItemIx),
}
