use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::data::Dataset;
use crate::task::Cancel;

/// Rows of a group, which is held in memory while it is written.
const ROWS_AT_ONCE: usize = 1 << 18;

/// Writes all ratings as Parquet, in the order of the file: ids as text, ratings as doubles, times as whole seconds.
///
/// # Errors
/// Writing failed, or cancelled.
pub fn write_parquet(data: &Dataset, to: impl Write + Send, cancel: &Cancel) -> io::Result<()> {
    let rating = if data.is_implicit() {
        ""
    } else {
        "required double rating;"
    };
    let time = if data.has_times() {
        "required int64 timestamp;"
    } else {
        ""
    };
    let schema =
        format!("message ratings {{ required binary user (UTF8); required binary item (UTF8); {rating} {time} }}");
    let schema = Arc::new(parse_message_type(&schema).map_err(io::Error::other)?);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(to, schema, Arc::new(properties)).map_err(io::Error::other)?;
    for first in (0..data.n_ratings()).step_by(ROWS_AT_ONCE) {
        cancel.check().map_err(io::Error::other)?;
        let mut group = writer.next_row_group().map_err(io::Error::other)?;
        let rows = first..data.n_ratings().min(first + ROWS_AT_ONCE);
        write_group(data, rows, &mut group).map_err(io::Error::other)?;
        group.close().map_err(io::Error::other)?;
    }
    writer.close().map_err(io::Error::other)?;
    Ok(())
}

fn write_group<W: Write + Send>(
    data: &Dataset,
    rows: std::ops::Range<usize>,
    group: &mut SerializedRowGroupWriter<'_, W>,
) -> Result<(), ParquetError> {
    let (mut users, mut items, mut ratings, mut times) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for row in rows {
        let (user, item, rating, time) = data.rating_in_file_order(row);
        users.push(ByteArray::from(data.user_id(user)));
        items.push(ByteArray::from(data.item_id(item)));
        ratings.push(rating);
        times.extend(time);
    }
    column::<ByteArrayType, W>(group, &users)?;
    column::<ByteArrayType, W>(group, &items)?;
    if !data.is_implicit() {
        column::<DoubleType, W>(group, &ratings)?;
    }
    if data.has_times() {
        column::<Int64Type, W>(group, &times)?;
    }
    Ok(())
}

/// Writes the next column of a group.
fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("it has no more columns".to_owned()))?;
    column.typed::<T>().write_batch(values, None, None)?;
    column.close()
}
