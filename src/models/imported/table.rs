//! Factors in a table: a header, a column of ids, perhaps one of biases, and a column for each factor.

use std::path::Path;

use csv::{ReaderBuilder, StringRecord};

use super::side::{Axis, Side};
use super::{cannot_read, shown, unfit};
use crate::models::FitError;
use crate::models::latent::Numbers;
use crate::task::Task;

/// The columns of a map.
const PLACE: [&str; 2] = ["x", "y"];

/// Whether a table is a map: its header has an x and a y, and nothing that would make it a table of scores.
pub(super) fn is_map(file: &Path) -> bool {
    let opened = ReaderBuilder::new().from_path(file);
    let header = opened.and_then(|mut reader| reader.headers().cloned());
    header.is_ok_and(|header| {
        let has = |name: &str| header.iter().any(|h| h.trim().eq_ignore_ascii_case(name));
        PLACE.iter().all(|name| has(name)) && !["user", "score"].iter().any(|name| has(name))
    })
}

/// Reads where items are on a map: `id` (else the first column) is the id, `x` and `y` the place; all else is passed over.
pub(super) fn read_map(file: &Path, task: &Task) -> Result<Side, FitError> {
    read_columns(Axis::Items, file, task, |name| {
        PLACE.iter().any(|place| name.eq_ignore_ascii_case(place))
    })
}

/// Reads the factors of all users or items. Columns `label` and `title` are ignored, `bias` is the bias, `id` (else the
/// first) the id; all others are factors, in their order.
pub(super) fn read(axis: Axis, file: &Path, task: &Task) -> Result<Side, FitError> {
    read_columns(axis, file, task, |_| true)
}

/// As [`read`], of the columns that are wanted.
fn read_columns(axis: Axis, file: &Path, task: &Task, is_wanted: impl Fn(&str) -> bool) -> Result<Side, FitError> {
    let shown = shown(file);
    let cannot = |e| cannot_read(&shown, e);
    let mut reader = ReaderBuilder::new().from_path(file).map_err(cannot)?;
    let header = reader.headers().map_err(cannot)?.clone();
    let column = |name: &str| header.iter().position(|h| h.trim().eq_ignore_ascii_case(name));
    let (id, bias) = (column("id").unwrap_or(0), column("bias"));
    let passed_over = [Some(id), bias, column("label"), column("title")];
    let factors: Vec<usize> = (0..header.len())
        .filter(|at| !passed_over.contains(&Some(*at)) && is_wanted(header.get(*at).unwrap_or("").trim()))
        .collect();
    if factors.is_empty() {
        return Err(unfit(&shown, "there is no column of factors in its header"));
    }
    let (mut ids, mut biases, mut numbers) = (Vec::new(), Vec::new(), Vec::new());
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(cannot)? {
        if ids.len() % 1024 == 0 {
            task.cancel.check()?;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let number = |at: usize| {
            let text = record.get(at).unwrap_or("").trim();
            let read = text.parse::<f64>().ok().filter(|x| x.is_finite());
            read.ok_or_else(|| {
                let (text, name) = (crate::data::clean_label(text), header.get(at).unwrap_or(""));
                FitError::Unfit(format!("{shown}:{line}: {name} is {text:?}, no finite number"))
            })
        };
        ids.push(record.get(id).unwrap_or("").to_owned());
        if let Some(at) = bias {
            biases.push(number(at)?);
        }
        for at in &factors {
            numbers.push(number(*at)?);
        }
    }
    Ok(Side {
        ids_belong: shown.clone(),
        shown,
        axis,
        ids: Some(ids),
        width: factors.len(),
        numbers: Numbers::Double(numbers),
        bias: bias.map(|_| biases),
        is_absent: false,
    })
}
