//! What is known of items, as numbers that factors can be held against.

use crate::data::{Attribute, AttributeKind, Dataset, ItemIx};
use crate::latent::Trait;

/// At most so many names of a column, those of the most items.
const MOST_NAMES: usize = 60;

/// Names of fewer of the items say nothing.
const LEAST_ITEMS: usize = 8;

/// Every item attribute of the dataset over `items`, one trait a number and one a name (1 where the item has it, else 0; unknown
/// where it has none of that column), and the logarithm of how many rated it.
pub(super) fn traits(data: &Dataset, items: &[ItemIx]) -> Vec<Trait> {
    let mut traits = vec![Trait {
        name: "log count".to_owned(),
        ends: ("popular".to_owned(), Some("rare".to_owned())),
        values: items
            .iter()
            .map(|item| Some((data.item_row(*item).len().max(1) as f64).ln()))
            .collect(),
    }];
    for column in &data.item_attributes().columns {
        match column.kind {
            AttributeKind::Number => traits.push(number(column, items)),
            AttributeKind::Names => traits.extend(names(column, items)),
        }
    }
    traits
}

fn number(column: &Attribute, items: &[ItemIx]) -> Trait {
    let ends = match column.name.as_str() {
        "year" => ["new".to_owned(), "old".to_owned()],
        name => [format!("high {name}"), format!("low {name}")],
    };
    let [high, low] = ends;
    Trait {
        name: column.name.clone(),
        ends: (high, Some(low)),
        values: items.iter().map(|item| column.number(item.at())).collect(),
    }
}

fn names<'a>(column: &'a Attribute, items: &'a [ItemIx]) -> impl Iterator<Item = Trait> + 'a {
    let mut counts = vec![0; column.names().len()];
    for item in items {
        for (name, _) in column.terms(item.at()) {
            counts[name as usize] += 1;
        }
    }
    let telling = |name: &usize| counts[*name] >= LEAST_ITEMS && counts[*name] < items.len();
    let mut chosen: Vec<usize> = (0..counts.len()).filter(telling).collect();
    chosen.sort_by(|a, b| counts[*b].cmp(&counts[*a]).then(a.cmp(b)));
    chosen.truncate(MOST_NAMES);
    chosen.into_iter().map(|name| {
        let has = |item: &ItemIx| {
            let mut said = column.terms(item.at()).peekable();
            said.peek()?;
            Some(f64::from(u8::from(said.any(|(term, _)| term as usize == name))))
        };
        let text = crate::data::clean_label(column.names().get(name)).into_owned();
        Trait {
            name: format!("{}: {text}", column.name),
            ends: (text, None),
            values: items.iter().map(has).collect(),
        }
    })
}
