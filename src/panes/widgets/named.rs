use crate::answers::{Entity, Named};

/// A key for a row about a user or an item that stays the same while answers change.
pub fn entity_key(entity: Entity) -> u64 {
    match entity {
        Entity::User(user) => u64::from(user.0) << 1,
        Entity::Item(item) => (u64::from(item.0) << 1) | 1,
    }
}

/// What to call somebody: `user 42`, an item by its label.
pub fn name_of(named: &Named) -> String {
    match named.entity {
        Entity::User(_) => format!("user {}", named.label),
        Entity::Item(_) => named.label.clone(),
    }
}
