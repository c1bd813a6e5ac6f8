use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::has_values;
use crate::data::{Dataset, TimeColumn};
use crate::task::Cancel;

/// Rows of a group, which is held in memory while it is written.
const ROWS_AT_ONCE: usize = 1 << 18;

/// Writes all ratings as Parquet, in the order of the file: ids as text, ratings as doubles, times as whole
/// seconds, or as time stamps where they are finer.
///
/// # Errors
/// Writing failed, or cancelled.
pub fn write_parquet(data: &Dataset, to: impl Write + Send, cancel: &Cancel) -> io::Result<()> {
    let rating = if has_values(data) {
        "required double rating;"
    } else {
        ""
    };
    let time = match data.times() {
        TimeColumn::None => "",
        TimeColumn::Fine(_) => "optional int64 timestamp (TIMESTAMP(NANOS,true));",
        _ if data.has_missing_times() => "optional int64 timestamp;",
        _ => "required int64 timestamp;",
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
    let (mut users, mut items, mut ratings) = (Vec::new(), Vec::new(), Vec::new());
    let (mut times, mut known) = (Vec::new(), Vec::new());
    let is_fine = matches!(data.times(), TimeColumn::Fine(_));
    for row in rows {
        let (user, item, rating, time) = data.rating_in_file_order(row);
        users.push(ByteArray::from(data.user_id(user)));
        items.push(ByteArray::from(data.item_id(item)));
        ratings.push(rating);
        known.push(i16::from(time.is_some()));
        if let Some(time) = time {
            let too_far = || ParquetError::General(format!("the time {time} is beyond what nanoseconds can say"));
            times.push(if is_fine {
                time.nanoseconds().ok_or_else(too_far)?
            } else {
                time.seconds()
            });
        }
    }
    column::<ByteArrayType, W>(group, &users, None)?;
    column::<ByteArrayType, W>(group, &items, None)?;
    if has_values(data) {
        column::<DoubleType, W>(group, &ratings, None)?;
    }
    if data.has_times() {
        let is_optional = is_fine || data.has_missing_times();
        column::<Int64Type, W>(group, &times, is_optional.then_some(&known))?;
    }
    Ok(())
}

/// Writes the next column of a group; of one that may lack values, `known` is 1 for each row that has one.
fn column<T: DataType, W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    values: &[T::T],
    known: Option<&Vec<i16>>,
) -> Result<(), ParquetError> {
    let mut column = group
        .next_column()?
        .ok_or_else(|| ParquetError::General("it has no more columns".to_owned()))?;
    column
        .typed::<T>()
        .write_batch(values, known.map(Vec::as_slice), None)?;
    column.close()
}
