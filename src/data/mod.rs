//! Files become an immutable [`Dataset`]: both orientations of the ratings, what is known of items and users, time,
//! and a report of everything that was noticed on the way. [`Edits`] lie over it and never change it.

mod attributes;
mod bundle;
mod cached;
mod compact;
mod condition;
mod dataset;
mod day;
mod duplicates;
mod edits;
pub mod export;
mod feedback;
mod filter;
pub mod generate;
mod identity;
mod ids;
mod index;
mod kind;
mod liking;
mod load;
mod moment;
mod part_rows;
mod report;
mod rows;
mod sort;
mod stamp;
mod storage;
mod text;
mod time_column;
mod words;

pub use attributes::{Attribute, AttributeKind, Attributes};
pub use bundle::{Bundle, BundleAbout, BundleAls, BundleCandidates};
pub use cached::load_cached;
pub use condition::Condition;
pub use dataset::{Dataset, DatasetParts};
pub use day::Day;
pub use edits::{Edit, Edits};
pub use feedback::{Feedback, FeedbackClues, Like};
pub use filter::{Filters, UserSample};
pub use ids::{Ids, ItemIx, UserIx, nearest, unknown};
pub use kind::{FeedbackKind, Zero};
pub use liking::Thirds;
pub use load::{
    ColumnMap, ColumnName, LARGEST_RATING, LoadError, LoadOptions, Quote, Source, Wrong, find_column, formats_markdown,
    load, load_parts, named_columns, needed_column, number_field, read_by_name,
};
pub use moment::{Moment, Resolution};
pub use part_rows::{PartRow, for_each_row, part_columns, part_files, part_id, part_number};
pub use report::{DuplicatePolicy, FilterStep, Histogram, LoadReport, MemoryUse, Reject, Scale};
pub use rows::{NO_OFFSET, NO_TIME, RatingRows, Row, Values};
pub use text::{clean_label, printable};
pub use time_column::{FineTimes, TimeColumn};
pub use words::{Noun, Words};
