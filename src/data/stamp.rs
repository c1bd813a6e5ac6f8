//! The state of the files that a dataset was made from, found without reading them.

use std::fmt::Write;
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf, absolute};
use std::time::{Duration, SystemTime};

use super::load::{real_path, sources};
use super::{LoadOptions, Source};

/// What data was asked for, and the state of every file that it is read from.
///
/// Reading hundreds of megabytes at every opening would take longer than the answer may, so a file counts as unchanged
/// where all of this is: its path, length, device and inode, the times of the last write and of the last change of any kind
/// (to the nanosecond), and a checksum of its first and last bytes and of fourteen pieces between.
///
/// On Unix the time of last change cannot be set, so that a write shows even if its time is put back.
/// What could go unnoticed is an alteration of the same length, outside the pieces, either within one tick of the file
/// system's clock (a file that fresh is not trusted: [`Stamp::is_settled`]), or with the clock of the machine turned
/// back, or, where there is no time of last change (not on Unix), with the time of writing put back. `--no-cache` reads
/// everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// What was asked for: the path and all options.
    pub key: String,
    /// The format and the files with their states.
    pub state: String,
    pub bytes: u64,
    /// When the youngest file was last changed, and how finely that is known.
    youngest: Option<(SystemTime, Duration)>,
}

/// A file's length is covered by so many pieces, of so many bytes.
const PIECES: u64 = 16;
const PIECE: u64 = 4096;

impl Stamp {
    /// That of what `source` is now; `None` where it cannot be found: not a file or a folder, or one that would be refused.
    pub fn of(source: &Source, options: &LoadOptions) -> Option<Self> {
        let Source::Path(path) = source else { return None };
        let whole = |p: &PathBuf| absolute(p).ok();
        let options = LoadOptions {
            items: options.items.as_ref().and_then(whole),
            users: options.users.as_ref().and_then(whole),
            ..options.clone()
        };
        let (format, files) = sources(path, &options)?;
        let mut stamp = Self {
            key: format!("{}\n{options:?}", unmistakable(&absolute(path).ok()?)),
            // The name of the dataset is that of what a link leads to.
            state: format!("{format} {}", unmistakable(&real_path(path).canonicalize().ok()?)),
            bytes: 0,
            youngest: None,
        };
        for file in files {
            stamp.add(&file)?;
        }
        Some(stamp)
    }

    fn add(&mut self, path: &Path) -> Option<()> {
        // Opening a pipe would wait for its writer.
        if !std::fs::metadata(path).ok()?.is_file() {
            return None;
        }
        let mut file = File::open(path).ok()?;
        let about = file.metadata().ok()?;
        let sample = sample(&mut file, about.len()).ok()?;
        let (changed, identity) = change_of(&about)?;
        let written = about.modified().ok()?.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let changed_since = changed.duration_since(SystemTime::UNIX_EPOCH).ok()?;
        let _ = write!(
            self.state,
            "\n{} {} bytes, written {}, changed {}, {identity}, sample {sample:08x}",
            // However it was spelled.
            unmistakable(&absolute(path).ok()?),
            about.len(),
            written.as_nanos(),
            changed_since.as_nanos(),
        );
        self.bytes += about.len();
        // Whole seconds: a file system that knows no finer ones (some know only even ones).
        let coarse = changed_since.subsec_nanos() == 0;
        let tick = Duration::from_millis(if coarse { 2000 } else { 20 });
        let later = self.youngest.is_none_or(|(time, known)| changed + tick > time + known);
        if later {
            self.youngest = Some((changed, tick));
        }
        Some(())
    }

    /// Whether every file was last changed long enough ago (counted from when the stamp was taken, which must be `now`) that
    /// a further write would have another time.
    pub fn is_settled(&self, now: SystemTime) -> bool {
        self.youngest
            .is_none_or(|(changed, tick)| now.duration_since(changed).is_ok_and(|age| age > tick))
    }
}

/// A path in one line of ASCII, no two alike.
fn unmistakable(path: &Path) -> String {
    path.as_os_str().as_encoded_bytes().escape_ascii().to_string()
}

/// A checksum of pieces of a file, the first and the last among them.
fn sample(file: &mut File, bytes: u64) -> std::io::Result<u32> {
    let mut hasher = crc32fast::Hasher::new();
    let mut piece = Vec::with_capacity(PIECE as usize);
    for k in 0..PIECES {
        let at = u128::from(bytes.saturating_sub(PIECE)) * u128::from(k) / u128::from(PIECES - 1);
        file.seek(SeekFrom::Start(at as u64))?;
        piece.clear();
        file.take(PIECE).read_to_end(&mut piece)?;
        hasher.update(&piece);
    }
    Ok(hasher.finalize())
}

/// When a file was last changed in any way, and which file it is.
#[cfg(unix)]
fn change_of(about: &Metadata) -> Option<(SystemTime, String)> {
    use std::os::unix::fs::MetadataExt;
    let (seconds, nanos) = (
        u64::try_from(about.ctime()).ok()?,
        u32::try_from(about.ctime_nsec()).ok()?,
    );
    let time = SystemTime::UNIX_EPOCH.checked_add(Duration::new(seconds, nanos))?;
    Some((time, format!("device {} inode {}", about.dev(), about.ino())))
}

/// When a file was last written; here it is known only by its path.
#[cfg(not(unix))]
fn change_of(about: &Metadata) -> Option<(SystemTime, String)> {
    Some((about.modified().ok()?, String::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stamp(path: &Path) -> Stamp {
        Stamp::of(&Source::Path(path.to_owned()), &LoadOptions::default()).unwrap()
    }

    fn rows(n: usize, rating: u8) -> String {
        let mut text = String::new();
        for k in 0..n {
            let _ = writeln!(text, "{},{k},{rating}", k % 97);
        }
        text
    }

    #[test]
    fn whatever_changes_the_answer_changes_the_stamp() {
        let folder = tempfile::tempdir().unwrap();
        let ratings = folder.path().join("ratings.csv");
        std::fs::write(&ratings, rows(5000, 3)).unwrap();
        let first = stamp(folder.path());
        assert_eq!(first, stamp(folder.path()));
        assert_eq!(first.bytes, rows(5000, 3).len() as u64);

        // The same length, the time of writing put back, and outside all pieces.
        let written = std::fs::metadata(&ratings).unwrap().modified().unwrap();
        std::thread::sleep(Duration::from_millis(25));
        let mut text = rows(5000, 3).into_bytes();
        let at = text.windows(7).position(|w| w == b"71,459,").unwrap() + 7;
        text[at] = b'4';
        std::fs::write(&ratings, &text).unwrap();
        File::options()
            .append(true)
            .open(&ratings)
            .unwrap()
            .set_modified(written)
            .unwrap();
        let second = stamp(folder.path());
        if cfg!(unix) {
            assert_ne!(first, second);
        }

        // A further table, and one that nobody reads.
        std::fs::write(folder.path().join("unread.txt"), "x").unwrap();
        assert_eq!(second, stamp(folder.path()));
        std::fs::write(folder.path().join("users.csv"), "id,age\n1,30\n").unwrap();
        let third = stamp(folder.path());
        assert_ne!(second.state, third.state);
        assert_eq!(second.key, third.key);

        // The same file read in another way.
        let options = LoadOptions {
            lenient: true,
            ..LoadOptions::default()
        };
        let source = Source::Path(folder.path().to_owned());
        assert_ne!(Stamp::of(&source, &options).unwrap().key, third.key);
        assert_eq!(Stamp::of(&Source::BuiltIn, &LoadOptions::default()), None);
        assert_eq!(
            Stamp::of(&Source::Path("no/such/file".into()), &LoadOptions::default()),
            None
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if !made.is_ok_and(|status| status.success()) {
            return println!("skipped: no mkfifo here");
        }
        let (done, is_done) = std::sync::mpsc::channel();
        std::thread::spawn(move || done.send(Stamp::of(&Source::Path(pipe), &LoadOptions::default())));
        let stamp = is_done.recv_timeout(Duration::from_secs(20));
        assert_eq!(stamp, Ok(None));
    }

    #[test]
    fn what_changed_just_now_is_not_trusted() {
        let folder = tempfile::tempdir().unwrap();
        let ratings = folder.path().join("ratings.csv");
        std::fs::write(&ratings, rows(10, 3)).unwrap();
        let stamp = stamp(&ratings);
        let (changed, tick) = stamp.youngest.unwrap();
        assert!(!stamp.is_settled(changed));
        assert!(!stamp.is_settled(changed + tick));
        assert!(stamp.is_settled(changed + tick + Duration::from_nanos(1)));
        assert!(!stamp.is_settled(changed - Duration::from_secs(1)));
    }
}
