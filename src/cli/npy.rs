//! Numpy's file format, version 1.0, for a table of 64-bit numbers.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes `rows`, all of one length, as a two-dimensional array, row by row, little-endian.
pub(super) fn write(path: &Path, rows: &[&[f64]]) -> io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    write_to(&mut out, rows)?;
    out.flush()
}

fn write_to(out: &mut impl Write, rows: &[&[f64]]) -> io::Result<()> {
    let width = rows.first().map_or(0, |r| r.len());
    let shape = format!("({}, {width})", rows.len());
    let mut header = format!("{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}");
    // Magic, version and length take ten bytes; the data begins at a multiple of 64, after a line break.
    let padding = 63 - (10 + header.len()) % 64;
    header.push_str(&" ".repeat(padding));
    header.push('\n');
    out.write_all(b"\x93NUMPY\x01\x00")?;
    out.write_all(&(header.len() as u16).to_le_bytes())?;
    out.write_all(header.as_bytes())?;
    for value in rows.iter().flat_map(|r| r.iter()) {
        out.write_all(&value.to_le_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_are_those_that_numpy_writes() {
        // numpy.save of numpy.array([[1.0, 2.5]]).
        let mut bytes = Vec::new();
        write_to(&mut bytes, &[&[1.0, 2.5]]).unwrap();
        let mut expected =
            b"\x93NUMPY\x01\x00\x76\x00{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }".to_vec();
        expected.resize(127, b' ');
        expected.push(b'\n');
        expected.extend(1f64.to_le_bytes());
        expected.extend(2.5f64.to_le_bytes());
        assert_eq!(bytes, expected);
    }
}
