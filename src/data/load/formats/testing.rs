//! Writes files for tests.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use ::parquet::basic::{Compression, GzipLevel, ZstdLevel};
use ::parquet::column::writer::ColumnWriter;
use ::parquet::data_type::ByteArray;
use ::parquet::file::properties::WriterProperties;
use ::parquet::file::writer::SerializedFileWriter;
use ::parquet::schema::parser::parse_message_type;

pub(in crate::data::load) enum Column {
    Long(Vec<i64>),
    Float(Vec<f32>),
    Text(Vec<String>),
    /// Lists of texts.
    Texts(Vec<Vec<String>>),
    /// Times in microseconds.
    Micros(Vec<i64>),
}

impl Column {
    fn declared(&self, name: &str) -> String {
        match self {
            Self::Long(_) => format!("required int64 {name};"),
            Self::Float(_) => format!("optional float {name};"),
            Self::Text(_) => format!("optional binary {name} (STRING);"),
            Self::Texts(_) => {
                format!(
                    "optional group {name} (LIST) {{ repeated group list {{ optional binary element (STRING); }} }}"
                )
            }
            Self::Micros(_) => format!("required int64 {name} (TIMESTAMP(MICROS,true));"),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Long(values) | Self::Micros(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Texts(values) => values.len(),
        }
    }

    fn write(&self, rows: std::ops::Range<usize>, writer: &mut ColumnWriter<'_>) {
        let there = vec![1i16; rows.len()];
        let bytes = |text: &String| ByteArray::from(text.as_str());
        match (self, writer) {
            (Self::Long(values) | Self::Micros(values), ColumnWriter::Int64ColumnWriter(writer)) => {
                writer.write_batch(&values[rows], None, None).unwrap();
            }
            (Self::Float(values), ColumnWriter::FloatColumnWriter(writer)) => {
                writer.write_batch(&values[rows], Some(&there), None).unwrap();
            }
            (Self::Text(values), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let values: Vec<ByteArray> = values[rows].iter().map(bytes).collect();
                writer.write_batch(&values, Some(&there), None).unwrap();
            }
            (Self::Texts(lists), ColumnWriter::ByteArrayColumnWriter(writer)) => {
                let (mut values, mut definition, mut repetition) = (Vec::new(), Vec::new(), Vec::new());
                for list in &lists[rows] {
                    // An empty list has one level and no value.
                    definition.extend(if list.is_empty() { vec![1] } else { vec![3; list.len()] });
                    repetition.extend((0..list.len().max(1)).map(|n| i16::from(n > 0)));
                    values.extend(list.iter().map(bytes));
                }
                writer
                    .write_batch(&values, Some(&definition), Some(&repetition))
                    .unwrap();
            }
            _ => panic!("the schema has another type"),
        }
    }
}

/// Writes a table with so many rows a row group, every group compressed in another way that is read.
pub(in crate::data::load) fn write_parquet(path: &Path, columns: &[(&str, Column)], group: usize) {
    let fields: Vec<String> = columns.iter().map(|(name, column)| column.declared(name)).collect();
    let schema = Arc::new(parse_message_type(&format!("message m {{ {} }}", fields.join(" "))).unwrap());
    let ways = [
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::GZIP(GzipLevel::default()),
        Compression::LZ4_RAW,
        Compression::UNCOMPRESSED,
    ];
    let mut properties = WriterProperties::builder();
    for (n, (name, column)) in columns.iter().enumerate() {
        let path = match column {
            Column::Texts(_) => vec![(*name).to_owned(), "list".to_owned(), "element".to_owned()],
            _ => vec![(*name).to_owned()],
        };
        properties = properties.set_column_compression(path.into(), ways[n % ways.len()]);
    }
    let file = File::create(path).unwrap();
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties.build())).unwrap();
    let rows = columns.first().map_or(0, |(_, column)| column.len());
    for start in (0..rows).step_by(group) {
        let mut rows_of = writer.next_row_group().unwrap();
        for (_, column) in columns {
            let mut to = rows_of.next_column().unwrap().unwrap();
            column.write(start..rows.min(start + group), to.untyped());
            to.close().unwrap();
        }
        rows_of.close().unwrap();
    }
    writer.close().unwrap();
}
