//! Reading what stands beside the ratings, and saying what was left out.

use std::path::{Path, PathBuf};

use super::error::{LoadError, quoted};
use super::findings::Counted;
use super::formats::{self, About, Plan};
use super::input::short_name;
use super::item_tables::{best_column, head_of, item_tables};
use super::metadata::{Catalogs, MetadataFile};
use super::rejects::SKIP;
use super::sources::{self, Side};
use super::{LoadOptions, Loader, table};
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
        let opened = formats::open_table(side.path, self.encoding);
        let file = opened
            .and_then(|opened| MetadataFile::open(side.path, opened, &options, self.encoding, &mut report, self.task));
        match file.and_then(|mut file| (side.reader)(&mut file, catalogs)) {
            Err(LoadError::Cancelled) => Err(LoadError::Cancelled),
            _ => Ok(()),
        }
    }

    fn open_side(&mut self, path: &Path) -> Result<MetadataFile<'_>, LoadError> {
        let opened = formats::open_table(path, self.encoding)?;
        MetadataFile::open(path, opened, self.options, self.encoding, &mut self.report, self.task)
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
