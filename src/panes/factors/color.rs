//! What the points of the map are colored by, and how that is shown.

use std::sync::Arc;

use ratatui::style::Style;

use crate::answers::map::shade::{Shade, ShadeBy};
use crate::answers::{Subject, World};
use crate::models::Formula;
use crate::panes::controls::{Control, Kind, Settings, Value, Values};
use crate::panes::theme::{Role, Theme};

/// What is chosen.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Color {
    /// How many points are in a cell.
    Density,
    Trust,
    Hubness,
    Popularity,
    /// The scores of the list beside the map.
    Scores,
    Attribute(String),
}

/// The choices as the control writes them; the last is any column of the data.
const CHOICES: [&str; 8] = [
    "density",
    "genre",
    "year",
    "popularity",
    "hubness",
    "trust",
    "scores",
    "attribute",
];

/// The choice of a color, and of an attribute where that is chosen.
pub(super) fn color_controls(values: &Values) -> Vec<Control> {
    let choice = Control {
        name: "color",
        doc: "What the points of the map are colored by; trust: the share of 10 neighbors that are true, scores: the list's.",
        kind: Kind::Choice(CHOICES.map(str::to_owned).to_vec()),
        default: Value::Text(CHOICES[0].to_owned()),
    };
    let mut controls = vec![choice];
    if values.get("color") == Some(&Value::Text("attribute".to_owned())) {
        controls.push(Control {
            name: "attribute",
            doc: "The column of the items' table that colors the points.",
            kind: Kind::Completed(|_| Ok(()), columns),
            default: Value::Text("genre".to_owned()),
        });
    }
    controls
}

fn columns(world: &World, typed: &str) -> Vec<String> {
    let names = world.dataset.item_attributes().columns.iter().map(|c| c.name.clone());
    names.filter(|name| name.starts_with(typed)).collect()
}

/// What the controls say.
pub(super) fn color_of(settings: &Settings) -> Color {
    match settings.text("color").as_str() {
        "trust" => Color::Trust,
        "hubness" => Color::Hubness,
        "popularity" => Color::Popularity,
        "scores" => Color::Scores,
        "attribute" => Color::Attribute(settings.text("attribute")),
        name @ ("genre" | "year") => Color::Attribute(name.to_owned()),
        _ => Color::Density,
    }
}

impl Color {
    /// What the data is asked for; nothing for what the map itself says, and for the scores of a list of users.
    pub fn by(&self, formula: &Arc<Formula>, subject: &Subject) -> Option<ShadeBy> {
        match (self, subject) {
            (Self::Density, _) | (Self::Scores, Subject::Item(_)) => None,
            (Self::Trust, _) => Some(ShadeBy::Trust),
            (Self::Hubness, _) => Some(ShadeBy::Hubness),
            (Self::Popularity, _) => Some(ShadeBy::Popularity),
            (Self::Scores, Subject::Person(whose)) => Some(ShadeBy::Scores(Formula::clone(formula), whose.clone())),
            (Self::Attribute(name), _) => Some(ShadeBy::Attribute(name.clone())),
        }
    }
}

/// From the least to the most: brighter and brighter, without a color from dim to underlined.
const LEVELS: [Role; 4] = [Role::Muted, Role::Title, Role::Strong, Role::Match];

/// The style of a class; of classes with an order the last is the brightest.
pub(super) fn class_style(shade: &Shade, class: u8, theme: &Theme) -> Style {
    let class = usize::from(class);
    theme.style(if shade.is_ordered {
        LEVELS[(class + LEVELS.len())
            .saturating_sub(shade.legend.len())
            .min(LEVELS.len() - 1)]
    } else {
        Role::Series(class)
    })
}

/// The style of a cell with so many points, where `levels` are the counts at which it becomes brighter.
pub(super) fn density_style(count: u32, levels: [u32; 3], theme: &Theme) -> Style {
    theme.style(LEVELS[levels.iter().filter(|level| count > **level).count()])
}

/// The counts of half, four fifths and nineteen in twenty of the cells that have any point.
pub(super) fn density_levels(counts: impl Iterator<Item = u32>) -> [u32; 3] {
    let mut counts: Vec<u32> = counts.filter(|n| *n > 0).collect();
    counts.sort_unstable();
    [0.5, 0.8, 0.95].map(|share| {
        let at = (counts.len().saturating_sub(1) as f64 * share) as usize;
        counts.get(at).copied().unwrap_or(0).max(1)
    })
}
