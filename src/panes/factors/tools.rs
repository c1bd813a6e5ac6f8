//! What somebody points at on the map: the crosshair, a box, the ends of a ruler. Places are parts of the whole map, 0 to 1
//! across and up, whatever is seen of it, and are remembered among the values of the pane.

use ratatui::layout::Rect;

use crate::answers::{Entity, MapPoint, MapView};
use crate::data::ItemIx;
use crate::panes::controls::{Value, Values};
use crate::panes::widgets::Plane;
use crate::panes::{PaneState, Pointed};

/// A place on the whole map.
pub(super) type Place = (f64, f64);

/// A part of the map, upright.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Area {
    pub x: (f64, f64),
    pub y: (f64, f64),
}

/// An end of a ruler.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum End {
    Item(ItemIx),
    /// The middle of what is there on the map without the ruler.
    Box(Area),
}

/// By what a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Order {
    /// The hubs first.
    #[default]
    Hubs,
    /// Those whose place is to be believed least first.
    Trust,
    Name,
    /// From left to right: along a ruler.
    Across,
}

impl Order {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Hubs, "hubs first"),
        (Self::Trust, "least trusted first"),
        (Self::Name, "by name"),
        (Self::Across, "from left to right"),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(order, _)| *order == self)
            .map_or("", |(_, name)| name)
    }

    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|(order, _)| *order == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()].0
    }

    /// The one that is remembered.
    pub fn remembered(values: &Values) -> Self {
        let named = text(values, ORDER);
        let found = Self::ALL.iter().find(|(_, name)| Some(*name) == named);
        found.map_or_else(Self::default, |(order, _)| *order)
    }

    pub fn remember(self, values: &mut Values) {
        keep(values, ORDER, (self != Self::default()).then(|| self.name().to_owned()));
    }

    /// Sorts points by their places on the map's list.
    pub fn sort(self, places: &mut [u32], map: &MapView) {
        let point = |at: &u32| &map.points[*at as usize];
        let trust = |at: &u32| point(at).trust.unwrap_or(f64::INFINITY);
        match self {
            Self::Hubs => places.sort_by_key(|at| (std::cmp::Reverse(point(at).hubness.unwrap_or(0)), *at)),
            Self::Trust => places.sort_by(|a, b| trust(a).total_cmp(&trust(b)).then(a.cmp(b))),
            Self::Name => places.sort_by(|a, b| point(a).label.cmp(&point(b).label).then(a.cmp(b))),
            Self::Across => places.sort_by(|a, b| point(a).x.total_cmp(&point(b).x).then(a.cmp(b))),
        }
    }
}

// Under what each is remembered.
const AT: &str = "at";
const CORNER: &str = "corner";
const LISTED: &str = "listed";
const ENDS: &str = "ends";
const ORDER: &str = "order";
/// A drag moves the map, as the press that began it set the crosshair.
const DRAGS: &str = "drags";

fn text<'a>(values: &'a Values, name: &str) -> Option<&'a str> {
    match values.get(name) {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn keep(values: &mut Values, name: &str, text: Option<String>) {
    match text {
        Some(text) => drop(values.insert(name.to_owned(), Value::Text(text))),
        None => drop(values.remove(name)),
    }
}

/// Numbers with spaces between them, all finite.
fn numbers<const N: usize>(text: &str) -> Option<[f64; N]> {
    let read = |n: &str| n.parse::<f64>().ok().filter(|n| n.is_finite());
    let numbers: Vec<f64> = text.split(' ').map_while(read).collect();
    numbers.try_into().ok()
}

fn place(values: &Values, name: &str) -> Option<Place> {
    numbers(text(values, name)?).map(|[x, y]| (x, y))
}

/// Where the crosshair is, while there is one.
pub(super) fn cross(values: &Values) -> Option<Place> {
    place(values, AT)
}

/// The box from the corner that was set to the crosshair.
pub(super) fn open_box(values: &Values) -> Option<Area> {
    Some(Area::between(place(values, CORNER)?, cross(values)?))
}

/// What is listed.
pub(super) fn listed(values: &Values) -> Option<Area> {
    Area::read(text(values, LISTED)?)
}

/// Turns the crosshair on, in the middle of what is seen, or off.
pub(super) fn toggle_cross(state: &mut PaneState) {
    let on = cross(&state.values).is_none();
    let middle = (0.5 + state.pan.0, 0.5 + state.pan.1);
    keep(&mut state.values, AT, on.then(|| written(middle)));
    keep(&mut state.values, CORNER, None);
}

/// Moves the crosshair by parts of what is seen; the map follows where it would leave that.
pub(super) fn step_cross(state: &mut PaneState, (right, up): (f64, f64)) {
    let Some((x, y)) = cross(&state.values) else { return };
    let zoom = state.zoom.max(1.0);
    let to = ((x + right / zoom).clamp(0.0, 1.0), (y + up / zoom).clamp(0.0, 1.0));
    let seen = Area::seen(state);
    let beyond = |at: f64, (low, high): (f64, f64)| (at - high).max(0.0) + (at - low).min(0.0);
    state.pan.0 += beyond(to.0, seen.x);
    state.pan.1 += beyond(to.1, seen.y);
    keep(&mut state.values, AT, Some(written(to)));
}

/// Sets a corner of a box where the crosshair is, or lets go of the one that was set.
pub(super) fn toggle_corner(state: &mut PaneState) {
    let corner = cross(&state.values).filter(|_| place(&state.values, CORNER).is_none());
    keep(&mut state.values, CORNER, corner.map(written));
}

/// Lists the box, or what is seen of the map.
pub(super) fn list(state: &mut PaneState) {
    let area = open_box(&state.values).unwrap_or_else(|| Area::seen(state));
    keep(&mut state.values, LISTED, Some(area.written()));
    keep(&mut state.values, CORNER, None);
}

/// The mouse on the map, at a share of what is seen from its upper left. Says whether it was for the tools: else a drag moves
/// the map.
pub(super) fn point(state: &mut PaneState, (across, down): (f64, f64), how: Pointed) -> bool {
    let seen = Area::seen(state);
    let at = (
        seen.x.0 + across * (seen.x.1 - seen.x.0),
        seen.y.1 - down * (seen.y.1 - seen.y.0),
    );
    let (here, values) = (cross(&state.values), &mut state.values);
    match how {
        Pointed::Press => {
            keep(values, DRAGS, here.is_none().then(|| "map".to_owned()));
            keep(values, CORNER, None);
        }
        Pointed::Drag if text(values, DRAGS).is_some() => return false,
        Pointed::Drag => {
            if place(values, CORNER).is_none() {
                keep(values, CORNER, here.map(written));
            }
        }
    }
    keep(values, AT, Some(written(at)));
    true
}

/// The ends of the ruler that were set, two at most.
pub(super) fn ends(values: &Values) -> Vec<End> {
    let read = |end: &str| match end.split_once(' ')? {
        ("item", number) => Some(End::Item(ItemIx(number.parse().ok()?))),
        ("box", area) => Some(End::Box(Area::read(area)?)),
        _ => None,
    };
    let all = text(values, ENDS).unwrap_or_default().split(';');
    all.filter_map(|end| read(end.trim())).take(2).collect()
}

/// Sets the first end, then the second; where both are set the ruler is put away. Says what it did.
pub(super) fn add_end(values: &mut Values, end: Option<End>) -> &'static str {
    let mut ends = ends(values);
    let said = match (ends.len(), end) {
        (2, _) => {
            keep(values, ENDS, None);
            return "The ruler is put away.";
        }
        (_, None) => return "A ruler is from one point to another: point at one first (p).",
        (1, Some(end)) if ends[0] == end => return "That is the first end: point at another.",
        (0, _) => "One end is set: r sets the other.",
        _ => "Everything is laid between the two ends: r puts the ruler away.",
    };
    ends.extend(end);
    let write = |end: &End| match end {
        End::Item(item) => format!("item {}", item.0),
        End::Box(area) => format!("box {}", area.written()),
    };
    let text: Vec<String> = ends.iter().map(write).collect();
    keep(values, ENDS, Some(text.join("; ")));
    said
}

/// A place in the map's own coordinates.
pub(super) fn on_map(map: &MapView, (x, y): Place) -> (f64, f64) {
    let whole = whole(map);
    let at = |share: f64, (low, high): (f64, f64)| low + share * (high - low);
    (at(x, whole.x), at(y, whole.y))
}

fn whole(map: &MapView) -> Plane {
    let all = map.places.iter().copied();
    Plane::around(all, (0.0, 0.0), 1.0, Rect::default())
}

fn written((x, y): Place) -> String {
    format!("{x} {y}")
}

impl Area {
    fn between(one: Place, other: Place) -> Self {
        let sorted = |a: f64, b: f64| (a.min(b), a.max(b));
        Self {
            x: sorted(one.0, other.0),
            y: sorted(one.1, other.1),
        }
    }

    /// What the map shows now.
    pub fn seen(state: &PaneState) -> Self {
        let half = 0.5 / state.zoom.max(1.0);
        let around = |pan: f64| (0.5 + pan - half, 0.5 + pan + half);
        Self {
            x: around(state.pan.0),
            y: around(state.pan.1),
        }
    }

    fn read(text: &str) -> Option<Self> {
        numbers(text).map(|[x0, y0, x1, y1]| Self::between((x0, y0), (x1, y1)))
    }

    fn written(self) -> String {
        format!("{} {} {} {}", self.x.0, self.y.0, self.x.1, self.y.1)
    }

    /// Its corners, around it.
    pub fn corners(self) -> [Place; 4] {
        [
            (self.x.0, self.y.0),
            (self.x.1, self.y.0),
            (self.x.1, self.y.1),
            (self.x.0, self.y.1),
        ]
    }

    /// The places of the points inside, as they stand on the map's list. O(points).
    pub fn points(self, map: &MapView) -> Vec<u32> {
        let (low, high) = (on_map(map, (self.x.0, self.y.0)), on_map(map, (self.x.1, self.y.1)));
        let inside = |point: &MapPoint| (low.0..=high.0).contains(&point.x) && (low.1..=high.1).contains(&point.y);
        (0..map.points.len() as u32)
            .filter(|at| inside(&map.points[*at as usize]))
            .collect()
    }
}

impl End {
    /// What it is the middle of. `map` is the one without the ruler: boxes are of that.
    pub fn entities(self, map: Option<&MapView>) -> Vec<Entity> {
        match (self, map) {
            (Self::Item(item), _) => vec![Entity::Item(item)],
            (Self::Box(area), Some(map)) => {
                let inside = area.points(map).into_iter();
                inside.map(|at| map.points[at as usize].entity).collect()
            }
            (Self::Box(_), None) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> PaneState {
        PaneState {
            zoom: 2.0,
            pan: (0.1, -0.2),
            ..PaneState::default()
        }
    }

    fn near(one: Place, other: Place) -> bool {
        (one.0 - other.0).abs() < 1e-12 && (one.1 - other.1).abs() < 1e-12
    }

    #[test]
    fn a_press_sets_the_crosshair_and_a_drag_moves_the_map_until_there_is_one() {
        let mut state = state();
        assert!(point(&mut state, (0.0, 0.0), Pointed::Press));
        // The upper left of what is seen: half of the map, its middle a tenth to the right and a fifth down.
        assert!(near(cross(&state.values).unwrap(), (0.35, 0.55)));
        assert!(!point(&mut state, (0.5, 0.5), Pointed::Drag), "the map moves");
        assert_eq!(open_box(&state.values), None);
        assert!(point(&mut state, (0.5, 0.5), Pointed::Press));
        assert!(point(&mut state, (1.0, 1.0), Pointed::Drag));
        let area = open_box(&state.values).unwrap();
        assert!(near((area.x.0, area.y.1), (0.6, 0.3)) && near((area.x.1, area.y.0), (0.85, 0.05)));
        list(&mut state);
        assert_eq!((listed(&state.values), open_box(&state.values)), (Some(area), None));
        toggle_cross(&mut state);
        assert_eq!(cross(&state.values), None);
    }

    #[test]
    fn the_map_follows_the_crosshair() {
        let mut state = state();
        toggle_cross(&mut state);
        for _ in 0..40 {
            step_cross(&mut state, (0.1, 0.1));
        }
        assert!(near(cross(&state.values).unwrap(), (1.0, 1.0)));
        let seen = Area::seen(&state);
        assert!(
            (seen.x.1 - 1.0).abs() < 1e-9 && (seen.y.1 - 1.0).abs() < 1e-9,
            "{seen:?}"
        );
        toggle_corner(&mut state);
        step_cross(&mut state, (-0.5, -0.5));
        assert!(near((open_box(&state.values).unwrap().x.0, 0.0), (0.75, 0.0)));
        toggle_corner(&mut state);
        assert_eq!(open_box(&state.values), None);
    }

    #[test]
    fn a_ruler_has_two_ends_and_what_a_session_says_is_checked() {
        let mut values = Values::new();
        assert!(add_end(&mut values, None).contains("point at one"));
        let area = Area::between((0.1, 0.9), (0.4, 0.2));
        assert!(add_end(&mut values, Some(End::Item(ItemIx(7)))).contains("One end"));
        assert!(add_end(&mut values, Some(End::Item(ItemIx(7)))).contains("another"));
        assert!(add_end(&mut values, Some(End::Box(area))).contains("between"));
        assert_eq!(ends(&values), [End::Item(ItemIx(7)), End::Box(area)]);
        add_end(&mut values, None);
        assert!(ends(&values).is_empty());
        for wrong in ["item x; box 1", "NaN", "box 0 0 inf 1", "item -3"] {
            values.insert(ENDS.to_owned(), Value::Text(wrong.to_owned()));
            values.insert(AT.to_owned(), Value::Text(wrong.to_owned()));
            assert!(ends(&values).is_empty() && cross(&values).is_none(), "{wrong}");
        }
        let mut order = Order::default();
        for _ in 0..4 {
            order = order.next();
            order.remember(&mut values);
            assert_eq!(Order::remembered(&values), order);
        }
        assert_eq!(order, Order::default());
    }
}
