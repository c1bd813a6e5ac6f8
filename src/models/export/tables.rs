//! A model as a folder of files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use super::{Export, Side, npy, parquet};

/// The format of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `user_factors.npy`, its ids in `user_factors.npy.ids.txt`, `user_bias.npy`; items likewise.
    Npy,
    /// `user_factors.csv` with the columns id, label, bias (if there are biases), f1, f2 and so on; items likewise.
    Csv,
    /// What Spark's `ALSModel.save()` writes, with a column `bias` if there are biases.
    Parquet,
}

/// Writes the model into an empty folder: both sides in this format, and, as numpy arrays, `predicts_ratings.npy` and,
/// if there is a mean, `mean.npy`. Nothing is rounded, except to Spark's 32 bits.
pub fn write_folder(export: &Export, folder: &Path, format: Format) -> io::Result<()> {
    let sides = [&export.users, &export.items];
    match format {
        Format::Npy => sides.into_iter().try_for_each(|side| arrays(side, folder))?,
        Format::Csv => sides.into_iter().try_for_each(|side| table(side, folder))?,
        Format::Parquet => parquet::write(export, folder)?,
    }
    let number = |name: &str, x: f64| write_file(&folder.join(name), |to| npy::write_doubles(to, &[], &[x]));
    if export.mean != 0.0 {
        number("mean.npy", export.mean)?;
    }
    number("predicts_ratings.npy", export.predicts_ratings())
}

/// Creates a file and fills it by `write`.
fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut to = BufWriter::with_capacity(1 << 16, File::create(path)?);
    write(&mut to)?;
    to.flush()
}

fn arrays(side: &Side, folder: &Path) -> io::Result<()> {
    let file = |end: &str| folder.join(format!("{}_{end}", side.name));
    let shape = [side.ids.len(), side.width];
    write_file(&file("factors.npy"), |to| npy::write_numbers(to, &shape, &side.factors))?;
    write_file(&file("factors.npy.ids.txt"), |to| {
        side.ids.iter().try_for_each(|id| writeln!(to, "{id}"))
    })?;
    if side.has_bias() {
        write_file(&file("bias.npy"), |to| {
            npy::write_doubles(to, &[side.bias.len()], &side.bias)
        })?;
    }
    Ok(())
}

/// Numbers read back to the same value.
fn table(side: &Side, folder: &Path) -> io::Result<()> {
    let mut to = csv::Writer::from_path(folder.join(format!("{}_factors.csv", side.name)))?;
    let names = (1..=side.width).map(|f| format!("f{f}"));
    let bias = side.has_bias().then(|| "bias".to_owned());
    to.write_record(["id", "label"].map(str::to_owned).into_iter().chain(bias).chain(names))?;
    for (id, label, bias, factors) in side.rows() {
        let bias = side.has_bias().then_some(&bias);
        let numbers = bias.into_iter().chain(factors).map(|x| format!("{:?}", x + 0.0));
        to.write_record([id, label].map(str::to_owned).into_iter().chain(numbers))?;
    }
    to.flush()
}
