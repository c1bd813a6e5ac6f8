//! What a careful reader should know of a dataset that was read without an error.

use super::columns::{Columns, Role, by_alias};
use super::error::quoted;
use super::metadata::Catalogs;
use crate::data::LoadReport;
use crate::data::storage::Times;

/// Times beyond this many seconds (the year 5138) are taken for milliseconds.
const LAST_SECOND: i64 = 100_000_000_000;

/// Brings milliseconds, microseconds and nanoseconds to seconds, where all times are far beyond any date.
pub(super) fn settle_times(times: &mut Times, report: &mut LoadReport) {
    // What fits into four bytes is seconds.
    let Times::Wide(times) = times else { return };
    let Some(&earliest) = times.iter().min() else { return };
    let units = [
        (1_000_000_000, "nanoseconds"),
        (1_000_000, "microseconds"),
        (1000, "milliseconds"),
    ];
    // A unit a thousand times finer has its present time a thousand times further.
    let found = units
        .into_iter()
        .find(|(factor, _)| earliest / (factor / 1000) >= LAST_SECOND);
    if let Some((factor, unit)) = found {
        for time in times.iter_mut() {
            *time /= factor;
        }
        report.note(format!("times are in {unit} and were taken as such"));
    }
}

/// Says which columns were taken where their names do not say it, and that there are no ratings where there are none.
pub(super) fn note_columns(report: &mut LoadReport, columns: Columns, header: Option<&[String]>, asked_implicit: bool) {
    if let Some(header) = header {
        let name = |at: usize| header.get(at).map_or("\"\"".to_owned(), |h| quoted(h.as_bytes()));
        let known = |role| by_alias(header, role).is_some();
        if !known(Role::User) || !known(Role::Item) {
            let (user, item) = (name(columns.user), name(columns.item));
            report.note(format!("the column {user} was taken for users and {item} for items"));
        }
        if let Some(at) = columns.rating.filter(|_| !known(Role::Rating)) {
            report.note(format!("the column {} was taken for ratings", name(at)));
        }
    }
    if columns.rating.is_none() && !asked_implicit {
        report.note("there is no column of ratings: every row says only that something happened");
    }
}

/// Counts what has no counterpart, and adds a sentence for whatever looks odd.
pub(super) fn note(report: &mut LoadReport, catalogs: &Catalogs, users: usize, items: usize, one_value: Option<f64>) {
    let missing = |described: &dyn Fn(usize) -> bool, n: usize| (0..n).filter(|&i| !described(i)).count() as u64;
    if catalogs.items.has_descriptions() {
        report.items_without_metadata = missing(&|i| catalogs.items.is_described(i), items);
    }
    if catalogs.users.has_descriptions() {
        report.users_without_metadata = missing(&|u| catalogs.users.is_described(u), users);
    }
    for (catalog, what) in [(&catalogs.items, "items"), (&catalogs.users, "users")] {
        if catalog.repeated > 0 {
            report.note(format!(
                "{} rows describe {what} again and were left out",
                catalog.repeated
            ));
        }
    }
    if looks_swapped(catalogs, users, items) {
        let hint = "users and items look swapped: the ids of users are those that the metadata gives to items \
                    (use --columns to say which column is what)";
        report.note(hint);
    }
    if users == 1 {
        report.note("there is only one user: nothing can be learned from others");
    }
    if items == 1 {
        report.note("there is only one item: there is nothing else to recommend");
    }
    if one_value.is_some_and(|one| one != 1.0) {
        report.note("all ratings are the same: they tell no taste");
    }
}

/// Whether the metadata speaks for it, clearly: the catalog of items (or of users) fits the other column.
fn looks_swapped(catalogs: &Catalogs, users: usize, items: usize) -> bool {
    let share = |matching: usize, n: usize| matching as f64 / n.max(1) as f64;
    let described = |catalog: &super::catalog::Catalog, n: usize| (0..n).filter(|&i| catalog.is_described(i)).count();
    let known_in = |catalog: &super::catalog::Catalog, other: &super::catalog::Catalog, n: usize| {
        let known = |i: &u32| {
            let found = catalog.ids.find(other.ids.get(*i).as_bytes());
            found.is_some_and(|at| catalog.is_described(at as usize))
        };
        (0..n as u32).filter(known).count()
    };
    let (of_items, of_users) = (&catalogs.items, &catalogs.users);
    if of_items.has_descriptions() {
        let own = share(described(of_items, items), items);
        let other = share(known_in(of_items, of_users, users), users);
        if other > 0.9 && own < 0.5 {
            return true;
        }
        // Both number from 1: then the catalog is as long as the other column, and much longer than its own.
        let catalog = (0..of_items.ids.len()).filter(|&i| of_items.is_described(i)).count();
        if other > 0.98 && share(users, catalog) > 0.9 && share(items, catalog) < 0.7 {
            return true;
        }
    }
    if of_users.has_descriptions() {
        let own = share(described(of_users, users), users);
        let other = share(known_in(of_users, of_items, items), items);
        return other > 0.9 && own < 0.7;
    }
    false
}
