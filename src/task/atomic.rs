//! Files and folders that are there whole or not at all: written under another name beside their place, then renamed.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::Path;

use tempfile::Builder;

/// How names begin of what is not finished.
const UNFINISHED: &str = ".recscope-unfinished-";

/// Where it is written: beside its place, so that renaming it moves no data.
fn beside(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Puts the file that `write` writes at `path`, in the place of what is there.
///
/// # Errors
/// It cannot be written; then `path` is as it was.
pub fn file(path: &Path, write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> io::Result<()> {
    unfinished(path, write)?.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// As [`file()`], where nothing may be.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where something is there, or it cannot be written.
pub fn new_file(path: &Path, write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>) -> io::Result<()> {
    unfinished(path, write)?.persist_noclobber(path).map_err(|e| e.error)?;
    Ok(())
}

/// A file beside its place, whole but under another name.
fn unfinished(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<&File>) -> io::Result<()>,
) -> io::Result<tempfile::NamedTempFile> {
    let made = open_to_all(Builder::new().prefix(UNFINISHED), 0o666).tempfile_in(beside(path))?;
    let mut to = BufWriter::with_capacity(1 << 16, made.as_file());
    write(&mut to)?;
    to.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(made)
}

/// Puts the folder that `write` fills at `path`, where nothing may be but an empty folder.
///
/// # Errors
/// Something is there, or it cannot be written; then `path` is as it was.
pub fn folder(path: &Path, write: impl FnOnce(&Path) -> io::Result<()>) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok() {
        if !fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none()) {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                "something is there; name a new folder",
            ));
        }
        fs::remove_dir(path)?;
    }
    let made = open_to_all(Builder::new().prefix(UNFINISHED), 0o777).tempdir_in(beside(path))?;
    write(made.path())?;
    fs::rename(made.path(), path)?;
    // It has another name now: there is nothing left to remove.
    let _ = made.keep();
    Ok(())
}

/// Like any other file, open to whom the umask leaves it: temporary files are otherwise their owner's alone.
fn open_to_all<'b, 'n>(builder: &'b mut Builder<'n, 'n>, mode: u32) -> &'b mut Builder<'n, 'n> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = mode;
    builder
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_fails_leaves_everything_as_it_was() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a");
        file(&path, |to| to.write_all(b"one")).unwrap();
        let failed = file(&path, |to| {
            to.write_all(b"half").and_then(|()| Err(io::Error::other("no")))
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"one");
        file(&path, |to| to.write_all(b"two")).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        let deep = place.path().join("deep");
        let failed = folder(&deep, |inside| {
            fs::write(inside.join("b"), "half")?;
            Err(io::Error::other("no"))
        });
        assert!(failed.is_err());
        folder(&deep, |inside| fs::write(inside.join("b"), "whole")).unwrap();
        let again = folder(&deep, |_| Ok(())).unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert!(folder(&path, |_| Ok(())).is_err());
        assert_eq!(fs::read(deep.join("b")).unwrap(), b"whole");
        // Nothing unfinished is left.
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_it_as_the_umask_says() {
        use std::os::unix::fs::PermissionsExt;
        let place = tempfile::tempdir().unwrap();
        let mode = |name: &str| fs::metadata(place.path().join(name)).unwrap().permissions().mode();
        fs::write(place.path().join("plain"), "").unwrap();
        file(&place.path().join("a"), |_| Ok(())).unwrap();
        assert_eq!(mode("a"), mode("plain"));
        fs::create_dir(place.path().join("plain-folder")).unwrap();
        folder(&place.path().join("b"), |_| Ok(())).unwrap();
        assert_eq!(mode("b"), mode("plain-folder"));
    }
}
