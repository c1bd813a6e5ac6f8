//! `dataset.toml` in a folder: what a dataset says of itself. `synthetic = true` marks invented data, so that every screen
//! can say so; `name = "films"` names it.

use std::io::Read;

use serde::Deserialize;

use super::formats::Place;
use super::input;
use crate::data::LoadReport;

/// What the file may say; anything else in it is left alone.
#[derive(Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) struct Marker {
    #[serde(default)]
    pub synthetic: bool,
    pub name: Option<String>,
}

/// Reads the marker beside the ratings, if there is one.
pub(super) fn read(place: &Place, report: &mut LoadReport) -> Marker {
    let Some(path) = place.find("dataset.toml") else {
        return Marker::default();
    };
    let mut text = String::new();
    // A few lines are expected; more than this is something else.
    let opened = input::open(&path).ok();
    let read = opened.and_then(|file| file.bytes.take(1 << 16).read_to_string(&mut text).ok());
    read.and_then(|_| toml::from_str(&text).ok()).unwrap_or_else(|| {
        report.note("dataset.toml: not understood, and so left aside");
        Marker::default()
    })
}
