//! Tables of items under names that no format knows: the files of a folder that have titles, and ids that are those of items.

use std::path::{Path, PathBuf};

use super::columns::{Role, by_alias};
use super::formats::{self, About, How, Plan};
use super::interner::Interner;
use super::records::{Records, Separator, Syntax};
use super::rows::Opened;
use super::{LoadOptions, sniff, table};

/// The files of a folder that can be tables of items, where nothing else is one: their header has a title, and no user.
pub(super) fn item_tables(plan: &Plan, options: &LoadOptions) -> Vec<PathBuf> {
    const MOST: usize = 50;
    if options.items.is_some() || plan.metadata.iter().any(|m| m.about == About::Items) {
        return Vec::new();
    }
    let is_table = |path: &&PathBuf| {
        let rows = head_of(path).unwrap_or_default();
        rows.len() > 1 && by_alias(&rows[0], Role::User).is_none() && rows[0].iter().any(|name| table::is_title(name))
    };
    plan.others.iter().take(MOST).filter(is_table).cloned().collect()
}

/// The header and the first rows of a table; `None` where it is none.
pub(super) fn head_of(path: &Path) -> Option<Vec<Vec<String>>> {
    match formats::open(path, &How::default()).ok()? {
        Opened::Rows(_, _, mut file) => {
            let mut rows = vec![file.columns().to_vec()];
            rows.extend(file.sample());
            Some(rows)
        }
        Opened::Text(input) => {
            let records = Records::new(input.bytes, Syntax::of(Separator::Byte(b','))).ok()?;
            let separator = sniff::separator(records.sample())?;
            let rows = sniff::split(records.sample(), &Syntax::of(separator));
            (!rows.is_empty()).then_some(rows)
        }
    }
}

/// The column whose values are most often ids of items, and how often they are; titles are none.
pub(super) fn best_column(rows: &[Vec<String>], ids: &Interner) -> Option<(usize, f64)> {
    let [header, rows @ ..] = rows else { return None };
    let share = |column: usize| {
        let is_known = |row: &&Vec<String>| row.get(column).is_some_and(|id| ids.find(id.as_bytes()).is_some());
        rows.iter().filter(is_known).count() as f64 / rows.len().max(1) as f64
    };
    let columns = (0..header.len()).filter(|&column| !table::is_title(&header[column]));
    let rated = columns.map(|column| (column, share(column)));
    rated.reduce(|best, column| if column.1 > best.1 { column } else { best })
}
