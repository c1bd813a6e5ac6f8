//! RecBole's graph of knowledge: `NAME.link` says which entity an item is, `NAME.kg` what is known of entities, a fact a row
//! (head, relation, tail). A fact about an item is a name of an attribute that is called like the relation.

use std::collections::{BTreeMap, HashMap};

use super::columns::squeeze;
use super::error::LoadError;
use super::metadata::{Catalogs, MetadataFile};

/// Reads which entity each item is; those that were not rated are left out.
pub(super) fn read_links(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.sniff_syntax();
    let Some(header) = file.next_row()? else { return Ok(()) };
    let column = |name: &str, place| header.iter().position(|h| squeeze(h) == name).unwrap_or(place);
    let (item, entity) = (column("itemid", 0), column("entityid", 1));
    while let Some(row) = file.next_row()? {
        let (Some(id), Some(name)) = (row.get(item), row.get(entity)) else {
            file.reject(row.len(), "the row has too few fields for a link")?;
            continue;
        };
        if let Some(index) = catalogs.items.ids.find(id.as_bytes()) {
            catalogs.entities.insert(name.clone(), index as usize);
        }
    }
    Ok(())
}

/// Reads what is known of the items that were linked. A relation in which no two items share a name says nothing that could
/// be compared, and is left out.
pub(super) fn read_facts(file: &mut MetadataFile<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
    file.sniff_syntax();
    if file.next_row()?.is_none() {
        return Ok(());
    }
    let mut facts: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    while let Some(row) = file.next_row()? {
        let [head, relation, tail, ..] = &row[..] else {
            file.reject(row.len(), "the row has too few fields for a fact")?;
            continue;
        };
        let sides = [(head, tail, forward(relation)), (tail, head, backward(relation))];
        for (item, name, attribute) in sides {
            if let Some(index) = catalogs.entities.get(item) {
                facts.entry(attribute).or_default().push((*index, name.clone()));
            }
        }
    }
    let (shared, silent): (Vec<_>, Vec<_>) = facts.into_iter().partition(|(_, facts)| is_shared(facts));
    if !silent.is_empty() {
        file.remark(format_args!(
            "{} of {} relations were left out, since no two items share a name in them",
            silent.len(),
            silent.len() + shared.len()
        ));
    }
    for (attribute, facts) in &shared {
        for (index, name) in facts {
            catalogs.items.add_name(attribute, *index, name);
        }
    }
    Ok(())
}

/// What the tail of a relation is to its head: the genre in `film.film.genre`.
fn forward(relation: &str) -> String {
    relation.rsplit('.').next().unwrap_or(relation).replace('_', " ")
}

/// What the head is to the tail: the actor in `film.actor.film`.
fn backward(relation: &str) -> String {
    relation.rsplit('.').nth(1).unwrap_or(relation).replace('_', " ")
}

fn is_shared(facts: &[(usize, String)]) -> bool {
    let mut first: HashMap<&str, usize> = HashMap::new();
    facts
        .iter()
        .any(|(index, name)| *first.entry(name.as_str()).or_insert(*index) != *index)
}
