use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{FactorsPaneView, Shows, shows};
use super::{cloud, color, tools};
use crate::answers::{Entity, MapView, MovedPoint, Region};
use crate::panes::PaneInput;
use crate::panes::theme::{Role, Theme, ThemeName};
use crate::panes::widgets::{Figures, NONE, Pen, Plane, Spans, fit, flow, percent, put, short, width, wrapped_message};

/// All items as dots, with who and what is in focus, region names, and how far the map can be trusted.
/// Where the points went is returned: there they can be pointed at.
pub fn draw(view: &FactorsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Rect {
    let theme = input.theme;
    let Some(map) = &view.map else {
        wrapped_message(buffer, area, "the map is being drawn", theme);
        return Rect::default();
    };
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 4 {
        let place = pen.take_below(1);
        caption(map, input, &mut Pen::new(pen.buffer(), place, theme));
    }
    if let Some(beside) = view.beside.as_ref().filter(|_| pen.lines_left() >= 8) {
        let place = pen.take_below(1);
        let (kept, disparity) = (
            Figures::with(1).text(10.0 * beside.kept),
            Figures::with(2).text(beside.disparity),
        );
        let text = format!(
            "beside {}: {kept} of 10 neighbors stay, disparity {disparity}",
            beside.other
        );
        Pen::new(pen.buffer(), place, theme).text(&text, theme.style(Role::Edited));
    }
    let found = found(map, input);
    if pen.lines_left() >= 8 {
        let lines = legend(view, found.is_some(), input, area);
        let place = pen.take_below((lines.len() as u16).min(pen.lines_left() - 6));
        let mut below = Pen::new(pen.buffer(), place, theme);
        for line in &lines {
            below.line(line);
        }
    }
    let plot = pen.left();
    if plot.is_empty() {
        return plot;
    }
    let all = map.places.iter().copied();
    let plane = Plane::around(all, input.state.pan, input.state.zoom, plot);
    let rated_style = theme.style(Role::Series(2));
    let dots = cloud::dots(map, view.shade.as_deref(), plane, theme);
    let rated = view
        .rated
        .iter()
        .filter_map(|item| map.place_of(*item))
        .map(|p| (p, 1, rated_style));
    let lit = found
        .iter()
        .flatten()
        .map(|at| (point_at(map, *at), 2, theme.style(Role::Match)));
    let moved = moved(view).into_iter().flatten();
    let trail = moved.map(|place| (place, 3, theme.style(Role::Edited)));
    let way = view.path.windows(2).flat_map(|ends| between(ends[0], ends[1]));
    let way = way.map(|place| (place, 3, theme.style(Role::Key)));
    let moves =
        strayed(view).filter_map(|moved| Some(between(map.place_of(moved.entity.item()?)?, (moved.x, moved.y))));
    let moves = moves.flatten().map(|place| (place, 2, theme.style(Role::Edited)));
    let corners = tools::open_box(&input.state.values).map(tools::Area::corners);
    let corners = corners.map(|corners| corners.map(|place| tools::on_map(map, place)));
    let sides = corners
        .into_iter()
        .flat_map(|[a, b, c, d]| [(a, b), (b, c), (c, d), (d, a)]);
    let sides = sides.flat_map(|(from, to)| between(from, to));
    let sides = sides.map(|place| (place, 4, theme.style(Role::Key)));
    plane.scatter(
        buffer,
        dots.chain(rated)
            .chain(lit)
            .chain(moves)
            .chain(trail)
            .chain(way)
            .chain(sides),
        theme,
    );
    if let Some(shade) = view
        .shade
        .as_deref()
        .filter(|shade| !shade.is_ordered && is_colorless(theme))
    {
        cloud::marks(map, shade, plane, buffer, theme);
    }
    let mut canvas = Canvas {
        buffer,
        plane,
        theme,
        taken: Vec::new(),
        named: Vec::new(),
    };
    if let Some(found) = found {
        searched(map, &found, input, &mut canvas);
        return plot;
    }
    pointed(view, map, input, &mut canvas);
    marks(view, map, is_crowded(view, area), &mut canvas);
    for moved in strayed(view) {
        canvas.name(
            (moved.x, moved.y),
            &theme.plain(&moved.label),
            theme.style(Role::Edited),
        );
    }
    // Names are for orientation: few enough that the dots are still seen.
    let most = usize::from(plot.width) * usize::from(plot.height) / 60;
    // Magnified twice as much, there is room for the next level's.
    let level = input.state.zoom.max(1.0).log2().floor() as usize;
    let regions = map.regions.get(level.min(map.regions.len().saturating_sub(1)));
    let seen = regions
        .into_iter()
        .flatten()
        .filter(|r| canvas.plane.cell((r.x, r.y)).is_some());
    let seen: Vec<&Region> = seen.take(most.max(2)).collect();
    for region in seen {
        canvas.region(&region.name, (region.x, region.y));
    }
    plot
}

/// How many of the points that another model has elsewhere are shown.
const STRAYED: usize = 12;

/// How many dots show the way from where somebody was to where they are with the edits.
const TRAIL: usize = 48;

/// The way that the edits moved somebody.
fn moved(view: &FactorsPaneView) -> Option<impl Iterator<Item = (f64, f64)>> {
    Some(between(view.before?, view.place?))
}

/// The crosshair, the name of what it is at, and the ends of a ruler.
fn pointed(view: &FactorsPaneView, map: &MapView, input: &PaneInput<'_>, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    if let Some(cross) = tools::cross(&input.state.values) {
        let here = view.near.as_ref().and_then(|near| map.points.get(near.at));
        if let Some(point) = here {
            canvas.mark((point.x, point.y), theme.symbols().moves[3], theme.style(Role::Match));
        }
        canvas.mark_or_edge(tools::on_map(map, cross), "+", input.cursor_style());
        if let Some(point) = here {
            canvas.name((point.x, point.y), &theme.plain(&point.label), theme.style(Role::Match));
        }
    }
    for (end, x) in map.ends.iter().zip([0.0, 1.0]) {
        canvas.mark((x, 0.0), theme.marker(5), theme.style(Role::Key));
        canvas.name((x, 0.0), &theme.plain(&end.label), theme.style(Role::Key));
    }
}

/// What another model has farthest from here.
fn strayed(view: &FactorsPaneView) -> impl Iterator<Item = &MovedPoint> {
    view.beside.iter().flat_map(|beside| beside.moved.iter().take(STRAYED))
}

/// The dots of a straight way.
fn between(from: (f64, f64), to: (f64, f64)) -> impl Iterator<Item = (f64, f64)> {
    (0..=TRAIL).map(move |n| {
        let share = n as f64 / TRAIL as f64;
        (from.0 + share * (to.0 - from.0), from.1 + share * (to.1 - from.1))
    })
}

/// Colors don't tell classes apart here.
fn is_colorless(theme: &Theme) -> bool {
    theme.name() == ThemeName::Mono || theme.is_ascii()
}

fn point_at(map: &MapView, at: usize) -> (f64, f64) {
    map.places.get(at).copied().unwrap_or_default()
}

/// The points that a search on the map left, the one under the cursor first.
fn found(map: &MapView, input: &PaneInput<'_>) -> Option<Vec<usize>> {
    if input.state.filter.is_empty() || shows(input.state) != Shows::Map {
        return None;
    }
    let under = input.rows.get(input.state.cursor);
    let others = input.rows.window(0, map.points.len()).map(|(_, row)| row);
    Some(
        under
            .into_iter()
            .chain(others.filter(|row| under != Some(*row)))
            .collect(),
    )
}

/// What was searched for: each a mark as long as they can be told apart, with as many names as there is room for.
fn searched(map: &MapView, found: &[usize], input: &PaneInput<'_>, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let cells = usize::from(canvas.plane.area.width) * usize::from(canvas.plane.area.height);
    let marked = &found[..found.len().min(cells / 8)];
    for at in marked.iter().skip(1).rev() {
        canvas.mark(point_at(map, *at), theme.symbols().moves[3], theme.style(Role::Match));
    }
    if let Some(at) = found.first() {
        canvas.mark_or_edge(point_at(map, *at), theme.symbols().moves[3], input.cursor_style());
    }
    for (n, at) in marked.iter().enumerate().take(cells / 60 + 1) {
        let style = if n == 0 {
            input.cursor_style()
        } else {
            theme.style(Role::Text)
        };
        if let Some(name) = map.points.get(*at).map(|point| &point.label) {
            canvas.name(point_at(map, *at), &theme.plain(name), style);
        }
    }
}

/// Whether so much is rated that it is dots and no marks: they would hide the others.
fn is_crowded(view: &FactorsPaneView, area: Rect) -> bool {
    view.rated.len() * 8 > usize::from(area.width) * usize::from(area.height)
}

/// Who or what stands out, the least important first, names from the most important on.
fn marks(view: &FactorsPaneView, map: &MapView, crowded: bool, canvas: &mut Canvas<'_>) {
    let theme = canvas.theme;
    let cells = usize::from(canvas.plane.area.width) * usize::from(canvas.plane.area.height);
    if !crowded {
        for place in view.rated.iter().filter_map(|item| map.place_of(*item)) {
            canvas.mark(place, theme.marker(4), theme.style(Role::Series(2)));
        }
    }
    let star = theme.symbols().moves[3];
    let recommended = view
        .recommended
        .iter()
        .filter_map(|(item, name)| Some((map.place_of(*item)?, name)));
    let recommended: Vec<((f64, f64), &String)> = recommended.collect();
    for (place, _) in &recommended {
        canvas.mark(*place, star, theme.style(Role::Series(1)));
    }
    let factors = &view.factors;
    let subject = match view.subject {
        Some(item) => map.place_of(item),
        None => view.place,
    };
    let focus = factors.focus.as_ref().and_then(|(named, ..)| match named.entity {
        Entity::Item(item) => map.place_of(item).map(|p| (p, named.label.as_str())),
        Entity::User(_) => None,
    });
    if let Some((place, _)) = focus {
        canvas.mark(place, theme.marker(1), theme.style(Role::Strong));
    }
    if let Some(place) = moved(view).and_then(|mut way| way.next()) {
        canvas.mark_or_edge(place, theme.marker(5), theme.style(Role::Edited));
    }
    if let Some(place) = subject {
        canvas.mark_or_edge(place, theme.marker(0), theme.style(Role::TitleFocused));
        let name = if factors.kind == "user" && factors.id.is_some() {
            format!("user {}", factors.label)
        } else {
            factors.label.clone()
        };
        canvas.name(place, &name, theme.style(Role::TitleFocused));
    }
    if let Some((place, name)) = focus {
        canvas.name(place, name, theme.style(Role::Strong));
    }
    if cells >= 900 {
        for (place, name) in recommended.iter().take(5) {
            canvas.name(*place, name, theme.style(Role::Series(1)));
        }
    }
}

/// Where marks and names are put, none over another.
struct Canvas<'a> {
    buffer: &'a mut Buffer,
    plane: Plane,
    theme: &'a Theme,
    taken: Vec<Rect>,
    named: Vec<String>,
}

impl Canvas<'_> {
    /// Puts a text over the dots; nothing of how they were drawn is left.
    fn lay(&mut self, spot: Rect, text: &str, style: Style) {
        let plain = Style::new().remove_modifier(Modifier::all());
        self.buffer.set_style(spot.intersection(self.plane.area), plain);
        put(self.buffer, self.plane.area, spot.x, spot.y, text, style);
        self.taken.push(spot);
    }

    fn mark(&mut self, place: (f64, f64), symbol: &str, style: Style) {
        if let Some((x, y)) = self.plane.cell(place) {
            self.lay(Rect::new(x, y, 1, 1), symbol, style);
        }
    }

    /// A mark; for what lies outside, one at the edge that is nearest.
    fn mark_or_edge(&mut self, place: (f64, f64), symbol: &str, style: Style) {
        if let Some((x, y)) = self.cell_or_edge(place) {
            self.lay(Rect::new(x, y, 1, 1), symbol, style);
        }
    }

    fn cell_or_edge(&self, place: (f64, f64)) -> Option<(u16, u16)> {
        let area = self.plane.area;
        let (x, y) = self.plane.dot(place)?;
        // Inside it is the cell that the plane says.
        let x = (x.round() / 2.0).clamp(0.0, f64::from(area.width) - 1.0);
        let y = (y.round() / 4.0).clamp(0.0, f64::from(area.height) - 1.0);
        Some((area.x + x as u16, area.y + y as u16))
    }

    /// A name beside a mark: to its right, else to its left, else not at all.
    fn name(&mut self, place: (f64, f64), name: &str, style: Style) {
        let Some((x, y)) = self.cell_or_edge(place) else { return };
        let area = self.plane.area;
        if self.named.iter().any(|other| other == name) {
            return;
        }
        self.named.push(name.to_owned());
        let name = fit(
            name,
            usize::from((area.width / 2).clamp(8, 32)),
            self.theme.symbols().ellipsis,
        )
        .into_owned();
        let wide = width(&name) as u16;
        let right = Rect::new(x + 2, y, wide, 1);
        let left = Rect::new(x.saturating_sub(wide + 1), y, wide, 1);
        for spot in [right, left] {
            if self.free(spot) {
                self.lay(spot, &name, style);
                return;
            }
        }
    }

    /// The name of a region around its middle, moved a line or two where something stands.
    fn region(&mut self, name: &str, place: (f64, f64)) {
        let Some((x, y)) = self.plane.cell(place).filter(|_| !self.named.iter().any(|n| n == name)) else {
            return;
        };
        let wide = width(name) as u16;
        let area = self.plane.area;
        let x = x
            .saturating_sub(wide / 2)
            .clamp(area.x, area.right().saturating_sub(wide).max(area.x));
        for shift in [0i32, -1, 1, -2, 2] {
            let Ok(line) = u16::try_from(i32::from(y) + shift) else {
                continue;
            };
            let spot = Rect::new(x, line, wide, 1);
            if self.free(spot) {
                self.lay(spot, name, self.theme.style(Role::Title));
                return;
            }
        }
    }

    /// Whether a spot lies inside and touches nothing that was put before.
    fn free(&self, spot: Rect) -> bool {
        let room = Rect::new(spot.x.saturating_sub(1), spot.y, spot.width + 2, 1);
        self.plane.area.intersection(spot) == spot
            && !self
                .taken
                .iter()
                .any(|t| t.intersects(room) && !t.is_empty() && beyond(*t, spot))
    }
}

/// A mark just before or after a name may be its own: only what overlaps the name itself, or another name, is in the way.
fn beyond(taken: Rect, spot: Rect) -> bool {
    taken.intersects(spot) || taken.width > 1
}

/// How much the map says: variance of the axes, trust, magnification.
fn caption(map: &MapView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let muted = input.theme.style(Role::Muted);
    let trust = map
        .trustworthiness
        .map(|t| format!(" · trust {}", Figures::with(2).text(t)))
        .unwrap_or_default();
    let zoom = input.state.zoom;
    let zoomed = if zoom == 1.0 {
        String::new()
    } else {
        format!(" · zoom ×{}", short(zoom))
    };
    let continuity = map
        .continuity
        .map(|c| format!(" · continuity {}", Figures::with(2).text(c)));
    let continuity = continuity.unwrap_or_default();
    let (long, brief) = match (map.explained, map.going) {
        (_, Some((step, steps))) => {
            let kl = Figures::with(2).maybe(map.kl);
            let settling = format!("t-SNE settles: step {step} of {steps}, KL {kl}{zoomed}");
            (settling, format!("t-SNE {step}/{steps}{zoomed}"))
        }
        (Some((along, across)), None) if !map.ends.is_empty() => {
            let name = |n: usize| map.ends.get(n).map_or("", |end| end.label.as_str());
            let (along, across) = (percent(along), percent(across));
            let ends = input
                .theme
                .plain(&format!("from {} to {}", name(0), name(1)))
                .into_owned();
            let long = format!("{ends}: {along} of variance, across {across}{trust}{zoomed}");
            (long, format!("ruler · {along} of variance{trust}{zoomed}"))
        }
        (Some((across, up)), None) => {
            let (across, up) = (percent(across), percent(up));
            let long = format!("axes explain {across} and {up} of variance{trust}{continuity}{zoomed}");
            (long, format!("{across} + {up}{trust}{zoomed}"))
        }
        (None, None) if map.kl.is_none() => {
            let long = format!("as {} has it{trust}{continuity}{zoomed}", map.model);
            (long, format!("{}{trust}{zoomed}", map.model))
        }
        (None, None) => {
            let kl = Figures::with(2).maybe(map.kl);
            let long = format!("t-SNE, far distances mean little · KL {kl}{trust}{continuity}{zoomed}");
            (long, format!("t-SNE · KL {kl}{trust}{zoomed}"))
        }
    };
    let least = format!(
        "trust {}{zoomed}",
        map.trustworthiness
            .map_or_else(|| NONE.to_owned(), |t| Figures::with(2).text(t))
    );
    let cells = usize::from(pen.left().width);
    let fitting = [long, brief].into_iter().find(|text| width(text) <= cells);
    pen.text(&fitting.unwrap_or(least), muted);
}

/// Every mark in use with its meaning, over as many lines as that takes.
fn legend(view: &FactorsPaneView, searched: bool, input: &PaneInput<'_>, area: Rect) -> Vec<Spans<'static>> {
    let theme = input.theme;
    let rated = if is_crowded(view, area) {
        theme.symbols().dot
    } else {
        theme.marker(4)
    };
    let star = theme.symbols().moves[3];
    let who = if view.factors.kind == "user" { "person" } else { "item" };
    let marks = if searched {
        vec![
            (star, "found", Role::Match),
            (theme.symbols().dot, "other", Role::Muted),
        ]
    } else {
        vec![
            (theme.marker(0), who, Role::TitleFocused),
            (theme.marker(5), "as stored", Role::Edited),
            (theme.marker(1), "focus", Role::Strong),
            (rated, input.words.did, Role::Series(2)),
            (star, "recommended", Role::Series(1)),
            (theme.symbols().dot, "path", Role::Key),
            (theme.marker(5), "end", Role::Key),
            (theme.symbols().dot, "other", Role::Muted),
            ("abc", "region", Role::Title),
        ]
    };
    let in_use = |name: &str| match name {
        "focus" => view.factors.focus.is_some(),
        "as stored" => view.before.is_some(),
        did if did == input.words.did => !view.rated.is_empty(),
        "recommended" => !view.recommended.is_empty(),
        "path" => !view.path.is_empty(),
        "region" => view
            .map
            .as_ref()
            .is_some_and(|map| map.regions.iter().any(|level| !level.is_empty())),
        "person" => view.place.is_some(),
        "end" => view.map.as_ref().is_some_and(|map| !map.ends.is_empty()),
        _ => true,
    };
    let classes = view.shade.as_deref().filter(|_| !searched);
    let classes = classes.into_iter().flat_map(|shade| {
        let class = |(class, name): (usize, &String)| -> Spans<'static> {
            let mark = if !shade.is_ordered && is_colorless(theme) {
                theme.marker(class)
            } else {
                theme.symbols().dot
            };
            vec![
                (format!("{mark} ").into(), color::class_style(shade, class as u8, theme)),
                (theme.plain(name).into_owned().into(), theme.style(Role::Text)),
            ]
        };
        shade.legend.iter().enumerate().map(class)
    });
    let unit = |(mark, name, role): (&str, &'static str, Role)| -> Spans<'static> {
        vec![
            (format!("{mark} ").into(), theme.style(role)),
            (name.into(), theme.style(Role::Text)),
        ]
    };
    flow(
        marks.into_iter().filter(|m| in_use(m.1)).map(unit).chain(classes),
        2,
        area.width,
    )
}
