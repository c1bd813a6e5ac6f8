use std::fs::{self, File};
use std::io;
use std::path::Path;

use flate2::read::GzDecoder;
use zip::ZipArchive;

/// Fills a folder with what is in an archive, its one outermost folder left out; a file that is no archive goes in as it
/// is. What an archive says of its content is checked, and nothing is written outside the folder.
pub(super) fn unpack(archive: &Path, inside: &Path) -> io::Result<()> {
    let name = archive.file_name().and_then(|n| n.to_str()).unwrap_or_default();
    if archive.extension().is_some_and(|e| e.eq_ignore_ascii_case("zip")) {
        let file = File::open(archive)?;
        ZipArchive::new(file)
            .and_then(|mut zip| zip.extract(inside))
            .map_err(io::Error::other)?;
    } else if name.to_ascii_lowercase().ends_with(".tar.gz") {
        tar::Archive::new(GzDecoder::new(File::open(archive)?)).unpack(inside)?;
    } else {
        fs::copy(archive, inside.join(name))?;
    }
    raise(inside)
}

/// Where there is nothing but one folder, what is in it takes its place.
fn raise(inside: &Path) -> io::Result<()> {
    let entries: Vec<fs::DirEntry> = fs::read_dir(inside)?.collect::<io::Result<_>>()?;
    let [only] = &entries[..] else { return Ok(()) };
    if !only.file_type()?.is_dir() {
        return Ok(());
    }
    // Another name first: the folder may hold one that is called like itself.
    let lifted = inside.join(".lifted");
    fs::rename(only.path(), &lifted)?;
    for entry in fs::read_dir(&lifted)? {
        let entry = entry?;
        fs::rename(entry.path(), inside.join(entry.file_name()))?;
    }
    fs::remove_dir(&lifted)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zip(path: &Path, entries: &[(&str, &str)]) {
        let mut zip = zip::ZipWriter::new(File::create(path).unwrap());
        for (name, text) in entries {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_one_outermost_folder_is_left_out() {
        let place = tempfile::tempdir().unwrap();
        let to = |name: &str| {
            let to = place.path().join(name);
            fs::create_dir(&to).unwrap();
            to
        };
        let archive = place.path().join("a.zip");
        zip(&archive, &[("ml/u.data", "1"), ("ml/ml/u.item", "2")]);
        let one = to("one");
        unpack(&archive, &one).unwrap();
        assert_eq!(names(&one), ["ml", "u.data"]);
        zip(&archive, &[("a.csv", "1"), ("b/c.csv", "2")]);
        let two = to("two");
        unpack(&archive, &two).unwrap();
        assert_eq!(names(&two), ["a.csv", "b"]);

        let tarball = place.path().join("a.tar.gz");
        let gz = flate2::write::GzEncoder::new(File::create(&tarball).unwrap(), flate2::Compression::fast());
        let mut tar = tar::Builder::new(gz);
        let mut header = tar::Header::new_gnu();
        header.set_size(5);
        header.set_mode(0o644);
        tar.append_data(&mut header, "set/plays.tsv", &b"a\tb\t3"[..]).unwrap();
        tar.into_inner().unwrap().finish().unwrap();
        let three = to("three");
        unpack(&tarball, &three).unwrap();
        assert_eq!(fs::read(three.join("plays.tsv")).unwrap(), b"a\tb\t3");

        let plain = place.path().join("r.json.gz");
        fs::write(&plain, "x").unwrap();
        let four = to("four");
        unpack(&plain, &four).unwrap();
        assert_eq!(names(&four), ["r.json.gz"]);
    }

    #[test]
    fn what_is_damaged_or_leads_outside_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let inside = place.path().join("in");
        fs::create_dir(&inside).unwrap();
        let archive = place.path().join("a.zip");
        zip(&archive, &[("ratings.csv", &"1,2,3\n".repeat(500))]);
        let mut bytes = fs::read(&archive).unwrap();
        // Within the packed bytes.
        bytes[45] ^= 0x55;
        fs::write(&archive, &bytes).unwrap();
        assert!(unpack(&archive, &inside).is_err());
        fs::write(&archive, "<html>not found</html>").unwrap();
        assert!(unpack(&archive, &inside).is_err());
        zip(&archive, &[("../outside.csv", "1")]);
        let _ = unpack(&archive, &inside);
        assert!(!place.path().join("outside.csv").exists());
    }
}
