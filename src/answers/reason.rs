//! The one sentence that a person would say: because you rated this, which so many rated alike.

use super::neighbors::rating;
use super::text::plural;
use super::{Entity, World};
use crate::data::{FeedbackKind, ItemIx};
use crate::explain::readable;
use crate::models::{About, Detail, Explanation, NoScore, PartKind, Serving};
use crate::task::thousands;

/// What speaks for an item most, of all that its score consists of, as a clause that begins with *because*: of the largest
/// component its largest part. What is the same for all items (means, the bias of the user) is no reason.
///
/// "Rated alike" are two items by somebody whose ratings of them are at most one step of the scale apart. Costs an
/// explanation, and a pass over the raters of two items.
///
/// # Errors
/// The item has no score.
pub(super) fn sentence(world: &World, serving: &Serving, item: ItemIx) -> Result<String, NoScore> {
    let tree = readable(serving, item)?;
    let found = strongest(&tree).and_then(|part| clause(world, serving, item, part));
    Ok(found.unwrap_or_else(|| "no part of its score speaks for it in particular".to_owned()))
}

/// The largest part of the largest part, and so on; `None` where nothing adds to the score.
fn strongest(tree: &Explanation) -> Option<&Explanation> {
    let raw = tree.detail.iter().find_map(|(_, detail)| match detail {
        Detail::Tree(raw) => Some(&**raw),
        _ => None,
    });
    let parts = raw.map_or(&tree.children, |raw| &raw.children).iter();
    let reasons = parts.filter(|part| part.value > 0.0 && is_reason(part));
    let largest = reasons.max_by(|a, b| a.value.total_cmp(&b.value))?;
    if largest.children.is_empty() && !matches!(largest.kind, PartKind::Component | PartKind::Hybrid) {
        return Some(largest);
    }
    Some(strongest(largest).unwrap_or(largest))
}

/// Whether a part is more than a constant.
fn is_reason(part: &Explanation) -> bool {
    match part.kind {
        PartKind::Offset | PartKind::Residual | PartKind::Rest | PartKind::Missing => false,
        PartKind::Base | PartKind::Bias => matches!(part.about, About::Item(_)),
        _ => true,
    }
}

fn clause(world: &World, serving: &Serving, item: ItemIx, part: &Explanation) -> Option<String> {
    let words = world.dataset.feedback().words();
    let did = words.did;
    Some(match (part.kind, &part.about) {
        (PartKind::Rated, About::Item(other)) => {
            let (label, given) = (world.dataset.item_label(*other), serving.profile().rating(*other)?);
            let (alike, otherwise) = both(world, serving, item, *other);
            if words.kind == FeedbackKind::Ratings {
                let scale = world.dataset.scale();
                let is_low = given < f64::midpoint(scale.min, scale.max);
                let (others, how) = if is_low {
                    (otherwise, "rated otherwise")
                } else {
                    (alike, "rated alike")
                };
                format!("because you rated {label} {given}{}", people(others, how))
            } else {
                let together = people(alike + otherwise, &format!("{did} together with it"));
                format!("because you {did} {label}{together}")
            }
        }
        (PartKind::Neighbor, About::User(user)) => {
            let name = world.label(Entity::User(*user));
            let given = rating(world, *user, item).filter(|_| words.kind == FeedbackKind::Ratings);
            let given = given.map_or(String::new(), |given| format!(" {given}"));
            format!("because user {name}, whose taste is like yours, {did} it{given}")
        }
        (PartKind::Neighbor, About::Item(other)) => {
            format!(
                "because it is like {}, which you {did}",
                world.dataset.item_label(*other)
            )
        }
        (PartKind::Term, About::Term(column, name)) => {
            let name = crate::data::clean_label(name);
            format!("because you like {column} {name}, and it has that")
        }
        (PartKind::Base | PartKind::Feature | PartKind::Bias, About::Item(_)) => match part.figure("count") {
            Some(count) => format!("because {} {did} it", plural_people(count as usize)),
            None => words.say("because it is rated above the mean").into_owned(),
        },
        (PartKind::Factor, About::Factor(n)) => format!("because of factor {}, a taste that the model learned", n + 1),
        (_, About::Model(model)) => format!("because {model} puts it in front"),
        _ => format!("because of {}", part.label),
    })
}

/// How many others rated two items at most one step of the scale apart, and how many further apart.
fn both(world: &World, serving: &Serving, item: ItemIx, other: ItemIx) -> (usize, usize) {
    let data = &world.dataset;
    let scale = data.scale();
    let step = scale.step.unwrap_or((scale.max - scale.min) / 10.0) + 1e-9;
    let own = serving.profile().user().map(|user| user.0);
    let mut others = data.item_row(other).iter().peekable();
    let (mut alike, mut otherwise) = (0, 0);
    for (user, one) in data.item_row(item).iter().filter(|(user, _)| Some(*user) != own) {
        while others.next_if(|(at, _)| *at < user).is_some() {}
        match others.peek() {
            Some((at, two)) if *at == user && (one - two).abs() <= step => alike += 1,
            Some((at, _)) if *at == user => otherwise += 1,
            _ => {}
        }
    }
    (alike, otherwise)
}

fn people(n: usize, did: &str) -> String {
    if n == 0 {
        return String::new();
    }
    format!(", which {} {did}", plural_people(n))
}

fn plural_people(n: usize) -> String {
    if n == 1 {
        plural(1u64, "person")
    } else {
        format!("{} people", thousands(n as u64))
    }
}
