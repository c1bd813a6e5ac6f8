//! A column of a row group, read in batches; lists become one text a row.

use ::parquet::basic::{ConvertedType, LogicalType, TimeUnit};
use ::parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use ::parquet::data_type::{ByteArray, DataType, FixedLenByteArray, Int96};
use ::parquet::file::reader::RowGroupReader;
use ::parquet::schema::types::ColumnDescriptor;

use super::super::super::records::Place;
use super::super::super::rows::{Cell, Take};
use super::known::Texts;

pub(super) struct Column {
    reader: ColumnReader,
    meaning: Meaning,
    /// The level of a value that is there.
    present: i16,
    is_list: bool,
    levels: Levels,
    values: Values,
    /// Those of a dictionary, as long as there is one.
    texts: Option<Texts>,
    /// Of each row the number of its value plus one, 0 where there is none; empty where all rows have one.
    slots: Vec<u32>,
}

#[derive(Default)]
struct Levels {
    definition: Vec<i16>,
    repetition: Vec<i16>,
}

/// What the stored values mean.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    Plain,
    Unsigned,
    /// Days since 1970.
    Date,
    /// So many units a second since 1970.
    Timestamp(i64),
    /// Digits behind the point.
    Decimal(u32),
    Uuid,
    Half,
}

enum Values {
    Flags(Vec<bool>),
    Ints(Vec<i32>),
    Longs(Vec<i64>),
    Moments(Vec<Int96>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
    /// What had to be written out.
    Texts(Vec<String>),
    /// Texts one behind the other, and where each ends.
    Joined(String, Vec<usize>),
    /// Texts by their numbers in [`Column::texts`].
    Known(Vec<u32>),
}

const NO_TEXT: &str = "a text is not UTF-8";

impl Meaning {
    fn of(column: &ColumnDescriptor) -> Self {
        match column.logical_type_ref() {
            Some(LogicalType::Date) => return Self::Date,
            Some(LogicalType::Timestamp(about)) => {
                return Self::Timestamp(match about.unit {
                    TimeUnit::MILLIS => 1000,
                    TimeUnit::MICROS => 1_000_000,
                    TimeUnit::NANOS => 1_000_000_000,
                });
            }
            Some(LogicalType::Decimal(about)) => return Self::Decimal(about.scale.unsigned_abs()),
            Some(LogicalType::Integer(about)) if !about.is_signed => return Self::Unsigned,
            Some(LogicalType::Uuid) => return Self::Uuid,
            Some(LogicalType::Float16) => return Self::Half,
            _ => {}
        }
        match column.converted_type() {
            ConvertedType::DATE => Self::Date,
            ConvertedType::TIMESTAMP_MILLIS => Self::Timestamp(1000),
            ConvertedType::TIMESTAMP_MICROS => Self::Timestamp(1_000_000),
            ConvertedType::DECIMAL => Self::Decimal(column.type_scale().unsigned_abs()),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                Self::Unsigned
            }
            _ => Self::Plain,
        }
    }
}

impl Column {
    pub fn open(group: &dyn RowGroupReader, column: usize) -> Result<Self, String> {
        let reader = group.get_column_reader(column).map_err(|e| e.to_string())?;
        let about = group.metadata().column(column).column_descr_ptr();
        let values = match &reader {
            ColumnReader::BoolColumnReader(_) => Values::Flags(Vec::new()),
            ColumnReader::Int32ColumnReader(_) => Values::Ints(Vec::new()),
            ColumnReader::Int64ColumnReader(_) => Values::Longs(Vec::new()),
            ColumnReader::Int96ColumnReader(_) => Values::Moments(Vec::new()),
            ColumnReader::FloatColumnReader(_) => Values::Floats(Vec::new()),
            ColumnReader::DoubleColumnReader(_) => Values::Doubles(Vec::new()),
            ColumnReader::ByteArrayColumnReader(_) => Values::Bytes(Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(_) => Values::Fixed(Vec::new()),
        };
        Ok(Self {
            reader,
            meaning: Meaning::of(&about),
            present: about.max_def_level(),
            is_list: about.max_rep_level() > 0,
            levels: Levels::default(),
            texts: matches!(values, Values::Bytes(_)).then(Texts::default),
            values,
            slots: Vec::new(),
        })
    }

    /// Reads up to so many rows; says how many there were.
    pub fn read(&mut self, rows: usize) -> Result<usize, String> {
        self.levels.definition.clear();
        self.levels.repetition.clear();
        let levels = &mut self.levels;
        let (read, values) = match &mut self.reader {
            ColumnReader::BoolColumnReader(reader) => {
                let (read, values) = read_values(reader, rows, levels)?;
                (read, Values::Flags(values))
            }
            ColumnReader::Int32ColumnReader(reader) => {
                let (read, values) = read_values(reader, rows, levels)?;
                (read, Values::Ints(values))
            }
            ColumnReader::Int64ColumnReader(reader) => {
                let (read, values) = read_values(reader, rows, levels)?;
                (read, Values::Longs(values))
            }
            ColumnReader::Int96ColumnReader(reader) => {
                let (read, values) = read_values(reader, rows, levels)?;
                (read, Values::Moments(values))
            }
            ColumnReader::FloatColumnReader(reader) => {
                let (read, values) = read_values(reader, rows, levels)?;
                (read, Values::Floats(values))
            }
            ColumnReader::DoubleColumnReader(reader) => {
                let (read, values) = read_values(reader, rows, levels)?;
                (read, Values::Doubles(values))
            }
            ColumnReader::ByteArrayColumnReader(reader) => {
                let (read, values) = read_values(reader, rows, levels)?;
                (read, Values::Bytes(values))
            }
            ColumnReader::FixedLenByteArrayColumnReader(reader) => {
                let (read, values) = read_values(reader, rows, levels)?;
                (read, Values::Fixed(values))
            }
        };
        self.values = values;
        self.write_out()?;
        self.find_slots(read);
        Ok(read)
    }

    /// Turns values that no cell holds as they are into text.
    fn write_out(&mut self) -> Result<(), String> {
        let texts: Vec<String> = match (&self.values, self.meaning) {
            (Values::Bytes(values), Meaning::Decimal(scale)) => {
                values.iter().map(|v| decimal(v.data(), scale)).collect()
            }
            (Values::Fixed(values), Meaning::Decimal(scale)) => {
                values.iter().map(|v| decimal(v.data(), scale)).collect()
            }
            (Values::Ints(values), Meaning::Decimal(scale)) => {
                values.iter().map(|v| with_point(i128::from(*v), scale)).collect()
            }
            (Values::Longs(values), Meaning::Decimal(scale)) => {
                values.iter().map(|v| with_point(i128::from(*v), scale)).collect()
            }
            (Values::Longs(values), Meaning::Unsigned) => {
                values.iter().map(|v| v.cast_unsigned().to_string()).collect()
            }
            (Values::Fixed(values), Meaning::Uuid) => values.iter().map(|v| uuid(v.data())).collect(),
            (Values::Fixed(values), Meaning::Half) => values.iter().map(|v| half(v.data()).to_string()).collect(),
            (Values::Fixed(values), _) => values.iter().map(|v| hexadecimal(v.data())).collect(),
            (Values::Bytes(values), _) => {
                let numbers = self.texts.as_mut().map(|texts| texts.numbers(values));
                if let Some(numbers) = numbers.transpose().map_err(|_| NO_TEXT)?.flatten() {
                    self.values = Values::Known(numbers);
                    return Ok(());
                }
                self.texts = None;
                self.values = joined(values).ok_or(NO_TEXT)?;
                return Ok(());
            }
            _ => return Ok(()),
        };
        self.values = Values::Texts(texts);
        Ok(())
    }

    /// Finds the value of each of so many rows.
    fn find_slots(&mut self, rows: usize) {
        self.slots.clear();
        if self.is_list {
            return self.join_lists(rows);
        }
        if self.levels.definition.iter().all(|&level| level == self.present) {
            return;
        }
        let mut values = 0;
        for &level in &self.levels.definition {
            let there = level == self.present;
            values += u32::from(there);
            self.slots.push(if there { values } else { 0 });
        }
    }

    /// Makes the list of each row a text.
    fn join_lists(&mut self, rows: usize) {
        let mut texts: Vec<String> = Vec::with_capacity(rows);
        let mut value = 0;
        for (&definition, &repetition) in self.levels.definition.iter().zip(&self.levels.repetition) {
            if repetition == 0 {
                texts.push(String::new());
            }
            if definition != self.present {
                continue;
            }
            let element = self.value(value).text().replace('|', "/");
            value += 1;
            if let Some(text) = texts.last_mut() {
                if !text.is_empty() {
                    text.push('|');
                }
                text.push_str(&element);
            }
        }
        self.values = Values::Texts(texts);
    }

    /// Puts what the rows from `start` on have in this column into `cells`. What a column is made of is decided once, not
    /// at every cell.
    fn lay_out<'a, 'c>(&'a self, start: usize, cells: impl Iterator<Item = &'c mut Cell<'a>>)
    where
        'a: 'c,
    {
        fn each<'a: 'c, 'c, T: Copy>(
            values: &[T],
            cells: impl Iterator<Item = &'c mut Cell<'a>>,
            made: impl Fn(T) -> Cell<'a>,
        ) {
            cells.zip(values).for_each(|(cell, value)| *cell = made(*value));
        }
        match &self.values {
            Values::Ints(values) if self.is_plain() => each(&values[start..], cells, |n| Cell::Integer(n.into())),
            Values::Longs(values) if self.is_plain() => each(&values[start..], cells, Cell::Integer),
            Values::Doubles(values) if self.is_plain() => each(&values[start..], cells, Cell::Number),
            _ => cells.zip(start..).for_each(|(cell, row)| *cell = self.cell(row)),
        }
    }

    /// Whether every row has a value, which means what it is.
    fn is_plain(&self) -> bool {
        self.slots.is_empty() && self.meaning == Meaning::Plain
    }

    /// What a row has in this column.
    #[inline]
    fn cell(&self, row: usize) -> Cell<'_> {
        match self.slots.get(row) {
            None => self.value(row),
            Some(0) => Cell::Missing,
            Some(&slot) => self.value(slot as usize - 1),
        }
    }

    #[inline]
    fn value(&self, at: usize) -> Cell<'_> {
        match &self.values {
            Values::Flags(values) => Cell::Flag(values[at]),
            Values::Ints(values) => self.whole(i64::from(values[at])),
            Values::Longs(values) => self.whole(values[at]),
            Values::Moments(values) => moment(values[at].to_nanos(), 1_000_000_000),
            Values::Floats(values) => Cell::Number(widened(values[at])),
            Values::Doubles(values) => Cell::Number(values[at]),
            Values::Texts(values) => Cell::Text(&values[at]),
            Values::Joined(text, ends) => {
                let start = at.checked_sub(1).map_or(0, |before| ends[before]);
                Cell::Text(&text[start..ends[at]])
            }
            Values::Known(numbers) => {
                let number = numbers[at];
                self.texts.as_ref().map_or(Cell::Missing, |texts| Cell::Known {
                    number,
                    text: texts.get(number),
                })
            }
            // Written out before.
            Values::Bytes(_) | Values::Fixed(_) => Cell::Missing,
        }
    }

    #[inline]
    fn whole(&self, value: i64) -> Cell<'_> {
        match self.meaning {
            // Those of 64 bits were written out.
            Meaning::Unsigned => Cell::Integer(i64::from(value as u32)),
            Meaning::Date => Cell::Moment {
                seconds: value * 86_400,
                nanos: 0,
            },
            Meaning::Timestamp(units) => moment(value, units),
            _ => Cell::Integer(value),
        }
    }
}

fn read_values<T: DataType>(
    reader: &mut ColumnReaderImpl<T>,
    rows: usize,
    levels: &mut Levels,
) -> Result<(usize, Vec<T::T>), String> {
    let mut values = Vec::with_capacity(rows);
    let (definition, repetition) = (&mut levels.definition, &mut levels.repetition);
    let read = reader.read_records(rows, Some(definition), Some(repetition), &mut values);
    let (rows, _, _) = read.map_err(|e| e.to_string())?;
    Ok((rows, values))
}

/// Texts in one piece, so that they are looked at once; `None` where one of them is not UTF-8.
fn joined(values: &[ByteArray]) -> Option<Values> {
    let mut bytes = Vec::with_capacity(values.iter().map(ByteArray::len).sum());
    let mut ends = Vec::with_capacity(values.len());
    for value in values {
        bytes.extend_from_slice(value.data());
        ends.push(bytes.len());
    }
    let text = String::from_utf8(bytes).ok()?;
    // A character must not begin in one text and end in the next.
    let whole = ends.iter().all(|&end| text.is_char_boundary(end));
    whole.then_some(Values::Joined(text, ends))
}

fn moment(value: i64, units: i64) -> Cell<'static> {
    Cell::Moment {
        seconds: value.div_euclid(units),
        nanos: (value.rem_euclid(units) * (1_000_000_000 / units)) as u32,
    }
}

/// The number that a person would have written: 3.7 in 32 bits is not 3.7 in 64.
#[inline]
fn widened(value: f32) -> f64 {
    const FEW_DECIMALS: f64 = 1e4;
    let wide = f64::from(value);
    let short = (wide * FEW_DECIMALS).round() / FEW_DECIMALS;
    if short as f32 == value {
        short
    } else {
        value.to_string().parse().unwrap_or(wide)
    }
}

/// A whole number in two's complement, the highest byte first, with a decimal point.
fn decimal(bytes: &[u8], scale: u32) -> String {
    if bytes.len() > 16 {
        return hexadecimal(bytes);
    }
    let sign = if bytes.first().is_some_and(|b| b & 0x80 != 0) {
        -1
    } else {
        0
    };
    with_point(bytes.iter().fold(sign, |n: i128, b| n << 8 | i128::from(*b)), scale)
}

fn with_point(value: i128, scale: u32) -> String {
    let digits = format!("{:0width$}", value.unsigned_abs(), width = scale as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale as usize);
    let sign = if value < 0 { "-" } else { "" };
    let point = if scale == 0 { "" } else { "." };
    format!("{sign}{whole}{point}{fraction}")
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, b| text + &format!("{b:02x}"))
}

fn uuid(bytes: &[u8]) -> String {
    let hex = hexadecimal(bytes);
    match hex.len() {
        32 => format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        ),
        _ => hex,
    }
}

/// A number of 16 bits: one of sign, five of exponent, ten of fraction.
fn half(bytes: &[u8]) -> f64 {
    let &[low, high] = bytes else { return f64::NAN };
    let bits = u16::from_le_bytes([low, high]);
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 => return f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 0 { size } else { -size }
}

/// Rows whose cells are laid side by side before they are handed over.
const STRIP: usize = 256;

/// Hands over so many rows, the first of which is number `first` of the file.
pub(super) fn hand_over(columns: &[Column], rows: usize, first: u64, wanted: &[usize], take: &mut dyn Take) -> bool {
    let width = columns.len().max(1);
    let mut cells = vec![Cell::Missing; width * STRIP];
    (0..rows).step_by(STRIP).all(|start| {
        let many = STRIP.min(rows - start);
        for (n, column) in columns.iter().enumerate() {
            column.lay_out(start, cells[n..].iter_mut().step_by(width).take(many));
        }
        let mut strip = cells.chunks_exact(width).take(many).zip(start as u64..);
        strip.all(|(row, at)| {
            let place = |n: usize| Place {
                line: first + at,
                column: wanted.get(n).map_or(1, |&column| column as u64 + 1),
            };
            take.row(&row[..columns.len()], &place)
        })
    })
}
