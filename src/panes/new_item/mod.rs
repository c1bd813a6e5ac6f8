//! New item: who would get an item that nobody has rated yet, by which model, what exploring it would cost the others, and
//! how it fares as an arm in a slot of its own.

mod question;
mod run;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::background::PAUSED;
use super::controls::Value;
use super::theme::Role;
use super::widgets::{
    Column, Content, Figures, NONE, Pen, Spans, draw_table, entity_key, percent, plural, score, thousands,
};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Rows, Selection, Shared, Target, cells};
use crate::answers::{NewItemModel, NewItemView, SlotView, World};
use crate::bandit::Arm;
use crate::engine::Order;
use crate::panes::cold_start::add_this_arm;
use question::HIDE;
pub use run::NewItemState;

/// An item that nobody has rated yet.
#[derive(Default)]
pub struct NewItem;

/// The model whose users are shown.
fn chosen<'a>(view: &'a NewItemState, state: &PaneState) -> Option<(usize, &'a NewItemModel)> {
    let models = &view.result.as_ref()?.models;
    let at = state.mode % models.len().max(1);
    models.get(at).map(|model| (at, model))
}

impl Pane for NewItem {
    const ID: PaneId = PaneId("new_item");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = &[
        ActionRow {
            id: "hide_item",
            title: "Hide the item in focus",
            hint: "hide item",
            doc: "As if nobody had rated it: who liked it is the truth for models.",
            keys: &["h"],
            run: hide,
            possible: |shared| shared.selection.item().is_some(),
        },
        ActionRow {
            id: "new_item_as_arm",
            title: "Make it an arm",
            hint: "as an arm",
            doc: "The item enters the bandit, a made-up one with a likely rate.",
            keys: &["a"],
            run: as_arm,
            possible: |shared| shared.facts.arm.is_some(),
        },
        ActionRow {
            id: "run_new_item",
            title: "Run or stop",
            hint: "run/stop",
            doc: "Fits the models without its ratings, or stops that.",
            keys: &["space"],
            run: |shared, _| shared.order(Order::Toggle),
            possible: |_| true,
        },
    ];

    fn title(&self, view: Option<&NewItemState>, _selection: &Selection) -> String {
        match view.and_then(|v| v.result.as_ref()) {
            None => "New item".to_owned(),
            Some(view) => format!("New item · {}", view.label),
        }
    }

    fn modes(&self) -> usize {
        3
    }

    fn rows(&self, view: &NewItemState, state: &PaneState) -> usize {
        chosen(view, state).map_or(0, |(_, model)| model.best.len())
    }

    fn row_text(&self, view: &NewItemState, state: &PaneState, row: usize) -> String {
        let best = chosen(view, state).and_then(|(_, model)| model.best.get(row));
        best.map(|best| best.user.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &NewItemState, state: &PaneState, row: usize) -> Option<Target> {
        let best = chosen(view, state)?.1.best.get(row)?;
        Some(Target::Entity(best.user.entity))
    }

    fn arm(&self, view: &NewItemState) -> Option<Arm> {
        view.result.as_ref()?.slot.as_ref()?.result.arms.first().cloned()
    }

    fn row_key(&self, view: &NewItemState, state: &PaneState, row: usize) -> u64 {
        let best = chosen(view, state).and_then(|(_, model)| model.best.get(row));
        best.map_or(row as u64, |best| entity_key(best.user.entity))
    }

    fn draw(&self, view: &NewItemState, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        if let Some(report) = &view.report {
            pen.text(report, theme.style(Role::Muted));
        }
        let Some(result) = &view.result else {
            if view.report.is_none() {
                let text = if view.asks {
                    "models are fitted without its ratings, which takes a while: space begins"
                } else {
                    PAUSED
                };
                pen.paragraph("", text, 3, theme.style(Role::Muted));
            }
            return Drawn::default();
        };
        about(result, input, &mut pen);
        models(result, input, &mut pen);
        let Some((at, model)) = chosen(view, input.state) else {
            return Drawn::default();
        };
        // Some rows of users are more than all of what follows.
        if pen.lines_left() >= 9
            && let Some(slot) = &result.slot
        {
            let place = pen.take_below(2);
            arm(slot, input, &mut Pen::new(pen.buffer(), place, theme));
        }
        if pen.lines_left() >= 7 {
            let place = pen.take_below(2);
            price(model, input, &mut Pen::new(pen.buffer(), place, theme));
        }
        let body = pen.left();
        users(result, at, model, input, body, buffer)
    }

    fn export(&self, view: &NewItemState) -> Export {
        let mut table = Export::of_columns("model user label score rank rating liked".split(' '));
        for model in view.result.iter().flat_map(|result| &result.models) {
            for best in &model.best {
                table.rows.push(cells![
                    model.name.clone(),
                    best.user.id.clone(),
                    best.user.label.clone(),
                    best.score,
                    best.rank,
                    best.rating,
                    best.liked.to_string()
                ]);
            }
        }
        table
    }
}

fn hide(shared: &mut Shared, world: &World) {
    let Some(item) = shared.selection.item() else { return };
    let id = world.dataset.item_id(item).to_owned();
    let label = world.dataset.item_label(item);
    shared.notice = Some(format!("The ratings of {label} are hidden here, and nowhere else."));
    let values = &mut shared.memory_mut(NewItem::ID).values;
    values.insert(HIDE.to_owned(), Value::Text(id));
}

fn as_arm(shared: &mut Shared, _: &World) {
    if let Some(arm) = shared.facts.arm.take() {
        add_this_arm(shared, &arm);
    }
}

/// What is said of the item, and who liked it.
fn about(view: &NewItemView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    if pen.lines_left() >= 8 && !view.features.is_empty() {
        let said: Vec<&str> = view.features.iter().map(|f| f.values.as_str()).collect();
        let said = said.join(&format!(" {} ", theme.symbols().dot));
        pen.text(&theme.plain(&said), theme.style(Role::Muted));
    }
    if pen.lines_left() < 6 {
        return;
    }
    let looked = plural(view.users, "user");
    let text = match view.likers {
        Some(likers) => {
            let activity = view.auc_of_activity.map_or_else(String::new, |auc| {
                format!("; by their activity alone AUC {}", score(auc))
            });
            format!("{looked}, {} of them liked it{activity}", thousands(likers as u64))
        }
        None => looked,
    };
    pen.text(&theme.plain(&text), theme.style(Role::Muted));
}

/// A line a model: how well it finds those who liked it, and in how many lists it is.
fn models(view: &NewItemView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let shown = input.state.mode % view.models.len().max(1);
    let place = pen.take((view.models.len() as u16 + 1).min(pen.lines_left()));
    let columns = [
        Column::fixed("", 1),
        Column::flex("model", 8, 1).at_most(34),
        Column::fixed("AUC", 5)
            .right()
            .optional(if view.likers.is_some() { 1 } else { 4 }),
        Column::fixed("median rank", 11).right().optional(3),
        Column::fixed("lists", 6).right(),
        Column::fixed(format!("+{}", score(view.bonus)), 6).right().optional(2),
    ];
    let state = PaneState {
        cursor: shown,
        ..PaneState::default()
    };
    let quiet = PaneInput {
        focused: false,
        rows: Rows::All(view.models.len()),
        state: &state,
        ..*input
    };
    draw_table(&columns, &quiet, place, pen.buffer(), |row| {
        let model = view.models.get(row)?;
        let marker = Content::styled(theme.marker(row), theme.style(Role::Series(row)));
        if let Some(error) = &model.error {
            let text = format!("{}: {error}", model.name);
            return Some(vec![marker, Content::styled(text, theme.style(Role::Warning))]);
        }
        let lists = |bonus: f64| model.exposure.iter().find(|e| e.bonus == bonus).map(|e| e.lists);
        let count = |count: Option<usize>| count.map_or_else(|| NONE.to_owned(), |n| n.to_string());
        let role = if row == shown { Role::Strong } else { Role::Text };
        Some(vec![
            marker,
            Content::styled(theme.plain(&model.name).into_owned(), theme.style(role)),
            Content::text(
                model
                    .auc
                    .map_or_else(|| NONE.to_owned(), |auc| Figures::with(3).text(auc)),
            ),
            Content::text(count(model.median_rank)),
            Content::text(count(lists(0.0))),
            Content::text(count(lists(view.bonus))),
        ])
    });
}

/// What bonuses do, and who loses by the one that is set.
fn price(model: &NewItemModel, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let mut spans: Spans<'_> = vec![("bonus → lists ".into(), theme.style(Role::Muted))];
    for exposure in &model.exposure {
        let liked = exposure.liked.map_or_else(String::new, |liked| format!(" ({liked})"));
        let text = format!("{} → {}{liked}  ", score(exposure.bonus), exposure.lists);
        spans.push((theme.plain(&text).into_owned().into(), theme.style(Role::Text)));
    }
    if model.exposure.iter().any(|e| e.liked.is_some()) {
        spans.push(("(of likers)".into(), theme.style(Role::Muted)));
    }
    pen.line(&spans);
    let lost: Vec<String> = (model.displaced.iter())
        .map(|d| format!("{} {}", d.item.label, d.lists))
        .collect();
    let text = if lost.is_empty() {
        "no other item loses its place".to_owned()
    } else {
        format!("out of most lists: {}", lost.join(", "))
    };
    pen.text(&theme.plain(&text), theme.style(Role::Muted));
}

/// How the item fares in a slot that a bandit fills.
fn arm(slot: &SlotView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let Some(new) = slot.result.arms.first() else { return };
    let guess = new.guess.map_or_else(|| NONE.to_owned(), percent);
    let rate = if slot.is_rate_known {
        "liked by"
    } else {
        "supposed to be liked by"
    };
    let text = format!(
        "as an arm: {rate} {}, similar items let expect {guess}",
        percent(new.mean)
    );
    pen.text(&theme.plain(&text), theme.style(Role::Muted));
    let lost = |at: usize| slot.result.policies.get(at).and_then(|p| p.regret_mean.last().copied());
    if let (Some(flat), Some(informed)) = (lost(0), lost(1)) {
        let text = format!(
            "likes lost in {} pulls: {} from a flat prior, {} from that guess",
            slot.result.horizon,
            score(flat),
            score(informed)
        );
        pen.text(&text, theme.style(Role::Text));
    }
}

fn users(
    view: &NewItemView,
    series: usize,
    model: &NewItemModel,
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let theme = input.theme;
    let scores = Figures::of(model.best.iter().map(|best| best.score));
    let ratings = Figures::of_values(input.words.kind, model.best.iter().filter_map(|best| best.rating));
    let name = format!(
        "{} suits best",
        model.name.split([':', '(']).next().unwrap_or(&model.name)
    );
    let columns = [
        Column::fixed("", 1),
        Column::flex(name, 8, 1).at_most(40),
        Column::fixed("score", scores.width(model.best.iter().map(|b| b.score)).max(5))
            .right()
            .optional(2),
        Column::fixed("rank", 6).right(),
        Column::fixed("gave it", 7)
            .right()
            .optional(if view.likers.is_some() { 1 } else { 4 }),
    ];
    draw_table(&columns, input, area, buffer, |row| {
        let best = model.best.get(row)?;
        let role = if best.liked { Role::Positive } else { Role::Text };
        Some(vec![
            Content::styled(theme.marker(series), theme.style(Role::Series(series))),
            Content::styled(theme.plain(&best.user.label).into_owned(), theme.style(role)),
            Content::text(scores.text(best.score)),
            Content::text(best.rank.to_string()),
            Content::styled(
                best.rating.map_or_else(String::new, |r| ratings.text(r)),
                theme.style(role),
            ),
        ])
    })
}

#[cfg(test)]
mod tests;
