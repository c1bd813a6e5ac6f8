//! Any text with one rating a row: the file that was named, or the only one in a folder that looks like ratings.

use super::super::records::Syntax;
use super::super::rows::Opened;
use super::super::sniff;
use super::{Format, How, Place, Plan, open, sample_of};

/// A folder with more files than this is not taken for a dataset.
const MOST_FILES: usize = 200;

pub(super) const FORMAT: Format = Format {
    name: "delimited",
    title: "anything delimited",
    files: "one rating a row; `--columns user=reviewerID,item=asin,rating=overall,time=unixReviewTime`, `--separator`, `--quote none`, `--time-format \"%d-%m-%Y %H:%M\"`, `--no-header`, `--items FILE`, `--users FILE`; without a rating column it is implicit",
    recognize,
    layout: None,
};

fn recognize(place: &Place) -> Option<Plan> {
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
        let path = place.path_of(name);
        if let Ok(Opened::Rows(_, _, mut file)) = open(&path, &How::default()) {
            let mut rows = vec![file.columns().to_vec()];
            rows.extend(file.sample());
            return sniff::looks_like_ratings(&rows);
        }
        let sample = sample_of(&path);
        let head = &sample[..sample.len().min(1 << 16)];
        sniff::separator(head).is_some_and(|s| sniff::looks_like_ratings(&sniff::split(head, &Syntax::of(s))))
    };
    let named: Vec<&String> = place.names.iter().take(MOST_FILES).filter(plausible).collect();
    if let [only] = named[..] {
        return vec![only.clone()];
    }
    named.into_iter().filter(looks_right).cloned().collect()
}
