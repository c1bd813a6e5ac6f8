//! Parquet in the layout of Spark's `ALSModel.save()`: columns `id` and `features`, a list of numbers.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::Side;
use super::npy::fit_in_single;

/// Rows that are buffered together.
const ROWS_AT_ONCE: usize = 1 << 14;

/// Writes `folder/part-00000.snappy.parquet`. Ids are whole numbers of 32 bits, as Spark's ALS has them, where all are
/// written like such; else text. Factors are numbers of 32 bits where that changes none of them, else of 64.
pub(super) fn write(side: &Side, folder: &Path) -> io::Result<()> {
    std::fs::create_dir(folder)?;
    let file = File::create(folder.join("part-00000.snappy.parquet"))?;
    write_to(side, file).map_err(io::Error::other)
}

fn write_to(side: &Side, file: File) -> Result<(), ParquetError> {
    let numbers = whole_numbers(&side.ids);
    let single = fit_in_single(&side.factors);
    let id = if numbers.is_some() {
        "int32 id"
    } else {
        "binary id (UTF8)"
    };
    let factor = if single { "float" } else { "double" };
    let bias = if side.has_bias() { "required double bias;" } else { "" };
    let schema = format!(
        "message spark_schema {{ required {id}; \
         optional group features (LIST) {{ repeated group list {{ required {factor} element; }} }} {bias} }}"
    );
    let schema = Arc::new(parse_message_type(&schema)?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    for first in (0..side.ids.len()).step_by(ROWS_AT_ONCE) {
        let rows = first..side.ids.len().min(first + ROWS_AT_ONCE);
        let mut group = writer.next_row_group()?;
        match &numbers {
            Some(numbers) => column::<Int32Type>(&mut group, &numbers[rows.clone()], None)?,
            None => {
                let texts: Vec<ByteArray> = side.ids[rows.clone()].iter().map(|id| id.as_str().into()).collect();
                column::<ByteArrayType>(&mut group, &texts, None)?;
            }
        }
        let factors = &side.factors[rows.start * side.width..rows.end * side.width];
        if single {
            let factors: Vec<f32> = factors.iter().map(|x| *x as f32).collect();
            column::<FloatType>(&mut group, &factors, Some(side.width))?;
        } else {
            column::<DoubleType>(&mut group, factors, Some(side.width))?;
        }
        if side.has_bias() {
            column::<DoubleType>(&mut group, &side.bias[rows], None)?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// The ids as numbers, where every one is written just like its number.
fn whole_numbers(ids: &[String]) -> Option<Vec<i32>> {
    let number = |id: &String| id.parse::<i32>().ok().filter(|n| n.to_string() == *id);
    ids.iter().map(number).collect()
}

/// Writes the next column of a group: plain values, or lists of as many each.
fn column<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, File>,
    values: &[T::T],
    list: Option<usize>,
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("it has no more columns".to_owned()))?;
    match list {
        None => column.typed::<T>().write_batch(values, None, None)?,
        Some(width) => {
            // The list is there, and so is each of its values; a row begins with a repetition level of 0.
            let there = vec![2i16; values.len()];
            let repeats: Vec<i16> = (0..values.len()).map(|at| i16::from(at % width != 0)).collect();
            column.typed::<T>().write_batch(values, Some(&there), Some(&repeats))?
        }
    };
    column.close()
}
