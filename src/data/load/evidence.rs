//! What single rows say of a whole column: collected while they are read, judged by `settle`.

use super::number::Comma;
use super::records::Place;
use super::times::{Order, Time};

/// What rows say of a column, and where the first of a kind stands.
#[derive(Clone, Debug, Default)]
pub(super) struct Evidence {
    pub day_first: Option<Place>,
    pub month_first: Option<Place>,
    pub either_order: Option<(Place, String)>,
    pub decimal_comma: Option<Place>,
    pub thousands_comma: Option<Place>,
    /// The rows whose rating has a comma that may be either; it was taken to separate thousands.
    pub either_comma: Vec<usize>,
}

impl Evidence {
    pub fn note_time(&mut self, time: Time, field: &[u8], place: impl FnOnce() -> Place) {
        let first = match time.order {
            Order::Same => return,
            Order::DayFirst => &mut self.day_first,
            Order::MonthFirst => &mut self.month_first,
            Order::Either => {
                let text = || String::from_utf8_lossy(field.trim_ascii()).into_owned();
                self.either_order.get_or_insert_with(|| (place(), text()));
                return;
            }
        };
        first.get_or_insert_with(place);
    }

    pub fn note_comma(&mut self, comma: Comma, row: usize, place: Place) {
        match comma {
            Comma::Decimal => _ = self.decimal_comma.get_or_insert(place),
            Comma::Thousands => _ = self.thousands_comma.get_or_insert(place),
            Comma::Either => self.either_comma.push(row),
        }
    }

    /// Adds what later rows say, which stand behind `lines` lines and `rows` rows.
    pub fn extend(&mut self, later: &Self, lines: u64, rows: usize) {
        let moved = |place: Place| Place {
            line: place.line + lines,
            ..place
        };
        let firsts = [
            (&mut self.day_first, later.day_first),
            (&mut self.month_first, later.month_first),
            (&mut self.decimal_comma, later.decimal_comma),
            (&mut self.thousands_comma, later.thousands_comma),
        ];
        for (first, new) in firsts {
            *first = first.or(new.map(moved));
        }
        if let (None, Some((place, text))) = (&self.either_order, &later.either_order) {
            self.either_order = Some((moved(*place), text.clone()));
        }
        self.either_comma
            .extend(later.either_comma.iter().map(|row| rows + row));
    }

    /// Lines counted from the first that was read on: what `read_some` has counted from the beginning of the file.
    pub fn count_from(&mut self, first_line: u64) {
        let places = [
            &mut self.day_first,
            &mut self.month_first,
            &mut self.decimal_comma,
            &mut self.thousands_comma,
        ];
        let either = self.either_order.as_mut().map(|(place, _)| place);
        for place in places.into_iter().flatten().chain(either) {
            place.line = 1 + place.line - first_line;
        }
    }
}
