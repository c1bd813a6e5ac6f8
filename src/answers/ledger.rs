//! The ledger: what is another rating than the stored one, each line to be undone.

use std::collections::BTreeSet;

use super::timeline::TimelineView;
use super::{Entity, Named, Whose, World};
use crate::data::ItemIx;

/// One line of the ledger: what is another rating than the stored one.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerRow {
    pub entity: Entity,
    pub id: String,
    pub label: String,
    pub stored: Option<f64>,
    /// As it counts; `None` where it was taken out.
    pub now: Option<f64>,
}

/// The edits of somebody, each of which can be undone.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerView {
    /// Who; nobody for a guest, whose ratings are all edits.
    pub user: Option<Named>,
    /// What was changed, by item, but for what has not happened yet.
    pub rows: Vec<LedgerRow>,
    /// How many stored ratings have not happened yet.
    pub later: usize,
    pub timeline: Option<TimelineView>,
    /// How many ratings of others are edited.
    pub others: usize,
}

/// The edits of somebody. O(ratings of theirs).
pub fn compute(world: &World, whose: &Whose) -> LedgerView {
    let row = |item: ItemIx, stored, now| LedgerRow {
        entity: Entity::Item(item),
        id: world.dataset.item_id(item).to_owned(),
        label: world.dataset.item_label(item).to_owned(),
        stored,
        now,
    };
    match whose {
        Whose::Guest(ratings) => LedgerView {
            user: None,
            rows: ratings
                .iter()
                .map(|(item, rating)| row(*item, None, Some(*rating)))
                .collect(),
            later: 0,
            timeline: None,
            others: world.edits().len(),
        },
        Whose::User(user) => {
            let events = world.events(*user);
            let known = world.known(*user, &events);
            let later: BTreeSet<ItemIx> = events[known..].iter().map(|e| e.item).collect();
            let own = world.edits().of_user(*user);
            let rows: Vec<LedgerRow> = own
                .filter(|(item, _)| !later.contains(item))
                .map(|(item, edit)| row(item, world.dataset.rating(*user, item), edit))
                .collect();
            LedgerView {
                user: Some(world.named(Entity::User(*user))),
                others: world.edits().len() - rows.len() - later.len(),
                rows,
                later: later.len(),
                timeline: TimelineView::of(world, *user),
            }
        }
    }
}
