//! What is at a path, by names and a few single numbers only, so that naming a model costs nothing.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::arrays::{self, Archive};
use super::{cannot_read, item_rows, shown, table};
use crate::data::{Bundle, part_columns, part_files};
use crate::models::FitError;
use crate::task::Cancel;

/// Where a model trained elsewhere is, and in what form.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// numpy's archive with `user_factors` and `item_factors`.
    Archive { file: PathBuf, hints: Hints },
    /// The factors of users and items in a file or folder each.
    Folder {
        users: Part,
        items: Part,
        /// The folder, for `user_bias.npy`, `item_bias.npy` and `mean.npy`.
        folder: PathBuf,
        hints: Hints,
    },
    /// A table with columns x and y: where items are on a map that another program made.
    Map(PathBuf),
    /// A table of user, item and score.
    Pairs(PathBuf),
    /// The same in a Parquet file, or in a folder of part files.
    ParquetPairs(PathBuf),
    /// For every item those that speak for it, in such a file or folder; `measure` is the column that says how much.
    ItemRows { path: PathBuf, measure: &'static str },
}

/// What the files say about the model beside its factors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Hints {
    pub is_rating: bool,
    /// α and λ of implicit's ALS, which trained it.
    pub als: Option<AlsSettings>,
    /// Spark's regParam, where a bundle says it.
    pub ridge: Option<f64>,
}

/// The weights of implicit's ALS: a rating of r has weight α·r, an unrated item 1; λ regularizes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AlsSettings {
    pub alpha: f64,
    pub regularization: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Array(PathBuf),
    Table(PathBuf),
    Parquet(PathBuf),
}

impl Part {
    /// `user_factors.npy`, `.csv`, `.parquet` or Spark's `userFactors/`, the first that is in `folder`.
    fn find(folder: &Path, whose: &str) -> Option<Self> {
        let file = |end: &str| Some(folder.join(format!("{whose}_factors.{end}"))).filter(|f| f.exists());
        let spark = || Some(folder.join(format!("{whose}Factors"))).filter(|f| f.is_dir());
        file("npy")
            .map(Self::Array)
            .or_else(|| file("csv").map(Self::Table))
            .or_else(|| file("parquet").or_else(spark).map(Self::Parquet))
    }
}

impl Source {
    /// What is at `path`.
    pub fn at(path: &Path) -> Result<Self, String> {
        let shown = shown(path);
        let cannot_read = |e| cannot_read(&shown, e).to_string();
        let about = std::fs::metadata(path).map_err(cannot_read)?;
        if about.is_dir() {
            return Self::folder(path, &shown);
        }
        if !about.is_file() {
            return Err(format!("{shown}: it is neither a file nor a folder"));
        }
        let end = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match end.as_deref() {
            Some("npz") => {
                let opened = File::open(path).map_err(cannot_read)?;
                let hints = Hints::in_archive(&mut Archive::of(opened, &shown)?).map_err(|e| e.to_string())?;
                let file = path.to_path_buf();
                Ok(Self::Archive { file, hints })
            }
            Some("npy") => Err(format!(
                "{shown}: one array is not a model; give the folder that has user_factors.npy and item_factors.npy"
            )),
            Some("parquet") => Ok(Self::in_parquet(path)),
            _ if table::is_map(path) => Ok(Self::Map(path.to_path_buf())),
            _ => Ok(Self::Pairs(path.to_path_buf())),
        }
    }

    fn folder(path: &Path, shown: &str) -> Result<Self, String> {
        match (Part::find(path, "user"), Part::find(path, "item")) {
            (Some(users), Some(items)) => Ok(Self::Folder {
                users,
                items,
                folder: path.to_path_buf(),
                hints: Hints::in_folder(path).map_err(|e| e.to_string())?,
            }),
            (Some(_), None) => Err(format!("{shown}: it has the factors of users, but none of items")),
            (None, Some(_)) => Err(format!("{shown}: it has the factors of items, but none of users")),
            (None, None) if part_files(path).is_empty() => Err(format!(
                "{shown}: it has neither user_factors and item_factors (.npy, .csv or .parquet), nor Spark's userFactors and \
                 itemFactors, nor Parquet files of scores"
            )),
            (None, None) => Ok(Self::in_parquet(path)),
        }
    }

    /// A table of similar items where it has a column `neighbor`, else of scores.
    fn in_parquet(path: &Path) -> Self {
        let columns = part_columns(path);
        let has = |name: &&&str| columns.iter().any(|c| c.eq_ignore_ascii_case(name));
        let path = path.to_path_buf();
        let measure = item_rows::MEASURES.iter().find(has);
        match measure.filter(|_| has(&&item_rows::NEIGHBOR)) {
            Some(measure) => Self::ItemRows { path, measure },
            None => Self::ParquetPairs(path),
        }
    }

    /// Whether it has factors; else it has scores.
    pub fn has_factors(&self) -> bool {
        matches!(self, Self::Archive { .. } | Self::Folder { .. } | Self::Map(_))
    }

    pub fn hints(&self) -> Hints {
        match self {
            Self::Archive { hints, .. } | Self::Folder { hints, .. } => *hints,
            Self::Map(_) | Self::Pairs(_) | Self::ParquetPairs(_) | Self::ItemRows { .. } => Hints::default(),
        }
    }
}

impl Hints {
    fn in_archive(archive: &mut Archive) -> Result<Self, FitError> {
        let mut number = |name: &str| archive.number(name, &Cancel::new());
        let als = match (number("alpha")?, number("regularization")?) {
            (Some(alpha), Some(regularization))
                if (0.0..=1e6).contains(&alpha) && (0.0..=1e9).contains(&regularization) =>
            {
                Some(AlsSettings { alpha, regularization })
            }
            _ => None,
        };
        let is_rating = match number(arrays::PREDICTS_RATINGS)? {
            Some(says) => says != 0.0,
            None => archive.has_any(&arrays::OF_RATINGS),
        };
        Ok(Self {
            is_rating,
            als,
            ridge: None,
        })
    }

    fn in_folder(folder: &Path) -> Result<Self, FitError> {
        if let Some(around) = folder.parent().filter(|around| Bundle::is_at(around)) {
            let als = Bundle::open(around)?.about.als;
            return Ok(Self {
                is_rating: !als.implicit,
                als: None,
                ridge: Some(als.regularization).filter(|reg| (0.0..=1e9).contains(reg)),
            });
        }
        let file = |name: &str| folder.join(format!("{name}.npy"));
        let is_rating = match arrays::in_file(&file(arrays::PREDICTS_RATINGS), &Cancel::new())? {
            Some(says) => says.into_number()? != 0.0,
            None => arrays::OF_RATINGS.iter().any(|name| file(name).exists()),
        };
        Ok(Self {
            is_rating,
            ..Self::default()
        })
    }
}
