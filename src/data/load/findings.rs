//! What a careful reader should know of a dataset that was read without an error.

use super::columns::{Columns, Role, by_alias};
use super::error::quoted;
use super::interner::Interner;
use super::metadata::Catalogs;
use super::number::parse_number;
use crate::data::{LoadReport, clean_label};

/// Says which columns were taken where their names do not say it, which were not, and that there are no ratings where there
/// are none. `width` is the usual number of fields.
pub(super) fn note_columns(
    report: &mut LoadReport,
    columns: Columns,
    header: Option<&[String]>,
    width: usize,
    asked_implicit: bool,
) {
    let taken = [Some(columns.user), Some(columns.item), columns.rating, columns.time];
    let is_free = |at: &usize| !taken.contains(&Some(*at));
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
        let unread: Vec<String> = (0..header.len())
            .filter(is_free)
            .filter(|&at| !header[at].is_empty())
            .map(name)
            .collect();
        note_unread(report, &unread);
    } else {
        // The rating that --implicit leaves out is left out on purpose.
        let unread = (0..width).filter(is_free).count() - usize::from(asked_implicit && width > 2);
        match unread {
            0 => {}
            1 => report.note("1 further column was not read"),
            _ => report.note(format!("{unread} further columns were not read")),
        }
    }
    if columns.rating.is_none() && !asked_implicit {
        report.note("there is no column of ratings: every row says only that something happened");
    }
}

fn note_unread(report: &mut LoadReport, names: &[String]) {
    const MOST: usize = 12;
    let more = names.len().saturating_sub(MOST);
    let shown = names[..names.len() - more].join(", ");
    match (names.len(), more) {
        (0, _) => {}
        (1, _) => report.note(format!("the column {shown} was not read")),
        (_, 0) => report.note(format!("the columns {shown} were not read")),
        _ => report.note(format!("the columns {shown} and {more} more were not read")),
    }
}

/// A first row of words where all others have numbers among their ids was a header, most likely.
pub(super) fn note_header_taken_as_data(report: &mut LoadReport, columns: Columns, rows: &[Vec<String>]) {
    let [first, others @ ..] = rows else { return };
    let id = |row: &Vec<String>, at: usize| row.get(at).cloned().unwrap_or_default();
    let has_digit = |text: &str| text.bytes().any(|b| b.is_ascii_digit());
    let is_header = [columns.user, columns.item]
        .into_iter()
        .all(|at| !has_digit(&id(first, at)) && others.iter().all(|row| has_digit(&id(row, at))));
    if is_header && others.len() > 1 {
        let (user, item) = (id(first, columns.user), id(first, columns.item));
        report.note(format!(
            "the first row looks like a header, and was read as data (with --columns user={},item={} it is one)",
            clean_label(&user),
            clean_label(&item)
        ));
    }
}

/// What was counted in the ratings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub users: usize,
    pub items: usize,
    pub rows: usize,
    /// Where all ratings are the same.
    pub one_value: Option<f64>,
}

/// With fewer rows, that each has another user (or item) is no wonder.
const MANY: usize = 20;

/// Counts what has no counterpart, and adds a sentence for whatever looks odd.
pub(super) fn note(report: &mut LoadReport, catalogs: &Catalogs, counted: Counted) {
    let Counted { users, items, .. } = counted;
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
    if counted.rows >= MANY && users == counted.rows {
        report.note("every user has one row: is this a catalog? (--columns says which column is what)");
    } else if counted.rows >= MANY && items == counted.rows {
        report.note("every item has one row: is that column a number of rows? (--columns says which column is what)");
    }
    let is_decimal = |id: &str| id.contains('.') && parse_number(id.as_bytes()).is_some();
    if let Some(id) = mostly(&catalogs.items.ids, items, is_decimal) {
        report.note(format!(
            "the ids of items are decimal numbers such as {id}: is that the column of ratings? (--columns says which \
             column is what)"
        ));
    }
    let is_marked = |id: &str| id.len() > 2 && id.starts_with('"') && id.ends_with('"');
    if let Some(id) = mostly(&catalogs.items.ids, items, is_marked).or(mostly(&catalogs.users.ids, users, is_marked)) {
        report.note(format!(
            "quotation marks are part of ids such as {id} (say --quote double where they enclose fields)"
        ));
    }
    if users == 1 {
        report.note("there is only one user: nothing can be learned from others");
    }
    if items == 1 {
        report.note("there is only one item: there is nothing else to recommend");
    }
    if counted.one_value.is_some_and(|one| one != 1.0) {
        report.note("all ratings are the same: they tell no taste");
    }
}

/// The first of `n` ids that is such, where nine in ten are.
fn mostly(ids: &Interner, n: usize, is_such: impl Fn(&str) -> bool) -> Option<String> {
    let some = n.min(1000);
    let mut such = (0..some as u32).map(|id| ids.get(id)).filter(|id| is_such(id));
    let first = such.next()?.to_owned();
    (10 * (1 + such.count()) >= 9 * some).then_some(first)
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
