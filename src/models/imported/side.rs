//! The factors of all users, or of all items: read, checked, and put in the dataset's order.

use std::collections::HashMap;
use std::path::Path;

use super::arrays::Array;
use super::{cannot_read, shown, unfit};
use crate::models::FitError;
use crate::models::latent::{Factors, Numbers};
use crate::task::Cancel;

/// Whether factors are those of users or of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Axis {
    Users,
    Items,
}

impl Axis {
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "user",
            Self::Items => "item",
        }
    }
}

/// Looks an id up in the dataset.
type Find<'a> = &'a dyn Fn(&str) -> Option<usize>;

/// The factors of users or of items as in the files.
#[derive(Debug)]
pub(super) struct Side {
    pub shown: String,
    pub axis: Axis,
    /// The id of each row, if the files have ids.
    pub ids: Option<Vec<String>>,
    /// Where ids are expected, for errors.
    pub ids_belong: String,
    pub width: usize,
    pub numbers: Numbers,
    /// One per row, where there are any.
    pub bias: Option<Vec<f64>>,
    /// The import says nothing of this side: no row is missed.
    pub is_absent: bool,
}

impl Side {
    /// A side that the import says nothing of.
    pub fn absent(axis: Axis, width: usize, shown: String) -> Self {
        Self {
            ids_belong: shown.clone(),
            shown,
            axis,
            ids: Some(Vec::new()),
            width,
            numbers: Numbers::Double(Vec::new()),
            bias: None,
            is_absent: true,
        }
    }

    /// From arrays: rows × factors, and a bias for each row.
    pub fn of_arrays(
        axis: Axis,
        factors: Array,
        bias: Option<Array>,
        ids: Option<Vec<String>>,
        ids_belong: String,
    ) -> Result<Self, FitError> {
        let shown = factors.shown.clone();
        let &[rows, width] = &factors.shape[..] else {
            let why = format!("factors have two dimensions, {}s and factors", axis.name());
            return Err(unfit(&shown, why));
        };
        let bias = bias.map(|b| vector(b, rows)).transpose()?;
        let numbers = factors.into_numbers()?;
        let side = Self {
            shown,
            axis,
            ids,
            ids_belong,
            width,
            numbers,
            bias,
            is_absent: false,
        };
        if side.rows() != rows {
            return Err(unfit(&side.shown, "it has no factors"));
        }
        Ok(side)
    }

    pub fn rows(&self) -> usize {
        self.numbers.len().checked_div(self.width).unwrap_or(0)
    }

    /// Checks that every number is finite, and that every row has an id of its own.
    ///
    /// # Errors
    /// The first violation, with file and row.
    pub fn check(&self) -> Result<(), FitError> {
        let unfit = |why: &str| Err(unfit(&self.shown, why));
        if self.is_absent {
            return Ok(());
        }
        if self.rows() == 0 {
            return unfit("it has no factors");
        }
        if let Some(at) = self.numbers.iter().position(|x| !x.is_finite()) {
            let (row, factor) = (at / self.width + 1, at % self.width + 1);
            return unfit(&format!("row {row}, factor {factor} is no finite number"));
        }
        if let Some(row) = self.bias.iter().flatten().position(|b| !b.is_finite()) {
            return unfit(&format!("the bias of row {} is no finite number", row + 1));
        }
        let Some(ids) = &self.ids else { return Ok(()) };
        if ids.len() != self.rows() {
            return unfit(&format!("there are {} ids for {} rows", ids.len(), self.rows()));
        }
        let mut seen = HashMap::with_capacity(ids.len());
        for (row, id) in ids.iter().enumerate() {
            if let Some(before) = seen.insert(id.as_str(), row) {
                let id = crate::data::clean_label(id);
                return unfit(&format!("the id {id} stands in rows {} and {}", before + 1, row + 1));
            }
        }
        Ok(())
    }

    /// The row of each of the dataset's `n` users or items; `find` looks an id up in the dataset, `None` matches by
    /// order of first appearance.
    ///
    /// # Errors
    /// No ids, none that is in the dataset, or a number of rows that does not match the order.
    pub fn placed(&self, n: usize, find: Option<Find<'_>>) -> Result<Placed, FitError> {
        let unfit = |why: String| Err(unfit(&self.shown, why));
        let (name, rows) = (self.axis.name(), self.rows());
        if self.is_absent {
            return Ok(Placed {
                row_of: vec![None; n],
                unmatched: 0,
            });
        }
        let Some(find) = find else {
            if rows != n {
                return unfit(format!(
                    "ids=order needs a row for each of the dataset's {n} {name}s, and it has {rows}"
                ));
            }
            let row_of = (0..rows).map(Some).collect();
            return Ok(Placed { row_of, unmatched: 0 });
        };
        let Some(ids) = &self.ids else {
            return unfit(format!(
                "it has no ids: put the {name}s' ids, one a line, into {}, or set ids=order if the rows are \
                 in the order of first appearance",
                self.ids_belong
            ));
        };
        let mut placed = Placed {
            row_of: vec![None; n],
            unmatched: 0,
        };
        for (row, id) in ids.iter().enumerate() {
            match find(id.trim()).and_then(|at| placed.row_of.get_mut(at)) {
                Some(place) => *place = Some(row),
                None => placed.unmatched += 1,
            }
        }
        if placed.unmatched == rows {
            let first = ids
                .first()
                .map(|id| format!(", such as {}", crate::data::clean_label(id)));
            return unfit(format!(
                "the dataset knows none of its {rows} {name}s{}",
                first.unwrap_or_default()
            ));
        }
        Ok(placed)
    }

    /// The factors in the dataset's order; 0 where there is no row.
    pub fn arranged(&self, placed: &Placed, cancel: &Cancel) -> Result<Factors, FitError> {
        cancel.check()?;
        Ok(match &self.numbers {
            Numbers::Single(numbers) => Factors::new(self.width, arrange(numbers, self.width, placed)),
            Numbers::Double(numbers) => Factors::new(self.width, arrange(numbers, self.width, placed)),
        })
    }

    pub fn arranged_bias(&self, placed: &Placed) -> Option<Vec<f64>> {
        self.bias.as_ref().map(|bias| arrange(bias, 1, placed))
    }
}

/// Which user or item of the dataset each row of a [`Side`] belongs to.
pub(super) struct Placed {
    /// The row of each user or item of the dataset.
    pub row_of: Vec<Option<usize>>,
    /// The number of rows that belong to none.
    pub unmatched: usize,
}

impl Placed {
    /// How many of the dataset's users or items have no row.
    pub fn missing(&self) -> usize {
        self.row_of.iter().filter(|row| row.is_none()).count()
    }

    /// Unassigns the rows of those that `keep` rejects.
    pub fn retain(&mut self, keep: impl Fn(usize) -> bool) {
        let rows = self.row_of.iter_mut().enumerate();
        rows.filter(|(at, _)| !keep(*at)).for_each(|(_, row)| *row = None);
    }
}

fn arrange<T: Copy + Default>(numbers: &[T], width: usize, placed: &Placed) -> Vec<T> {
    let mut arranged = vec![T::default(); placed.row_of.len() * width];
    for (place, row) in arranged.chunks_exact_mut(width.max(1)).zip(&placed.row_of) {
        if let Some(row) = row {
            place.copy_from_slice(&numbers[row * width..(row + 1) * width]);
        }
    }
    arranged
}

/// A list of `rows` numbers.
fn vector(array: Array, rows: usize) -> Result<Vec<f64>, FitError> {
    let shown = array.shown.clone();
    let numbers: Vec<f64> = array.into_numbers()?.iter().collect();
    if numbers.len() != rows {
        return Err(unfit(
            &shown,
            format_args!("there are {} biases for {rows} rows", numbers.len()),
        ));
    }
    Ok(numbers)
}

/// Ids from a text file, one per line, if it exists.
pub(super) fn ids_in(file: &Path) -> Result<Option<Vec<String>>, FitError> {
    if !file.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(file).map_err(|e| cannot_read(&shown(file), e))?;
    Ok(Some(text.lines().map(|line| line.trim().to_owned()).collect()))
}
