//! What a build says of itself.

use serde::{Deserialize, Serialize};

use super::store::{Damaged, sealed, unsealed};
use crate::data::Dataset;

/// What data a build was made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DataName {
    pub name: String,
    /// Stands for its content.
    pub identity: u64,
    pub users: u64,
    pub items: u64,
    pub ratings: u64,
}

impl DataName {
    pub fn of(data: &Dataset) -> Self {
        Self {
            name: data.name().to_owned(),
            identity: data.identity(),
            users: data.n_users() as u64,
            items: data.n_items() as u64,
            ratings: data.n_ratings() as u64,
        }
    }
}

/// A source as it was at the build.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceName {
    pub name: String,
    pub formula: String,
    pub quota: u32,
    /// Candidates that it proposed, over all users; several sources may propose the same.
    pub proposed: u64,
}

/// What a build says of itself, beside its records.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// When the last full build was made, in milliseconds since 1970.
    pub built_at: i64,
    /// When it was last brought up to date.
    pub updated_at: i64,
    /// The formula that ranks, with the seed of its training.
    pub model_id: String,
    /// The data of the last full build, by which items are numbered.
    pub data: DataName,
    pub sources: Vec<SourceName>,
    /// The plan, as TOML: requests follow it.
    pub plan: String,
    /// Users with a record.
    pub users: u64,
    pub candidates: u64,
    /// Bytes of all users' records.
    pub record_bytes: u64,
    /// Seconds of each stage of the build, in their order.
    pub seconds: Vec<(String, f64)>,
    /// Some of the users, for trying out: spread evenly over all.
    pub sample: Vec<String>,
    /// What is known of users: the columns that conditions may name.
    pub user_columns: Vec<String>,
}

impl Manifest {
    /// Where it is kept, among what all requests share.
    pub const KEY: &'static str = "manifest";
    /// Where the catalog is kept.
    pub const CATALOG: &'static str = "catalog";

    /// A number that stands for what scores come from.
    pub fn model_hash(&self) -> u64 {
        hash(self.model_id.as_bytes())
    }

    pub fn encode(&self) -> Vec<u8> {
        // Plain data: it can be written.
        sealed(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// What [`Manifest::encode`] wrote.
    ///
    /// # Errors
    /// [`Damaged`] where a byte is missing or another.
    pub fn decode(bytes: &[u8]) -> Result<Self, Damaged> {
        serde_json::from_slice(unsealed(bytes)?).map_err(|_| Damaged)
    }
}

/// FNV-1a, 64 bits: to tell things apart, not for safety.
pub(super) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(*b)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
