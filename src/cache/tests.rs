use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::*;
use crate::task::{Cancel, Pool, Task};

const NO_LIMIT: u64 = u64::MAX;

fn label(key: &str) -> Label {
    Label {
        kind: Kind::Fit,
        name: format!("the {key}"),
        key: key.to_owned(),
        stamp: "monday".to_owned(),
    }
}

fn keep(cache: &Cache, key: &str, sections: &[&[u8]]) {
    cache.keep(label(key), |to| {
        sections.iter().try_for_each(|bytes| to.section()?.write_all(bytes))
    });
    assert_eq!(cache.warning(), None);
}

fn read(cache: &Cache, key: &str) -> Option<Vec<Vec<u8>>> {
    let entry = cache.find(Kind::Fit, key, "monday")?;
    let sections = (0..entry.sections()).map(|k| entry.section(k, &Task::unattended()));
    sections.collect::<Result<_, _>>().ok()
}

fn only_file(folder: &Path) -> PathBuf {
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.into_iter().next().unwrap()
}

fn numbers(n: usize) -> Vec<u8> {
    (0..n).map(|k| ((k * 2_654_435_761) >> 7) as u8).collect()
}

#[test]
fn what_is_kept_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::keeping_all(&folder.path().join("deep/below"), NO_LIMIT);
    assert_eq!(read(&cache, "a"), None);
    let large = numbers(3 * BLOCK + 17);
    let whole = numbers(2 * BLOCK);
    keep(&cache, "a", &[&large, b"", b"small", &whole]);
    keep(&cache, "b", &[]);
    assert_eq!(
        read(&cache, "a"),
        Some(vec![large.clone(), Vec::new(), b"small".to_vec(), whole])
    );
    assert_eq!(read(&cache, "b"), Some(Vec::new()));

    // On several threads, into buffers of one's own; a buffer of another length is refused.
    let entry = cache.find(Kind::Fit, "a", "monday").unwrap();
    let (mut first, mut third) = (vec![0; large.len()], [0; 5]);
    let task = Task {
        pool: Pool::new("test", 3),
        ..Task::unattended()
    };
    entry.read(vec![(2, &mut third), (0, &mut first)], &task).unwrap();
    assert!(first == large && &third == b"small");
    assert!(entry.read(vec![(2, &mut [0; 4])], &task).is_err());
    assert!(entry.section(4, &task).is_err());
    task.cancel.cancel();
    assert!(matches!(entry.section(2, &task), Err(Unusable::Cancelled(_))));

    // Written piece by piece it is the same.
    cache.keep(label("c"), |to| {
        let to = to.section()?;
        large.chunks(1013).try_for_each(|piece| to.write_all(piece))
    });
    assert_eq!(read(&cache, "c"), Some(vec![large]));
}

#[test]
fn only_what_was_asked_for_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::keeping_all(folder.path(), NO_LIMIT);
    keep(&cache, "a", &[b"one"]);
    assert!(cache.find(Kind::Fit, "a", "tuesday").is_none());
    assert!(cache.find(Kind::Dataset, "a", "monday").is_none());
    // Two keys with the same name for their files.
    let (a, b) = (folder::name_of(Kind::Fit, "a"), folder::name_of(Kind::Fit, "b"));
    fs::rename(folder.path().join(a), folder.path().join(b)).unwrap();
    assert_eq!((read(&cache, "a"), read(&cache, "b")), (None, None));
    assert_eq!(cache.list().unwrap()[0].state, State::Foreign);
    // The new one takes the place of the old.
    keep(&cache, "b", &[b"two"]);
    assert_eq!(read(&cache, "b"), Some(vec![b"two".to_vec()]));
    only_file(folder.path());
    assert_eq!(read(&Cache::none(), "b"), None);
}

#[test]
fn any_altered_byte_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::keeping_all(folder.path(), NO_LIMIT);
    keep(&cache, "a", &[b"some content", b"and more"]);
    let path = only_file(folder.path());
    let good = fs::read(&path).unwrap();
    let states = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        let verified = cache.verify(&Task::unattended()).unwrap().unwrap();
        (read(&cache, "a").is_some(), verified[0].state)
    };
    assert_eq!(states(&good), (true, State::Whole));
    for at in 0..good.len() {
        for change in [1, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= change;
            let (found, state) = states(&bad);
            assert!(!found && state != State::Whole, "byte {at} ^ {change}: {state:?}");
        }
        let (found, state) = states(&good[..at]);
        assert!(!found && state != State::Whole, "cut at {at}: {state:?}");
        let mut bad = good.clone();
        bad.insert(at, b'x');
        assert!(!states(&bad).0, "one more at {at}");
    }
    let twice = [good.as_slice(), good.as_slice()].concat();
    assert!(!states(&twice).0);
    let mut older = good.clone();
    older[8] += 1;
    assert_eq!(states(&older), (false, State::Older));
    assert_eq!(
        states(b"something else altogether, by another program"),
        (false, State::Foreign)
    );
    assert_eq!(states(&good), (true, State::Whole));
}

#[test]
fn another_state_of_the_program_is_another_cache() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::keeping_all(folder.path(), NO_LIMIT);
    keep(&cache, "a", &[b"some content"]);
    let path = only_file(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    // The program's name stands in the directory, whose checksum is made right again.
    let tail = bytes.len() - TAIL as usize;
    let length = u64::from_le_bytes(bytes[tail..tail + 8].try_into().unwrap()) as usize;
    let at = bytes
        .windows(PROGRAM.len())
        .position(|w| w == PROGRAM.as_bytes())
        .unwrap();
    bytes[at] = b'9';
    let sum = crc32fast::hash(&bytes[tail - length..tail]).to_le_bytes();
    bytes[tail + 8..tail + 12].copy_from_slice(&sum);
    fs::write(&path, bytes).unwrap();
    assert_eq!(read(&cache, "a"), None);
    assert_eq!(cache.list().unwrap()[0].state, State::Older);
}

/// A disk with room for so many bytes.
struct Small(usize);

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = bytes.len().min(self.0);
        self.0 -= n;
        if n == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error_wherever_it_fills_up() {
    let write = |room: usize| -> io::Result<()> {
        let mut disk = Small(room);
        let mut writer = Writer::new(&mut disk, Cancel::new())?;
        writer.section()?.write_all(b"content")?;
        writer.finish(label("a"))
    };
    let enough = (0..1000).find(|room| write(*room).is_ok()).unwrap();
    assert!(enough > 7 + (HEAD + TAIL) as usize);
    let full = |room| write(room).is_err_and(|e| e.kind() == io::ErrorKind::StorageFull);
    assert!((0..enough).all(full));
}

#[test]
fn what_cannot_be_written_is_a_warning_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::keeping_all(folder.path(), NO_LIMIT);
    cache.keep(label("a"), |to| {
        to.section()?.write_all(&numbers(BLOCK + 1))?;
        Err(io::ErrorKind::StorageFull.into())
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert!(cache.warning().unwrap().contains("--no-cache"));

    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let cache = Cache::keeping_all(&file.join("below"), NO_LIMIT);
    keep_quietly(&cache);
    assert!(cache.warning().is_some());
    assert!(cache.list().is_err() || cache.list().unwrap().is_empty());
}

fn keep_quietly(cache: &Cache) {
    cache.keep(label("a"), |to| to.section()?.write_all(b"x"));
}

#[test]
fn what_was_not_used_for_longest_goes_first() {
    let folder = tempfile::tempdir().unwrap();
    let content = numbers(10_000);
    let cache = Cache::keeping_all(folder.path(), 35_000);
    let path = |key| folder.path().join(folder::name_of(Kind::Fit, key));
    let used = |key, age| {
        let time = SystemTime::now() - Duration::from_secs(age);
        fs::File::options()
            .append(true)
            .open(path(key))
            .unwrap()
            .set_modified(time)
            .unwrap();
    };
    for (key, age) in [("a", 300), ("b", 200), ("c", 100)] {
        keep(&cache, key, &[&content]);
        used(key, age);
    }
    // To be found is to be used.
    assert!(read(&cache, "a").is_some());
    keep(&cache, "d", &[&content]);
    let left = ["a", "b", "c", "d"].map(|key| path(key).exists());
    assert_eq!(left, [true, false, true, true]);
}

#[test]
fn what_was_left_half_written_is_swept_and_nothing_of_others_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| {
        let path = folder.path().join(name);
        fs::write(&path, "half").unwrap();
        path
    };
    let (given_up, fresh) = (file("unfinished-abc"), file("unfinished-def"));
    let (others, alike) = (file("notes.txt"), file("fit-list.cache"));
    let old = SystemTime::now() - Duration::from_secs(3600);
    for path in [&given_up, &others] {
        fs::File::options()
            .append(true)
            .open(path)
            .unwrap()
            .set_modified(old)
            .unwrap();
    }
    let cache = Cache::keeping_all(folder.path(), 0);
    keep(&cache, "a", &[b"x"]);
    assert!(!given_up.exists() && fresh.exists() && others.exists() && alike.exists());
    // A limit of nothing keeps nothing.
    assert_eq!(read(&cache, "a"), None);

    let cache = Cache::keeping_all(folder.path(), NO_LIMIT);
    keep(&cache, "a", &[b"x"]);
    let states: Vec<State> = cache.list().unwrap().iter().map(|l| l.state).collect();
    assert_eq!(states, [State::Whole, State::Unfinished]);
    assert_eq!(cache.clear().unwrap().0, 2);
    assert!(!fresh.exists() && others.exists() && alike.exists());
    assert_eq!(cache.clear().unwrap(), (0, 0));
}

#[test]
fn in_the_background_it_is_kept_or_given_up_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::keeping_all(folder.path(), NO_LIMIT);
    for key in ["a", "b", "c"] {
        let content = numbers(BLOCK);
        cache.keep_later(label(key), Box::new(move |to| to.section()?.write_all(&content)));
    }
    cache.finish(None);
    assert!(["a", "b", "c"].iter().all(|key| read(&cache, key).is_some()));

    // Endless: it ends where the patience does.
    cache.keep_later(
        label("d"),
        Box::new(|to| {
            let to = to.section()?;
            loop {
                to.write_all(&vec![7; BLOCK])?;
                std::thread::sleep(Duration::from_millis(1));
            }
        }),
    );
    cache.finish(Some(Duration::from_millis(20)));
    assert_eq!((read(&cache, "d"), cache.warning()), (None, None));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
}
