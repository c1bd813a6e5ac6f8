//! What is read or answered by one key: help, pages, the rating editor, the export dialog.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::actions::{ACTIONS, Scope};
use super::super::editing::step_of;
use super::super::keymap::Keymap;
use super::super::state::State;
use super::draw::Scene;
use crate::panes::Role;
use crate::panes::widgets::{centered, fit, popup, put, put_right, short, width, wrap};

pub fn help(scene: &Scene<'_>, scroll: usize, body: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let lines = help_lines(scene.state, scene.keymap);
    let area = centered(body, 100, (lines.len() as u16).saturating_add(2));
    let note = if lines.len() > usize::from(area.height.saturating_sub(2)) {
        "↓ more"
    } else {
        ""
    };
    let inside = popup(buffer, area, "What is possible here", &theme.plain(note), theme);
    let most = lines.len().saturating_sub(usize::from(inside.height));
    for (n, (keys, title, doc)) in lines
        .iter()
        .skip(scroll.min(most))
        .take(usize::from(inside.height))
        .enumerate()
    {
        let y = inside.y + n as u16;
        if keys.is_empty() && doc.is_empty() {
            put(
                buffer,
                inside,
                inside.x + 1,
                y,
                title,
                inside.width,
                theme.style(Role::Header),
            );
            continue;
        }
        put_right(
            buffer,
            inside,
            inside.x + 19.min(inside.width),
            y,
            &theme.plain(keys),
            theme.style(Role::Key),
        );
        let title = fit(title, 24, theme.symbols().ellipsis);
        put(buffer, inside, inside.x + 21, y, &title, 24, theme.style(Role::Text));
        let room = inside.width.saturating_sub(46);
        let doc = fit(doc, usize::from(room), theme.symbols().ellipsis);
        put(buffer, inside, inside.x + 46, y, &doc, room, theme.style(Role::Muted));
    }
}

/// (keys, title, doc) of everything possible, the pane's own first; a lone title is a heading.
fn help_lines(state: &State, keymap: &Keymap) -> Vec<(String, String, String)> {
    let pane = state.pane();
    let groups = [
        (
            Scope::Pane(pane.0),
            format!("In this pane: {}", pane.0.replace('_', " ")),
        ),
        (Scope::Panes, "In every pane".to_owned()),
        (Scope::Always, "Always".to_owned()),
    ];
    let mut lines = Vec::new();
    for (scope, heading) in groups {
        let possible = ACTIONS.iter().filter(|a| a.scope == scope && (a.possible)(state));
        let rows: Vec<_> = possible
            .map(|a| {
                let keys: Vec<String> = keymap.keys(a.id).iter().map(|k| k.shown()).collect();
                (keys.join(" "), a.title.to_owned(), a.doc.to_owned())
            })
            .collect();
        if !rows.is_empty() {
            lines.push((String::new(), heading, String::new()));
            lines.extend(rows);
        }
    }
    lines.push((
        "1 … 0".to_owned(),
        "Screens".to_owned(),
        "Those that stand in the bar.".to_owned(),
    ));
    lines
}

pub fn page(scene: &Scene<'_>, title: &str, lines: &[String], scroll: usize, body: Rect, buffer: &mut Buffer) {
    let cells = usize::from(body.width.saturating_sub(6)).max(1);
    let wrapped = |line: &String| match wrap(line, cells) {
        none if none.is_empty() => vec![String::new()],
        some => some,
    };
    let lines: Vec<String> = lines.iter().flat_map(wrapped).collect();
    let widest = lines.iter().map(|l| width(l)).max().unwrap_or(0).max(width(title) + 4) as u16;
    let area = centered(body, widest.saturating_add(4), (lines.len() as u16).saturating_add(2));
    let inside = popup(buffer, area, title, "", scene.theme);
    let most = lines.len().saturating_sub(usize::from(inside.height));
    for (n, text) in lines
        .iter()
        .skip(scroll.min(most))
        .take(usize::from(inside.height))
        .enumerate()
    {
        let text = scene.theme.plain(text);
        let y = inside.y + n as u16;
        put(
            buffer,
            inside,
            inside.x + 1,
            y,
            &text,
            inside.width,
            scene.theme.style(Role::Text),
        );
    }
}

pub fn rating(
    scene: &Scene<'_>,
    label: &str,
    value: Option<f64>,
    stored: Option<f64>,
    body: Rect,
    buffer: &mut Buffer,
) {
    let theme = scene.theme;
    let scale = scene.world.dataset.scale();
    let wide = (width(label) as u16 + 6).clamp(40, 70);
    let mut area = centered(body, wide, 5);
    // Low, so that what changes above is seen.
    area.y = body.bottom().saturating_sub(area.height + 1).max(body.y);
    let inside = popup(buffer, area, "What if the rating were …", "", theme);
    let label = fit(label, usize::from(inside.width), theme.symbols().ellipsis);
    put(
        buffer,
        inside,
        inside.x + 1,
        inside.y,
        &label,
        inside.width,
        theme.style(Role::Strong),
    );
    let shown = |v: Option<f64>| v.map_or("no rating".to_owned(), short);
    let mut x = inside.x + 1;
    x += put(
        buffer,
        inside,
        x,
        inside.y + 1,
        &shown(value),
        inside.width,
        theme.style(Role::Edited),
    ) + 2;
    let steps = ((scale.max - scale.min) / step_of(scale)).round().clamp(0.0, 20.0) as u16 + 1;
    let filled = value.map_or(0, |v| {
        ((v - scale.min) / step_of(scale)).round().clamp(0.0, 20.0) as u16 + 1
    });
    let (full, empty) = if theme.is_ascii() { ("#", ".") } else { ("●", "○") };
    for n in 0..steps {
        let (symbol, role) = if n < filled {
            (full, Role::Edited)
        } else {
            (empty, Role::Muted)
        };
        put(buffer, inside, x + n, inside.y + 1, symbol, 1, theme.style(role));
    }
    let was = format!("was {}", shown(stored));
    put_right(
        buffer,
        inside,
        inside.right().saturating_sub(1),
        inside.y + 1,
        &was,
        theme.style(Role::Muted),
    );
    let range = format!(
        "{} to {} · x removes it · Enter keeps it",
        short(scale.min),
        short(scale.max)
    );
    put(
        buffer,
        inside,
        inside.x + 1,
        inside.y + 2,
        &theme.plain(&range),
        inside.width,
        theme.style(Role::Muted),
    );
}

pub fn export(scene: &Scene<'_>, body: Rect, buffer: &mut Buffer) {
    let theme = scene.theme;
    let options: Vec<_> = ACTIONS.iter().filter(|a| a.scope == Scope::Export).collect();
    let area = centered(body, 48, options.len() as u16 + 2);
    let title = format!("Export {}", scene.state.pane().0.replace('_', " "));
    let inside = popup(buffer, area, &title, "", theme);
    for (n, action) in options.iter().enumerate().take(usize::from(inside.height)) {
        let y = inside.y + n as u16;
        put_right(
            buffer,
            inside,
            inside.x + 5,
            y,
            &scene.keymap.hint(action.id),
            theme.style(Role::Key),
        );
        put(
            buffer,
            inside,
            inside.x + 7,
            y,
            action.title,
            16,
            theme.style(Role::Text),
        );
        let doc = fit(
            action.doc,
            usize::from(inside.width.saturating_sub(24)),
            theme.symbols().ellipsis,
        );
        put(
            buffer,
            inside,
            inside.x + 24,
            y,
            &doc,
            inside.width,
            theme.style(Role::Muted),
        );
    }
}
