//! Files beside the ratings: those that are not what their names say, tables of items under names that no format knows, and
//! those that nobody reads.

use std::path::{Path, PathBuf};

use super::columns::{Role, by_alias};
use super::error::{LoadError, quoted};
use super::findings::Counted;
use super::formats::{self, About, How, Opened, Plan};
use super::input::short_name;
use super::interner::Interner;
use super::metadata::{Catalogs, MetadataFile};
use super::records::{Records, Separator, Syntax};
use super::rejects::SKIP;
use super::sources::{self, Side};
use super::{LoadOptions, Loader, sniff, table};
use crate::data::LoadReport;

/// The share of a table's ids that must be those of items.
const ENOUGH: f64 = 0.3;

impl Loader<'_> {
    /// The tables that were asked for, then those of the format; a table that was asked for replaces its like. Where there
    /// is none of items, a table whose ids meet theirs.
    pub(super) fn read_metadata(
        &mut self,
        plan: &Plan,
        catalogs: &mut Catalogs,
        counted: Counted,
    ) -> Result<(), LoadError> {
        let sides: Vec<Side<'_>> = sources::metadata(plan, self.options).collect();
        for side in sides {
            self.read_side(&side, catalogs, counted)?;
        }
        let joined = self.join_items(plan, catalogs, counted)?;
        self.note_unread(plan, joined.as_deref());
        Ok(())
    }

    /// A table that was only found is left out where it is not what its name says: even leniently read it says nothing of
    /// what was rated.
    fn read_side(&mut self, side: &Side<'_>, catalogs: &mut Catalogs, counted: Counted) -> Result<(), LoadError> {
        let before = side.found.map(|about| (about, catalogs.clone()));
        let read = self
            .open_side(side.path)
            .and_then(|mut file| (side.reader)(&mut file, catalogs));
        let Some((about, before)) = before else { return read };
        let says = |catalogs: &Catalogs| match about {
            About::Items => catalogs.items.described_of(counted.items) > 0,
            About::Users => catalogs.users.described_of(counted.users) > 0,
            About::Tags => catalogs.items.has_column("tag"),
        };
        let why = match read {
            Err(LoadError::Cancelled) => return Err(LoadError::Cancelled),
            Err(error) => {
                let mut again = before.clone();
                self.read_leniently(side, &mut again)?;
                if says(&again) {
                    return Err(error);
                }
                error.to_string().replace(SKIP, "")
            }
            Ok(()) if about == About::Tags || says(catalogs) || catalogs.is_like(&before) => return Ok(()),
            Ok(()) => "none of its ids is in the ratings".to_owned(),
        };
        *catalogs = before;
        let short = short_name(side.path);
        self.report.files.retain(|file| *file != short);
        self.report.note(format!(
            "{short} was left out, since it is not what its name says: {why}"
        ));
        Ok(())
    }

    /// What can be read of a table, whatever is wrong with it.
    fn read_leniently(&self, side: &Side<'_>, catalogs: &mut Catalogs) -> Result<(), LoadError> {
        let options = LoadOptions {
            lenient: true,
            ..self.options.clone()
        };
        let mut report = LoadReport::default();
        let file = MetadataFile::open(side.path, &options, self.encoding, &mut report, self.task);
        match file.and_then(|mut file| (side.reader)(&mut file, catalogs)) {
            Err(LoadError::Cancelled) => Err(LoadError::Cancelled),
            _ => Ok(()),
        }
    }

    fn open_side(&mut self, path: &Path) -> Result<MetadataFile<'_>, LoadError> {
        MetadataFile::open(path, self.options, self.encoding, &mut self.report, self.task)
    }

    /// Reads the table of items that meets them best; which it was.
    fn join_items(
        &mut self,
        plan: &Plan,
        catalogs: &mut Catalogs,
        counted: Counted,
    ) -> Result<Option<PathBuf>, LoadError> {
        let tables = item_tables(plan, self.options).into_iter();
        let joins = tables.filter_map(|path| {
            let rows = head_of(&path)?;
            let (column, share) = best_column(&rows, &catalogs.items.ids)?;
            Some((path, column, rows[0][column].clone(), share))
        });
        let best = joins.reduce(|best, join| if join.3 > best.3 { join } else { best });
        let Some((path, column, name, _)) = best.filter(|join| join.3 >= ENOUGH) else {
            return Ok(None);
        };
        let mut file = self.open_side(&path)?;
        table::read_joined(&mut file, catalogs, column)?;
        let (met, all) = (catalogs.items.described_of(counted.items), counted.items);
        file.remark(format_args!(
            "taken for a table of items, since the column {} has {met} of the {all} that were rated ({} %)",
            quoted(name.as_bytes()),
            100 * met / all.max(1)
        ));
        Ok(Some(path))
    }

    fn note_unread(&mut self, plan: &Plan, joined: Option<&Path>) {
        const MOST: usize = 5;
        let asked = [&self.options.items, &self.options.users];
        let is_read = |path: &&PathBuf| {
            joined == Some(path.as_path()) || asked.iter().any(|a| a.as_deref() == Some(path.as_path()))
        };
        let names: Vec<String> = plan
            .others
            .iter()
            .filter(|p| !is_read(p))
            .map(|p| short_name(p))
            .collect();
        let more = names.len().saturating_sub(MOST);
        let shown = names[..names.len() - more].join(", ");
        match (names.len(), more) {
            (0, _) => {}
            (_, 0) => self.report.note(format!("in this folder, but not read: {shown}")),
            _ => self
                .report
                .note(format!("in this folder, but not read: {shown} and {more} more")),
        }
    }
}

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
fn head_of(path: &Path) -> Option<Vec<Vec<String>>> {
    match formats::open(path, How::default()).ok()? {
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
fn best_column(rows: &[Vec<String>], ids: &Interner) -> Option<(usize, f64)> {
    let [header, rows @ ..] = rows else { return None };
    let share = |column: usize| {
        let is_known = |row: &&Vec<String>| row.get(column).is_some_and(|id| ids.find(id.as_bytes()).is_some());
        rows.iter().filter(is_known).count() as f64 / rows.len().max(1) as f64
    };
    let columns = (0..header.len()).filter(|&column| !table::is_title(&header[column]));
    let rated = columns.map(|column| (column, share(column)));
    rated.reduce(|best, column| if column.1 > best.1 { column } else { best })
}
