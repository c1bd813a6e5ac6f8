//! Parquet as Spark's `ALSModel.save()` writes it, so that `ALSModel.load()` opens it: `userFactors` and `itemFactors`
//! with the columns `id` and `features`, a list of 32-bit floats; and a line about the model in `metadata`.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::{Export, Side};

/// Rows that are buffered together.
const ROWS_AT_ONCE: usize = 1 << 14;

/// Writes both sides, and the metadata where Spark can use them: its models have integer ids and no biases.
pub(super) fn write(export: &Export, folder: &Path) -> io::Result<()> {
    let sides = [&export.users, &export.items];
    for side in sides {
        let folder = folder.join(format!("{}Factors", side.name));
        fs::create_dir(&folder)?;
        let file = File::create(folder.join("part-00000.snappy.parquet"))?;
        write_side(side, file).map_err(io::Error::other)?;
    }
    let is_sparks = |side: &Side| whole_numbers(&side.ids).is_some() && !side.has_bias();
    if export.mean != 0.0 || !sides.into_iter().all(is_sparks) {
        return Ok(());
    }
    let metadata = folder.join("metadata");
    fs::create_dir(&metadata)?;
    fs::write(metadata.join("part-00000"), metadata_line(export.items.width))
}

/// The line of metadata that Spark reads.
fn metadata_line(rank: usize) -> String {
    let line = serde_json::json!({
        "class": "org.apache.spark.ml.recommendation.ALSModel",
        "timestamp": 0,
        "sparkVersion": "3.5.0",
        "uid": "ALS_recscope",
        "paramMap": {},
        "defaultParamMap": {
            "blockSize": 4096,
            "coldStartStrategy": "nan",
            "itemCol": "item",
            "predictionCol": "prediction",
            "userCol": "user",
        },
        "rank": rank,
    });
    format!("{line}\n")
}

/// Ids are 32-bit integers where all are written as such, else text.
fn write_side(side: &Side, file: File) -> Result<(), ParquetError> {
    let numbers = whole_numbers(&side.ids);
    let id = if numbers.is_some() {
        "int32 id"
    } else {
        "binary id (UTF8)"
    };
    let bias = if side.has_bias() { "required double bias;" } else { "" };
    let schema = format!(
        "message spark_schema {{ required {id}; \
         optional group features (LIST) {{ repeated group list {{ required float element; }} }} {bias} }}"
    );
    let schema = Arc::new(parse_message_type(&schema)?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties))?;
    for first in (0..side.ids.len()).step_by(ROWS_AT_ONCE) {
        let rows = first..side.ids.len().min(first + ROWS_AT_ONCE);
        let mut group = writer.next_row_group()?;
        if let Some(numbers) = &numbers {
            column::<Int32Type>(&mut group, &numbers[rows.clone()], None)?;
        } else {
            let texts: Vec<ByteArray> = side.ids[rows.clone()].iter().map(|id| id.as_str().into()).collect();
            column::<ByteArrayType>(&mut group, &texts, None)?;
        }
        let factors = &side.factors[rows.start * side.width..rows.end * side.width];
        let factors: Vec<f32> = factors.iter().map(|x| *x as f32).collect();
        column::<FloatType>(&mut group, &factors, Some(side.width))?;
        if side.has_bias() {
            column::<DoubleType>(&mut group, &side.bias[rows], None)?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

/// The ids as integers, if each is the canonical text of one.
fn whole_numbers(ids: &[String]) -> Option<Vec<i32>> {
    let number = |id: &String| id.parse::<i32>().ok().filter(|n| n.to_string() == *id);
    ids.iter().map(number).collect()
}

/// Writes the next column of a group: plain values, or lists of equal length.
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
            // The list is present, and so is each of its values; a row begins with repetition level 0.
            let there = vec![2i16; values.len()];
            let repeats: Vec<i16> = (0..values.len()).map(|at| i16::from(at % width != 0)).collect();
            column.typed::<T>().write_batch(values, Some(&there), Some(&repeats))?
        }
    };
    column.close()
}
