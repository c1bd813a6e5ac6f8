//! Numpy's file format, version 1.0, and archives of it. Numbers are little-endian, row-major.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Writes an array of 64-bit numbers.
pub fn write_doubles(to: &mut dyn Write, shape: &[usize], numbers: &[f64]) -> io::Result<()> {
    write_header(to, "<f8", shape)?;
    numbers.iter().try_for_each(|x| to.write_all(&x.to_le_bytes()))
}

/// Writes an array in 32 bits if that is exact, else in 64.
pub fn write_numbers(to: &mut dyn Write, shape: &[usize], numbers: &[f64]) -> io::Result<()> {
    if !fit_in_single(numbers) {
        return write_doubles(to, shape, numbers);
    }
    write_header(to, "<f4", shape)?;
    numbers
        .iter()
        .try_for_each(|x| to.write_all(&(*x as f32).to_le_bytes()))
}

/// Whether all of them are exact in 32 bits.
fn fit_in_single(numbers: &[f64]) -> bool {
    numbers.iter().all(|x| f64::from(*x as f32).to_bits() == x.to_bits())
}

/// Writes a list of texts, padded to the longest, as numpy does.
pub fn write_texts(to: &mut dyn Write, texts: &[String]) -> io::Result<()> {
    let longest = texts.iter().map(|t| t.chars().count()).max().unwrap_or(0).max(1);
    write_header(to, &format!("<U{longest}"), &[texts.len()])?;
    for text in texts {
        let filled = text.chars().map(u32::from).chain(std::iter::repeat(0)).take(longest);
        filled.into_iter().try_for_each(|c| to.write_all(&c.to_le_bytes()))?;
    }
    Ok(())
}

fn write_header(to: &mut dyn Write, kind: &str, shape: &[usize]) -> io::Result<()> {
    // Python writes a one-element tuple with a comma.
    let shape = match shape {
        [n] => format!("({n},)"),
        more => format!("({})", more.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    };
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}");
    // Magic, version and length take ten bytes; the data begins at a multiple of 64, after a line break.
    let padding = 63 - (10 + header.len()) % 64;
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    to.write_all(b"\x93NUMPY\x01\x00")?;
    to.write_all(&(header.len() as u16).to_le_bytes())?;
    to.write_all(header.as_bytes())
}

/// An uncompressed `.npz` archive that is being written, as by `numpy.savez`.
pub(super) struct Archive<W: Write + Seek>(ZipWriter<W>);

impl<W: Write + Seek> Archive<W> {
    pub fn new(to: W) -> Self {
        Self(ZipWriter::new(to))
    }

    pub fn add(&mut self, name: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        // The length is not known yet: leave room for more than 4 GiB.
        self.0.start_file(format!("{name}.npy"), stored.large_file(true))?;
        let mut buffered = io::BufWriter::with_capacity(1 << 16, &mut self.0);
        write(&mut buffered)?;
        buffered.flush()
    }

    /// Writes the table of contents.
    pub fn finish(self) -> io::Result<()> {
        self.0.finish()?.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Vec<u8> {
        let mut bytes = Vec::new();
        write(&mut bytes).unwrap();
        bytes
    }

    /// What numpy 2.4 puts in front of an array of this description.
    fn head(length: u8, description: &str) -> Vec<u8> {
        let mut head = b"\x93NUMPY\x01\x00".to_vec();
        head.extend([length, 0]);
        head.extend(description.bytes());
        head.resize(usize::from(length) + 9, b' ');
        head.push(b'\n');
        head
    }

    #[test]
    fn the_bytes_are_those_that_numpy_writes() {
        // numpy.save of numpy.array([[1.0, 2.5]]), of numpy.float64(3.0), of numpy.float32([[0.1]]), and of
        // numpy.array(["a", "zß"]).
        let mut expected = head(0x76, "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }");
        expected.extend([1f64, 2.5].iter().flat_map(|x| x.to_le_bytes()));
        assert_eq!(bytes(|to| write_doubles(to, &[1, 2], &[1.0, 2.5])), expected);
        let mut expected = head(0x76, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }");
        expected.extend(3f64.to_le_bytes());
        assert_eq!(bytes(|to| write_doubles(to, &[], &[3.0])), expected);
        let mut expected = head(0x76, "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1), }");
        expected.extend(0.1f32.to_le_bytes());
        assert_eq!(bytes(|to| write_numbers(to, &[1, 1], &[f64::from(0.1f32)])), expected);
        let mut expected = head(0x76, "{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }");
        expected.extend(['a', '\0', 'z', 'ß'].iter().flat_map(|c| u32::from(*c).to_le_bytes()));
        let texts = ["a".to_owned(), "zß".to_owned()];
        assert_eq!(bytes(|to| write_texts(to, &texts)), expected);
    }

    #[test]
    fn no_number_is_rounded() {
        for numbers in [&[0.1][..], &[1e300], &[f64::from(0.1f32), 1.0 + f64::EPSILON]] {
            let double = bytes(|to| write_doubles(to, &[numbers.len()], numbers));
            assert_eq!(bytes(|to| write_numbers(to, &[numbers.len()], numbers)), double);
        }
    }
}
