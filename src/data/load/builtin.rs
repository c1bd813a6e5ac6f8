//! The sample inside the program: the committed files of `sample-data/films`, as they are.

use std::io::Cursor;
use std::path::PathBuf;

use super::formats::Plan;
use super::metadata::{Catalogs, MetadataFile, MetadataReader};
use super::rows::Opened;
use super::{LoadOptions, Loaded, Loader, Make, input, table};
use crate::data::{LoadError, LoadReport};
use crate::task::Task;

const RATINGS: &[u8] = include_bytes!("../../../sample-data/films/ratings.csv");
const METADATA: [(&str, &[u8], MetadataReader); 2] = [
    (
        "films.csv",
        include_bytes!("../../../sample-data/films/films.csv"),
        table::read_items,
    ),
    (
        "users.csv",
        include_bytes!("../../../sample-data/films/users.csv"),
        table::read_users,
    ),
];

impl Loader<'_> {
    pub(super) fn read_builtin<M: Send>(&mut self, make: impl Make<M>) -> Result<Loaded<M>, LoadError> {
        let total = Some(RATINGS.len() as u64);
        let input = input::from_reader("ratings.csv".to_owned(), Box::new(Cursor::new(RATINGS)), total)?;
        let plan = Plan::of("built-in", PathBuf::from("ratings.csv"));
        let options = LoadOptions::default();
        let more = |report: &mut LoadReport, task: &Task, catalogs: &mut Catalogs| {
            for (name, bytes, reader) in METADATA {
                let bytes = Box::new(Cursor::new(bytes));
                let (name, shown) = (name.to_owned(), name.to_owned());
                reader(
                    &mut MetadataFile::from_bytes(bytes, shown, name, &options, None, report, task)?,
                    catalogs,
                )?;
            }
            Ok(())
        };
        let mut loaded = self.read_all(Opened::Text(input), "ratings.csv", &plan, more, make)?;
        "films".clone_into(&mut loaded.parts.name);
        loaded.parts.synthetic = true;
        Ok(loaded)
    }
}
