//! Any text with one rating a row: the file that was named, or the only one in a folder that looks like ratings.

use super::super::records::Syntax;
use super::super::sniff;
use super::{Place, Plan, sample_of};

/// A folder with more files than this is not taken for a dataset.
const MOST_FILES: usize = 200;

pub(super) fn recognize(place: &Place) -> Option<Plan> {
    if let Some(file) = &place.file {
        return Some(Plan::of("delimited", file.clone()));
    }
    let found = candidates(place);
    match &found[..] {
        [one] => Some(Plan::of("delimited", place.path_of(one))),
        _ => None,
    }
}

/// The files of a folder that look like ratings.
pub(in super::super) fn candidates(place: &Place) -> Vec<String> {
    let plausible = |name: &&String| {
        let lower = name.to_ascii_lowercase();
        let extension = lower.rsplit_once('.').map(|(_, extension)| extension);
        !lower.starts_with(['.', '_']) && !lower.starts_with("readme") && extension != Some("md")
    };
    let looks_right = |name: &&String| {
        let sample = sample_of(&place.path_of(name));
        let head = &sample[..sample.len().min(1 << 16)];
        sniff::separator(head).is_some_and(|s| sniff::looks_like_ratings(&sniff::split(head, &Syntax::of(s))))
    };
    place
        .names
        .iter()
        .take(MOST_FILES)
        .filter(plausible)
        .filter(looks_right)
        .cloned()
        .collect()
}
