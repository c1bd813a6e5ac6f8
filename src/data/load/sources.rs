//! Which files would be read, without reading them.

use std::path::{Path, PathBuf};

use super::formats::{About, Place, Plan, real_files};
use super::metadata::MetadataReader;
use super::{LoadOptions, item_tables, table};

/// The format and all files, in a fixed order, that [`super::load`] would read of `path`; `None` where it would refuse. Looks into files no further than is needed to
/// recognize a format.
pub(in crate::data) fn sources(path: &Path, options: &LoadOptions) -> Option<(&'static str, Vec<PathBuf>)> {
    let place = Place::of(path).ok()?;
    let plan = place.plan()?;
    let mut named = vec![plan.ratings.clone()];
    named.extend(plan.more.iter().cloned());
    named.extend(metadata(&plan, options).map(|side| side.path.to_owned()));
    named.extend(item_tables::item_tables(&plan, options));
    named.extend(place.find("dataset.toml"));
    let mut files: Vec<PathBuf> = Vec::new();
    // Several tables may stand in one database, several files in one archive.
    for file in named.iter().flat_map(|path| real_files(path)) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    Some((plan.format, files))
}

/// The file or folder behind `path`: without the name of a table or of a file in an archive.
pub(in crate::data) fn real_path(path: &Path) -> PathBuf {
    if path.exists() {
        return path.to_owned();
    }
    real_files(path).into_iter().next().unwrap_or_else(|| path.to_owned())
}

/// A table beside the ratings.
pub(super) struct Side<'a> {
    pub path: &'a Path,
    pub reader: MetadataReader,
    /// `None` where a person named the table.
    pub found: Option<About>,
}

/// The tables about items and users: those that were asked for, then those of the format; a table that was asked for
/// replaces its like.
pub(super) fn metadata<'a>(plan: &'a Plan, options: &'a LoadOptions) -> impl Iterator<Item = Side<'a>> {
    let (items, users) = (options.items.as_deref(), options.users.as_deref());
    let asked = [(items, table::read_items as MetadataReader), (users, table::read_users)];
    let asked = asked.into_iter().filter_map(|(path, reader)| {
        path.map(|path| Side {
            path,
            reader,
            found: None,
        })
    });
    let found = plan.metadata.iter().filter(move |m| match m.about {
        About::Items => items.is_none(),
        About::Users => users.is_none(),
        About::Tags => true,
    });
    asked.chain(found.map(|m| Side {
        path: m.path.as_path(),
        reader: m.reader,
        found: Some(m.about),
    }))
}
