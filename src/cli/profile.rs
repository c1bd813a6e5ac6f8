use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::info::histogram;
use super::options::{DataOptions, SubjectOptions};
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, clean, rounded};
use super::{CliError, Run};
use crate::answers::text::plural;
use crate::answers::{ProfileView, profile};
use crate::data::{Day, FeedbackKind};

/// Everything known of one user or item.
#[derive(Debug, Args)]
pub struct Profile {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    subject: SubjectOptions,
}

impl Run for Profile {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let (world, subject) = self.subject.resolve(context.world(&self.data)?)?;
        let view = profile::compute(&world, &subject, &context.task.cancel)?;
        context.print(&view, &["id", "label", "rating", "stored", "time"], rows, text)
    }
}

fn rows(view: &ProfileView) -> Vec<[String; 5]> {
    let rows = view.rows.iter().map(|r| {
        let stored = r.stored.unwrap_or(r.rating);
        let time = r.time.map_or_else(String::new, |t| t.to_string());
        [r.id, r.label, exact_or_empty(r.rating), exact_or_empty(stored), time]
    });
    rows.collect()
}

fn text(view: &ProfileView) -> String {
    let mut text = match &view.subject {
        Some(named) if named.kind == "user" => format!("user {}\n", named.label),
        Some(named) => format!("{} (item {})\n", named.label, clean(&named.id)),
        None => "a guest\n".to_owned(),
    };
    let mut line = view.words.row.counted(view.ratings as u64);
    if let (FeedbackKind::Counts, Some(median), Some(mean)) = (view.words.kind, view.median, view.mean) {
        let unit = view.words.unit.many;
        let _ = write!(
            line,
            ", median {}, {} {unit} in all",
            rounded(median),
            rounded(mean * view.ratings as f64)
        );
    } else if let (Some(mean), Some(deviation)) = (view.mean, view.deviation) {
        let _ = write!(
            line,
            ", mean {}, standard deviation {}",
            rounded(mean),
            rounded(deviation)
        );
    }
    if view.edits > 0 {
        let _ = write!(line, ", {}", plural(view.edits, "edit"));
    }
    let _ = writeln!(text, "{line}");
    let mut attributes = Table::new([("", Left), ("", Left)]);
    view.attributes
        .iter()
        .for_each(|(name, value)| attributes.row([clean(name), value.clone()]));
    let _ = write!(text, "{attributes}\n{}\n", histogram(&view.histogram, view.words));
    let mut table = Table::new([
        ("id", Either),
        ("label", Left),
        (view.words.unit.one, Right),
        ("on", Left),
        ("", Left),
    ]);
    for r in view.rows.iter() {
        let was = r.stored.map_or_else(String::new, |s| match s {
            Some(rating) => format!("edited, was {}", exact(rating)),
            None if view.words.kind == FeedbackKind::Ratings => "edited, was unrated".to_owned(),
            None => format!("edited, was not {}", view.words.did),
        });
        let rating = r.rating.map_or_else(|| "–".to_owned(), rounded);
        let day = r
            .time
            .map_or_else(String::new, |t| Day::of_seconds(t.seconds()).to_string());
        table.row([clean(&r.id), r.label, rating, day, was]);
    }
    let _ = write!(text, "{table}");
    text
}
