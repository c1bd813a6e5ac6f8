//! Datasets that were read before, from the cache: the small parts by serde, whatever is one entry a rating as it lies in
//! memory.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::SystemTime;

use super::stamp::Stamp;
use super::storage::{FileOrder, Stored, Times};
use super::{Attribute, Dataset, Ids, LoadError, LoadOptions, Source, load};
use crate::cache::{Cache, Entry, Kind, Label, Unusable, Writer};
use crate::task::Task;

/// Reads a dataset: from the cache where it was read before in the same way and no file has changed since, else from its
/// files, and then keeps it in the background. Either way it is the same dataset, report included.
///
/// Standard input, the built-in sample and files below 1 MiB are always read. What could go unnoticed is told at `Stamp`.
pub fn load_cached(
    source: &Source,
    options: &LoadOptions,
    cache: &Cache,
    task: &Task,
) -> Result<Arc<Dataset>, LoadError> {
    let asked = SystemTime::now();
    let stamp = cache.folder().and_then(|_| Stamp::of(source, options));
    let Some(stamp) = stamp.filter(|s| cache.is_worth_bytes(s.bytes)) else {
        return load(source, options, task).map(Arc::new);
    };
    if let Some(entry) = cache.find(Kind::Dataset, &stamp.key, &stamp.state) {
        match restore(&entry, task) {
            Ok(dataset) => return Ok(Arc::new(dataset)),
            Err(Unusable::Cancelled(_)) => return Err(LoadError::Cancelled),
            Err(why) => tracing::info!(%why, "the cached dataset is not used"),
        }
    }
    let dataset = Arc::new(load(source, options, task)?);
    // Only what surely is what was read: no file changed just before, none has since.
    if stamp.is_settled(asked) && Stamp::of(source, options).as_ref() == Some(&stamp) {
        let label = Label {
            kind: Kind::Dataset,
            name: dataset.name().to_owned(),
            key: stamp.key,
            stamp: stamp.state,
        };
        let kept = Arc::clone(&dataset);
        cache.keep_later(label, Box::new(move |to| write(&kept, to)));
    }
    Ok(dataset)
}

/// What is one entry a rating.
trait Column {
    fn bytes(&self) -> &[u8];
    /// As many entries of whatever value.
    fn allocate(&mut self, entries: usize);
    fn bytes_mut(&mut self) -> &mut [u8];
}

impl<T: bytemuck::Pod> Column for Vec<T> {
    fn bytes(&self) -> &[u8] {
        bytemuck::cast_slice(self)
    }

    fn allocate(&mut self, entries: usize) {
        *self = vec![T::zeroed(); entries];
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        bytemuck::cast_slice_mut(self)
    }
}

/// All columns of `$dataset`, in the order of the file's sections: `columns!(dataset)`, or to be filled
/// `columns!(dataset, mut)`.
macro_rules! columns {
    ($dataset:expr $(, $mut:tt)?) => {{
        let mut columns: Vec<&$($mut)? dyn Column> = Vec::new();
        for side in [&$($mut)? $dataset.by_user, &$($mut)? $dataset.by_item] {
            columns.push(&$($mut)? side.ids);
            columns.push(match &$($mut)? side.values {
                Stored::Coded8(codes) => codes,
                Stored::Coded16(codes) => codes,
                Stored::Exact(values) => values,
            });
        }
        match &$($mut)? $dataset.times {
            Times::None => {}
            Times::Narrow(_, times) => columns.push(times),
            Times::Wide(times) => columns.push(times),
        }
        match &$($mut)? $dataset.file_order {
            FileOrder::Same => {}
            FileOrder::WithinUser(places) => columns.push(places),
            FileOrder::Any(positions) => columns.push(positions),
        }
        columns
    }};
}

/// Writes a dataset: a section of all small parts, then one a column.
fn write(dataset: &Dataset, to: &mut Writer<'_>) -> io::Result<()> {
    let parts = postcard::to_stdvec(dataset).map_err(io::Error::other)?;
    to.section()?.write_all(&parts)?;
    for column in columns!(dataset) {
        to.section()?.write_all(column.bytes())?;
    }
    Ok(())
}

/// Reading leaves room in lists that nothing will be added to.
fn shrink_to_fit(dataset: &mut Dataset) {
    let ids = [&mut dataset.users, &mut dataset.items, &mut dataset.labels];
    ids.into_iter().filter_map(Arc::get_mut).for_each(Ids::shrink_to_fit);
    for attributes in [&mut dataset.item_attributes, &mut dataset.user_attributes] {
        let columns = Arc::get_mut(attributes).into_iter().flat_map(|a| &mut a.columns);
        columns.for_each(Attribute::shrink_to_fit);
    }
    dataset.by_user.ends.shrink_to_fit();
    dataset.by_item.ends.shrink_to_fit();
}

/// Reads what [`write`] wrote.
fn restore(entry: &Entry, task: &Task) -> Result<Dataset, Unusable> {
    let parts = entry.section(0, task)?;
    let mut dataset: Dataset =
        postcard::from_bytes(&parts).map_err(|_| Unusable::Damaged("its parts make no sense"))?;
    drop(parts);
    shrink_to_fit(&mut dataset);
    let ends = [&dataset.by_user.ends, &dataset.by_item.ends];
    let n_ratings = ends[0].last().map_or(0, |&end| end as usize);
    let fits = |ends: &Vec<u32>| ends.is_sorted() && ends.last().map_or(0, |&end| end as usize) == n_ratings;
    if !ends.into_iter().all(fits) {
        return Err(Unusable::Damaged("its rows do not fit together"));
    }
    let mut columns = columns!(dataset, mut);
    if columns.len() + 1 != entry.sections() {
        return Err(Unusable::Damaged("a column is missing"));
    }
    let mut wanted = Vec::with_capacity(columns.len());
    for (k, column) in columns.iter_mut().enumerate() {
        column.allocate(n_ratings);
        wanted.push((k + 1, column.bytes_mut()));
    }
    entry.read(wanted, task)?;
    Ok(dataset)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn cache(folder: &Path) -> Cache {
        Cache::keeping_all(&folder.join("cache"), u64::MAX)
    }

    /// Writes a file and waits until a further write would be noticed.
    fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        std::thread::sleep(Duration::from_millis(30));
        path
    }

    fn open(path: &Path, options: &LoadOptions, cache: &Cache) -> Arc<Dataset> {
        let source = Source::Path(path.to_owned());
        let dataset = load_cached(&source, options, cache, &Task::unattended()).unwrap();
        cache.finish(None);
        dataset
    }

    /// Everything that a dataset holds.
    fn whole(dataset: &Dataset) -> String {
        format!("{dataset:?}")
    }

    fn cached_files(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder.join("cache"));
        entries.map_or_else(|_| Vec::new(), |e| e.map(|e| e.unwrap().path()).collect())
    }

    #[test]
    fn every_way_to_store_comes_back() {
        let mut few = String::from("user,item,rating,time\n");
        let mut many = String::from("user,item,rating\n");
        let mut any = String::from("user,item,rating,time\n");
        let mut wide = String::from("user\titem\trating\ttime\n");
        for k in 0..70_000u64 {
            let _ = writeln!(many, "{},{},{}", k / 100, k % 100, k as f64 * 1.001);
        }
        for k in 0..600u64 {
            let _ = writeln!(few, "{},{},{},{}", k / 20, k * 7 % 20, k % 5 + 1, 1_000_000_000 + k);
            let _ = writeln!(any, "{},{},{},{}", k % 30, k / 30, k, 978_300_000 + k * 7919 % 1000);
            let _ = writeln!(
                wide,
                "{}\t{}\t3\t{}",
                k / 20,
                k % 20,
                (k * 10_000_000) as i64 - 3_000_000_000
            );
        }
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        for (name, text) in [("few", few), ("many", many), ("any", any), ("wide", wide)] {
            let path = file(folder.path(), &format!("{name}.csv"), &text);
            let cold = open(&path, &LoadOptions::default(), &cache);
            let warm = open(&path, &LoadOptions::default(), &cache);
            assert!(whole(&cold) == whole(&warm), "{name}");
            assert_eq!(cold.memory(), warm.memory(), "{name}");
            assert_eq!((cold.identity(), cold.name()), (warm.identity(), name));
        }
        assert_eq!(cached_files(folder.path()).len(), 4);
    }

    #[test]
    fn metadata_and_the_report_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let mut ratings = String::from("userId,movieId,rating,timestamp\n");
        for k in 0..300 {
            let _ = writeln!(ratings, "{},{},{},{}", k / 10, k % 10, k % 5 + 1, k);
        }
        ratings.push_str("1,2,lots,3\n1,2,5,4\n");
        file(folder.path(), "ratings.csv", &ratings);
        file(
            folder.path(),
            "movies.csv",
            "movieId,title,genres\n1,\"Heat (1995)\",Action|Drama\n2,Ünïcode (2001),Drama\n77,Nobody's (1977),\n",
        );
        file(
            folder.path(),
            "tags.csv",
            "userId,movieId,tag,timestamp\n1,1,heist,5\n2,1,heist,6\n",
        );
        let options = LoadOptions {
            lenient: true,
            ..LoadOptions::default()
        };
        let cold = open(folder.path(), &options, &cache);
        let warm = open(folder.path(), &options, &cache);
        assert_eq!(cached_files(folder.path()).len(), 1);
        assert_eq!(whole(&cold), whole(&warm));
        assert_eq!(cold.report(), warm.report());
        assert_eq!((warm.report().rejected_count, warm.report().duplicates), (1, 1));
        assert_eq!(cold.memory(), warm.memory());
        let heat = warm.find_item("1").unwrap();
        assert_eq!(warm.item_label(heat), "Heat (1995)");
        let tags = warm.item_attributes().column("tag").unwrap();
        assert_eq!(tags.terms(heat.at()).collect::<Vec<_>>(), [(0, 2)]);
        // It was kept, and a further file is another dataset.
        file(folder.path(), "users.csv", "userId,age\n1,33\n");
        let with_users = open(folder.path(), &options, &cache);
        assert_eq!(with_users.user_attributes().columns.len(), 1);
        assert_eq!(cached_files(folder.path()).len(), 1);
    }

    #[test]
    fn errors_are_the_same_and_nothing_is_kept_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let path = file(folder.path(), "bad.csv", "user,item,rating\n1,2,3\n1,3,x\n");
        let source = Source::Path(path);
        for _ in 0..2 {
            let cold = load(&source, &LoadOptions::default(), &Task::unattended());
            let warm = load_cached(&source, &LoadOptions::default(), &cache, &Task::unattended());
            assert_eq!(cold.err(), warm.err());
        }
        let bytes = Source::Bytes {
            name: "x".to_owned(),
            bytes: b"1,2,3\n".to_vec(),
        };
        for source in [&bytes, &Source::BuiltIn] {
            load_cached(source, &LoadOptions::default(), &cache, &Task::unattended()).unwrap();
        }
        cache.finish(None);
        assert_eq!(cached_files(folder.path()), [] as [PathBuf; 0]);
    }

    #[test]
    fn reading_the_cache_stops_when_told_to() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path());
        let path = file(folder.path(), "r.csv", "user,item,rating\n1,2,3\n1,3,4\n");
        open(&path, &LoadOptions::default(), &cache);
        let task = Task::unattended();
        task.cancel.cancel();
        let stopped = load_cached(&Source::Path(path), &LoadOptions::default(), &cache, &task);
        assert_eq!(stopped.err(), Some(LoadError::Cancelled));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// Whatever happens to the file, the dataset is the same.
        #[test]
        fn an_altered_cache_is_made_anew(
            changes in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..4),
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let cache = cache(folder.path());
            let mut rows = String::new();
            for k in 0..400 {
                let _ = writeln!(rows, "u{},i{},{}", k / 20, k % 20, k % 5 + 1);
            }
            let path = file(folder.path(), "r.csv", &rows);
            let expected = whole(&open(&path, &LoadOptions::default(), &cache));
            let kept = cached_files(folder.path()).remove(0);
            let mut bytes = std::fs::read(&kept).unwrap();
            for (at, change) in changes {
                let at = at.index(bytes.len());
                bytes[at] ^= change;
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            std::fs::write(&kept, bytes).unwrap();
            prop_assert!(whole(&open(&path, &LoadOptions::default(), &cache)) == expected);
            // Made anew, it is whole.
            let state = cache.verify(&Task::unattended()).unwrap().unwrap().remove(0).state;
            prop_assert_eq!(state, crate::cache::State::Whole);
            prop_assert!(whole(&open(&path, &LoadOptions::default(), &cache)) == expected);
        }
    }
}
