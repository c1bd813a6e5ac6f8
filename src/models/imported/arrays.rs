//! numpy's arrays: `.npy` files, and `.npz` archives of them.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use npyz::{DType, NpyFile, Order, TypeChar};
use zip::ZipArchive;

use super::{cannot_read, shown, unfit};
use crate::models::FitError;
use crate::models::latent::Numbers;
use crate::task::Cancel;

/// Arrays that usually only models of ratings have.
pub(super) const OF_RATINGS: [&str; 3] = ["mean", "user_bias", "item_bias"];
/// Whether the model predicts ratings, 1 or 0; overrides [`OF_RATINGS`].
pub(super) const PREDICTS_RATINGS: &str = "predicts_ratings";

pub(super) struct Archive {
    zip: ZipArchive<BufReader<File>>,
    shown: String,
}

impl Archive {
    /// `shown` is its name in errors.
    pub fn of(file: File, shown: &str) -> Result<Self, String> {
        let zip =
            ZipArchive::new(BufReader::new(file)).map_err(|e| format!("{shown}: it is no numpy archive ({e})"))?;
        let shown = shown.to_owned();
        Ok(Self { zip, shown })
    }

    /// Whether it has an array of one of these names.
    pub fn has_any(&self, names: &[&str]) -> bool {
        names
            .iter()
            .any(|name| self.zip.index_for_name(&format!("{name}.npy")).is_some())
    }

    pub fn array(&mut self, name: &str, cancel: &Cancel) -> Result<Option<Array>, FitError> {
        let shown = format!("{}, {name}", self.shown);
        let Some(at) = self.zip.index_for_name(&format!("{name}.npy")) else {
            return Ok(None);
        };
        let entry = self.zip.by_index(at).map_err(|e| cannot_read(&shown, e))?;
        read(entry, &shown, cancel).map(Some)
    }

    pub fn number(&mut self, name: &str, cancel: &Cancel) -> Result<Option<f64>, FitError> {
        self.array(name, cancel)?.map(Array::into_number).transpose()
    }
}

/// The array in a file of its own, if there is one.
pub(super) fn in_file(path: &Path, cancel: &Cancel) -> Result<Option<Array>, FitError> {
    if !path.exists() {
        return Ok(None);
    }
    let shown = shown(path);
    let file = File::open(path).map_err(|e| cannot_read(&shown, e))?;
    read(file, &shown, cancel).map(Some)
}

/// An array of at most two dimensions.
#[derive(Debug)]
pub(super) struct Array {
    pub shown: String,
    /// The length of each dimension; empty for a lone number.
    pub shape: Vec<usize>,
    values: Values,
}

#[derive(Debug)]
enum Values {
    Single(Vec<f32>),
    Double(Vec<f64>),
    Whole(Vec<i64>),
    Texts(Vec<String>),
}

impl Array {
    pub fn into_numbers(self) -> Result<Numbers, FitError> {
        match self.values {
            Values::Single(numbers) => Ok(Numbers::Single(numbers)),
            Values::Double(numbers) => Ok(Numbers::Double(numbers)),
            Values::Whole(numbers) => Ok(Numbers::Double(numbers.into_iter().map(|n| n as f64).collect())),
            Values::Texts(_) => Err(unfit(&self.shown, "it holds text, not numbers")),
        }
    }

    pub fn into_number(self) -> Result<f64, FitError> {
        let shown = self.shown.clone();
        let number = self.into_numbers()?.iter().next().filter(|x| x.is_finite());
        number.ok_or_else(|| unfit(&shown, "it is no finite number"))
    }

    pub fn into_ids(self) -> Result<Vec<String>, FitError> {
        match self.values {
            Values::Texts(ids) => Ok(ids),
            Values::Whole(numbers) => Ok(numbers.into_iter().map(|n| n.to_string()).collect()),
            _ => Err(unfit(&self.shown, "ids are text or whole numbers")),
        }
    }
}

/// The most digits in a header: numbers with so few in total can't overflow 64 bits when multiplied.
const DIGITS: usize = 19;
/// The longest id, in characters.
const LONGEST_TEXT: u64 = 1 << 16;

/// Reads an array; `shown` is its name in errors.
fn read(mut from: impl Read, shown: &str, cancel: &Cancel) -> Result<Array, FitError> {
    let unfit = |why: &str| unfit(shown, why);
    let head = header(&mut from).map_err(|e| unfit(&format!("it is no numpy array ({e})")))?;
    if head.iter().skip(10).filter(|b| b.is_ascii_digit()).count() > DIGITS {
        return Err(unfit("no array is as large as its header says"));
    }
    let npy = NpyFile::new(Cursor::new(head).chain(BufReader::with_capacity(1 << 16, from)));
    let npy = npy.map_err(|e| {
        // An error is one line; the parser draws arrows in more.
        let why = e.to_string();
        let why = why.lines().next().unwrap_or("").trim();
        unfit(&format!("it is no numpy array ({why})"))
    })?;
    let DType::Plain(kind) = npy.dtype() else {
        return Err(unfit("an array of records is neither factors nor ids"));
    };
    let shape: Vec<usize> = npy
        .shape()
        .iter()
        .map(|n| usize::try_from(*n).unwrap_or(usize::MAX))
        .collect();
    if shape.len() > 2 {
        return Err(unfit(&format!("it has {} dimensions; factors have two", shape.len())));
    }
    let by_columns = npy.order() == Order::Fortran && shape.len() == 2;
    let values = match (kind.type_char(), kind.size_field()) {
        (TypeChar::Float, 4) => Values::Single(ordered(values(npy, shown, cancel)?, &shape, by_columns)),
        (TypeChar::Float, 8) => Values::Double(ordered(values(npy, shown, cancel)?, &shape, by_columns)),
        (TypeChar::Int, 4) => integers::<i32>(npy, shown, cancel)?,
        (TypeChar::Uint, 4) => integers::<u32>(npy, shown, cancel)?,
        (TypeChar::Bool, 1) => integers::<bool>(npy, shown, cancel)?,
        (TypeChar::Int, 8) => Values::Whole(values(npy, shown, cancel)?),
        (TypeChar::UnicodeStr, size) if size <= LONGEST_TEXT => Values::Texts(values(npy, shown, cancel)?),
        (TypeChar::Object, _) => return Err(unfit("it holds Python's objects; save numbers or text (astype)")),
        _ => {
            let remedy = "save float32, float64, int64 or str (astype)";
            return Err(unfit(&format!("values of type {kind} are not read; {remedy}")));
        }
    };
    Ok(Array {
        shown: shown.to_owned(),
        shape,
        values,
    })
}

/// Everything in front of the values: magic, version, length and description.
fn header(from: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut head = vec![0; 8];
    from.read_exact(&mut head)?;
    // From version 2 on the length takes four bytes.
    let bytes = if head[6] == 1 { 2 } else { 4 };
    let mut length = [0; 4];
    from.read_exact(&mut length[..bytes])?;
    head.extend_from_slice(&length[..bytes]);
    let n = from
        .take(u64::from(u32::from_le_bytes(length)))
        .read_to_end(&mut head)?;
    if n < u32::from_le_bytes(length) as usize {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    Ok(head)
}

fn values<T: npyz::Deserialize, R: Read>(npy: NpyFile<R>, shown: &str, cancel: &Cancel) -> Result<Vec<T>, FitError> {
    let values = npy.data::<T>().map_err(|e| cannot_read(shown, e))?;
    let expected = values.total_len();
    let mut read = Vec::new();
    for value in values {
        if read.len() % 65536 == 0 {
            cancel.check()?;
        }
        let at = read.len();
        let ends_early = |e| unfit(shown, format_args!("it ends after {at} of {expected} values ({e})"));
        read.push(value.map_err(ends_early)?);
    }
    Ok(read)
}

fn integers<T: npyz::Deserialize + Into<i64>>(
    npy: NpyFile<impl Read>,
    shown: &str,
    cancel: &Cancel,
) -> Result<Values, FitError> {
    let numbers = values::<T, _>(npy, shown, cancel)?;
    Ok(Values::Whole(numbers.into_iter().map(T::into).collect()))
}

/// The values row by row.
fn ordered<T: Copy>(values: Vec<T>, shape: &[usize], by_columns: bool) -> Vec<T> {
    let &[rows, columns] = shape else { return values };
    if !by_columns || rows * columns != values.len() {
        return values;
    }
    (0..rows)
        .flat_map(|r| (0..columns).map(move |c| c * rows + r))
        .map(|at| values[at])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes of an array, with any header.
    fn array(header: &str, data: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
        bytes.extend((header.len() as u16).to_le_bytes());
        bytes.extend(header.as_bytes());
        bytes.extend(data);
        bytes
    }

    fn parse(header: &str, data: &[u8]) -> Result<Array, String> {
        read(&array(header, data)[..], "a.npy", &Cancel::new()).map_err(|e| e.to_string())
    }

    fn head(kind: &str, fortran: &str, shape: &str) -> String {
        format!("{{'descr': '{kind}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    }

    #[test]
    fn columns_become_rows_and_bytes_numbers() {
        // numpy.asfortranarray([[1, 2, 3], [4, 5, 6]]) in single precision.
        let data: Vec<u8> = [1f32, 4.0, 2.0, 5.0, 3.0, 6.0]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        let array = parse(&head("<f4", "True", "(2, 3)"), &data).unwrap();
        assert_eq!(array.shape, [2, 3]);
        let Ok(Numbers::Single(numbers)) = array.into_numbers() else {
            panic!()
        };
        assert_eq!(numbers, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let data: Vec<u8> = [1f64, 2.0].iter().flat_map(|x| x.to_be_bytes()).collect();
        let array = parse(&head(">f8", "False", "(2,)"), &data).unwrap();
        let Ok(Numbers::Double(numbers)) = array.into_numbers() else {
            panic!()
        };
        assert_eq!(numbers, [1.0, 2.0]);
        let data: Vec<u8> = "ab\0ß\0\0".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(
            parse(&head("<U3", "False", "(2,)"), &data).unwrap().into_ids().unwrap(),
            ["ab", "ß"]
        );
        let truth = parse(&head("|b1", "False", "()"), &[1]).unwrap();
        assert_eq!(truth.into_number().unwrap(), 1.0);
        let data: Vec<u8> = [7i64, -1].iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(
            parse(&head("<i8", "False", "(2,)"), &data).unwrap().into_ids().unwrap(),
            ["7", "-1"]
        );
    }

    #[test]
    fn what_is_no_array_is_refused_in_a_sentence() {
        for (header, data, error) in [
            (
                head("<f8", "False", "(2, 2)"),
                &[0u8; 24][..],
                "a.npy: it ends after 3 of 4 values",
            ),
            (
                head("<f8", "False", "(1099511627776, 1099511627776)"),
                &[],
                "a.npy: no array is as large",
            ),
            (
                head("<f2", "False", "(2,)"),
                &[0; 4],
                "a.npy: values of type <f2 are not read",
            ),
            (head("|O", "False", "(1,)"), &[0; 4], "a.npy: it holds Python's objects"),
            (head("<U99999999", "False", "(1,)"), &[0; 4], "a.npy: values of type"),
            (head("<f8", "False", "(1, 1, 1)"), &[0; 8], "a.npy: it has 3 dimensions"),
            ("{'descr'".to_owned(), &[], "a.npy: it is no numpy array"),
        ] {
            let got = parse(&header, data).unwrap_err();
            assert!(got.starts_with(error) && !got.contains('\n'), "{got}");
        }
        assert!(read(&b"\x93NUM"[..], "a.npy", &Cancel::new()).is_err());
        assert!(read(&b"user,item\n1,2\n3,4\n"[..], "a.npy", &Cancel::new()).is_err());
    }
}
