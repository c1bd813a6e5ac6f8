use serde::{Deserialize, Serialize};

/// What to do with a (user, item) pair that comes again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DuplicatePolicy {
    /// Keep the one with the latest time, else the later row.
    #[default]
    Last,
    /// Keep the one with the earliest time, else the earlier row.
    First,
    /// Their mean.
    Mean,
    /// Their sum: for counts.
    Sum,
    /// Refuse the file.
    Error,
}

/// The scale of the ratings, as found in the data.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scale {
    pub min: f64,
    pub max: f64,
    /// The distance between neighboring values; `None` where the scale is continuous.
    pub step: Option<f64>,
}

impl Scale {
    pub fn clip(&self, value: f64) -> f64 {
        value.clamp(self.min, self.max)
    }

    /// Whether a rating of `value` lies on the scale. Where the data has one value only, nothing is known of the scale.
    pub fn holds(&self, value: f64) -> bool {
        self.min >= self.max || (self.min..=self.max).contains(&value)
    }

    /// 0 for bad, 1 for so-so, 2 for good: the lower, middle and upper third of the scale (1 to 5: 1-2, 3, 4-5).
    pub fn third(&self, value: f64) -> usize {
        let share = (value - self.min) / (self.max - self.min);
        if !share.is_finite() || share >= 2.0 / 3.0 {
            2
        } else {
            usize::from(share > 1.0 / 3.0)
        }
    }

    /// Where a rating turns from dislike to like: the highest value of the lower third (1 to 5: 2; 0.5 to 5: 2; −10 to 10
    /// without steps: −3⅓).
    pub fn turning_point(&self) -> f64 {
        let third = (self.max - self.min) / 3.0;
        // The lower third includes its end, which must not be lost to rounding.
        let below = |step: f64| (third / step + 1e-9).floor() * step;
        self.min + self.step.filter(|step| *step > 0.0).map_or(third, below)
    }

    /// How much `value` is liked: its distance from the [turning point](Scale::turning_point), never above 0 in the lower
    /// third of the scale.
    pub fn liking(&self, value: f64) -> f64 {
        let liking = value - self.turning_point();
        if self.third(value) == 0 {
            liking.min(0.0)
        } else {
            liking
        }
    }
}

/// How the ratings are spread: one bar a value, or 20 bins where there are more than 20 values.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Histogram {
    /// (value, count), ascending.
    Values(Vec<(f64, u64)>),
    /// (from, to, count), ascending; the last bin includes its end.
    Bins(Vec<(f64, f64, u64)>),
}

impl Histogram {
    pub fn counts(&self) -> Vec<u64> {
        match self {
            Self::Values(values) => values.iter().map(|v| v.1).collect(),
            Self::Bins(bins) => bins.iter().map(|b| b.2).collect(),
        }
    }
}

/// Bytes that a dataset holds, by what they are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryUse {
    /// Ratings by user: items and values.
    pub by_user: usize,
    /// Ratings by item: users and values.
    pub by_item: usize,
    pub times: usize,
    /// The order of the file, which the published splits need.
    pub file_order: usize,
    pub ids: usize,
    pub labels: usize,
    /// What is known of items and users.
    pub attributes: usize,
}

impl MemoryUse {
    /// For all that is per rating.
    pub fn ratings(&self) -> usize {
        self.by_user + self.by_item + self.times + self.file_order
    }

    /// For ids, labels and metadata.
    pub fn catalog(&self) -> usize {
        self.ids + self.labels + self.attributes
    }
}

/// A row that could not be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    pub file: String,
    /// From 1, the header included.
    pub line: u64,
    /// The 1-based character where the field begins.
    pub column: u64,
    pub reason: String,
}

impl LoadReport {
    pub(super) fn note(&mut self, sentence: impl Into<String>) {
        self.notes.push(sentence.into());
    }
}

/// What one filter, or two that work together, left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilterStep {
    /// As on the command line: `--where rating>=4`.
    pub filter: String,
    pub users: usize,
    pub items: usize,
    pub ratings: usize,
}

/// Everything that was noticed while a dataset was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadReport {
    /// The format, e.g. `movielens-100k`, `movielens-1m`, `movielens-csv`, `delimited`, `built-in`.
    pub format: String,
    /// The separator of the ratings file, e.g. `tab`, `::`, `,`.
    pub separator: String,
    /// `utf-8`, `iso-8859-1`, …
    pub encoding: String,
    pub files: Vec<String>,
    /// Rating rows read, rejected ones included, the header not.
    pub rows_read: u64,
    /// Rows that could not be used (with `--lenient`): the first thousand.
    pub rejected: Vec<Reject>,
    /// How many could not be used in all.
    pub rejected_count: u64,
    /// (user, item) pairs that came again.
    pub duplicates: u64,
    pub duplicate_policy: DuplicatePolicy,
    /// Items with ratings but without metadata, where there is metadata.
    pub items_without_metadata: u64,
    /// Items in the metadata that nobody rated.
    pub items_without_ratings: u64,
    /// Users with ratings but without metadata, where there is metadata.
    pub users_without_metadata: u64,
    /// Users in the metadata without a rating.
    pub users_without_ratings: u64,
    /// What filters left, step by step; empty where there were none.
    pub filters: Vec<FilterStep>,
    /// Anything a careful reader should know, one sentence each (e.g. that users and items look swapped).
    pub notes: Vec<String>,
}
