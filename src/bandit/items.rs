//! Which items of a dataset become arms, and how their rates differ between kinds of people.

use std::fmt;
use std::str::FromStr;

use super::arm::Arm;
use super::error::BanditError;
use super::from_dataset::{arm_of, rate, spread, well_known};
use super::worlds::Segments;
use crate::data::{AttributeKind, Dataset, ItemIx, UserIx, clean_label, unknown};

/// How arms are chosen from the items of a dataset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// Good, middling and bad ones, their rates evenly spread.
    #[default]
    Spread,
    /// Those with the most ratings.
    Hits,
    /// Those with as many ratings as half of all items have at most, or just more.
    LongTail,
    /// Those whose rates are closest together: hard to tell apart.
    CloseRace,
}

impl Pick {
    pub const ALL: [Self; 4] = [Self::Spread, Self::Hits, Self::LongTail, Self::CloseRace];

    fn name(self) -> &'static str {
        match self {
            Self::Spread => "spread",
            Self::Hits => "hits",
            Self::LongTail => "long-tail",
            Self::CloseRace => "close-race",
        }
    }
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Pick {
    type Err = BanditError;

    fn from_str(text: &str) -> Result<Self, BanditError> {
        let found = Self::ALL.into_iter().find(|pick| pick.name() == text);
        found.ok_or_else(|| BanditError::Items(unknown("way to choose arms called", text, Self::ALL.map(Self::name))))
    }
}

/// Only items that have a name in a column of names, such as genre and Comedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Among {
    pub column: String,
    pub name: String,
}

/// `genre=Comedy`; a column whose own name holds a = stands in quotation marks, those within it doubled: `"a=b"=Comedy`.
impl fmt::Display for Among {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, name } = self;
        if column.contains('=') || column.starts_with('"') {
            write!(f, "\"{}\"={name}", column.replace('"', "\"\""))
        } else {
            write!(f, "{column}={name}")
        }
    }
}

impl FromStr for Among {
    type Err = BanditError;

    fn from_str(text: &str) -> Result<Self, BanditError> {
        let quoted = text.strip_prefix('"').and_then(|rest| {
            // The first quotation mark that is not one of two.
            let mut marks = rest.match_indices('"');
            while let Some((at, _)) = marks.next() {
                if !rest[at + 1..].starts_with('"') {
                    let name = rest[at + 1..].strip_prefix('=')?;
                    return Some((rest[..at].replace("\"\"", "\""), name));
                }
                marks.next();
            }
            None
        });
        let plain = || text.split_once('=').map(|(column, name)| (column.to_owned(), name));
        quoted
            .or_else(plain)
            .filter(|(column, name)| !column.is_empty() && !name.is_empty())
            .map(|(column, name)| Self {
                column,
                name: name.to_owned(),
            })
            .ok_or_else(|| BanditError::NotAmong(clean_label(text).into_owned()))
    }
}

/// Up to `n` items of `data` as arms, chosen by `pick`, with rates as [`super::arms_from_dataset`] has them; `among`
/// keeps to the items that have a name in a column of names, such as genre and Comedy.
pub fn arms_from_items(
    data: &Dataset,
    n: usize,
    like: Option<f64>,
    pick: Pick,
    among: Option<&Among>,
) -> Result<Vec<Arm>, BanditError> {
    let members = among
        .map(|among| members(data, &among.column, &among.name))
        .transpose()?;
    let counts = |item: &ItemIx| {
        let inside = members.as_ref().is_none_or(|m| m[item.at()]);
        inside && !data.item_row(*item).is_empty()
    };
    let mut items: Vec<ItemIx> = data.items().filter(counts).collect();
    items.sort_by_key(|&item| std::cmp::Reverse(data.item_row(item).len()));
    let raters = |item: ItemIx| data.item_row(item).len();
    let chosen = match pick {
        Pick::Hits => items[..n.min(items.len())].to_vec(),
        Pick::LongTail => {
            let median = items.get(items.len() / 2).map_or(0, |&item| raters(item));
            let end = items.partition_point(|&item| raters(item) >= median);
            items[end.saturating_sub(n)..end].to_vec()
        }
        Pick::Spread | Pick::CloseRace => {
            let pool = well_known(items, raters, n);
            let rates: Vec<f64> = pool.iter().map(|&item| rate(data, item, like)).collect();
            let places = match pick {
                Pick::CloseRace => closest(&rates, n),
                _ => spread(&rates, n),
            };
            places.into_iter().map(|at| pool[at]).collect()
        }
    };
    Ok(chosen.into_iter().map(|item| arm_of(data, item, like)).collect())
}

/// Whether each item has `name` in the column of names called `column`.
fn members(data: &Dataset, column: &str, name: &str) -> Result<Vec<bool>, BanditError> {
    let columns = &data.item_attributes().columns;
    let names = columns.iter().filter(|c| c.kind == AttributeKind::Names);
    let attribute = names.clone().find(|c| c.name == column);
    let attribute = attribute.ok_or_else(|| {
        let known = names.map(|c| c.name.as_str());
        BanditError::Items(unknown("column of names of items called", column, known))
    })?;
    let term = attribute.names().find(name);
    let term = term.ok_or_else(|| BanditError::Items(unknown(column, name, attribute.names().iter())))?;
    let has = |item: ItemIx| attribute.terms(item.at()).any(|(t, _)| t as usize == term);
    Ok(data.items().map(has).collect())
}

/// The positions, ascending, of the `n` rates with the smallest range above 0; of all equal ones the highest.
fn closest(rates: &[f64], n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rates.len()).collect();
    order.sort_by(|&a, &b| rates[b].total_cmp(&rates[a]));
    let range = |window: &[usize]| rates[window[0]] - rates[window[window.len() - 1]];
    let windows = order.windows(n.clamp(1, rates.len().max(1)));
    let tightest = windows
        .filter(|w| w.len() == 1 || range(w) > 0.0)
        .min_by(|a, b| range(a).total_cmp(&range(b)));
    let mut taken = tightest.map_or_else(Vec::new, <[usize]>::to_vec);
    taken.sort_unstable();
    taken
}

/// The most kinds of people that are told apart.
const MOST_SEGMENTS: usize = 100;

/// How many raters of the usual opinion are added to those of a segment or of an item: few say little.
pub(super) const PRIOR: f64 = 5.0;

/// The users of `data` by what a column of names says of them, such as gender or occupation; shares by their number. The
/// rate of an arm in a segment is that of its raters there, drawn to its overall rate as if `PRIOR` more had that.
pub fn segments_of(data: &Dataset, arms: &[Arm], like: Option<f64>, column: &str) -> Result<Segments, BanditError> {
    let columns = &data.user_attributes().columns;
    let names = columns.iter().filter(|c| c.kind == AttributeKind::Names);
    let attribute = names.clone().find(|c| c.name == column);
    let attribute = attribute.ok_or_else(|| {
        let known = names.map(|c| c.name.as_str());
        BanditError::Items(unknown("column of names of users called", column, known))
    })?;
    if attribute.names().len() > MOST_SEGMENTS {
        let n = attribute.names().len();
        let problem = format!("{column} tells {n} kinds of users apart, but at most {MOST_SEGMENTS} can be segments");
        return Err(BanditError::Items(problem));
    }
    let segment_of = |user: UserIx| attribute.terms(user.at()).next().map(|(term, _)| term as usize);
    let mut sizes = vec![0.0; attribute.names().len()];
    data.users()
        .filter_map(segment_of)
        .for_each(|segment| sizes[segment] += 1.0);
    let mut liked = vec![vec![0.0; arms.len()]; sizes.len()];
    let mut of = liked.clone();
    let of_all = like.is_none() && data.feedback().kind.is_countable();
    for (place, arm) in arms.iter().enumerate() {
        let Some(item) = data.find_item(&arm.id) else { continue };
        let from = like.unwrap_or_else(|| data.liked_from(item));
        for (user, value) in data.item_row(item).iter() {
            if let Some(segment) = segment_of(UserIx(user)) {
                liked[segment][place] += f64::from(value >= from);
                of[segment][place] += 1.0;
            }
        }
    }
    let rate = |segment: usize, place: usize| {
        let of: f64 = if of_all { sizes[segment] } else { of[segment][place] };
        (liked[segment][place] + PRIOR * arms[place].mean) / (of + PRIOR)
    };
    let part = |segment: usize| {
        let name = attribute.names().get(segment).to_owned();
        (
            name,
            sizes[segment],
            (0..arms.len()).map(|place| rate(segment, place)).collect(),
        )
    };
    let parts: Vec<_> = (0..sizes.len()).filter(|&s| sizes[s] > 0.0).map(part).collect();
    if parts.is_empty() {
        return Err(BanditError::Items(format!("no user has a {column}")));
    }
    Ok(Segments::new(parts))
}

#[cfg(test)]
#[path = "items_tests.rs"]
mod tests;
