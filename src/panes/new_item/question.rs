use super::NewItem;
use super::run::{LARGE, NewItemSettings, NewItemState, NewItemWork};
use crate::answers::new_item::{USERS, completions, first_models};
use crate::answers::{CommandLine, World, command_line};
use crate::models::Formula;
use crate::panes::background::begins_up_to;
use crate::panes::controls::{Control, Kind, Step, Value};
use crate::panes::once::OnceRun;
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// The control with the item whose ratings are hidden.
pub(super) const HIDE: &str = "hide";

fn parsed(text: &str) -> Result<Vec<Formula>, String> {
    let formulas = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    formulas
        .map(|part| Formula::parse(part).map_err(|e| e.to_string()))
        .collect()
}

/// Titles that begin with what was typed, then those that hold it.
fn titles(world: &World, text: &str) -> Vec<String> {
    let wanted = text.trim().to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let data = &world.dataset;
    let labels = || data.items().map(|item| data.item_label(item));
    let of = |begins: bool| {
        labels().filter(move |label| {
            let label = label.to_lowercase();
            label.contains(&wanted) && label.starts_with(&wanted) == begins && label != wanted
        })
    };
    let mut found: Vec<String> = of.clone()(true).take(6).map(str::to_owned).collect();
    found.extend(of(false).take(6 - found.len().min(6)).map(str::to_owned));
    found
}

impl Ask for NewItem {
    type Query = NewItemSettings;
    type View = NewItemState;

    fn controls(shared: &Shared) -> Vec<Control> {
        let number = Control::number;
        let text = |name, doc, kind, default: &str| Control {
            name,
            doc,
            kind,
            default: Value::Text(default.to_owned()),
        };
        let any = |_: &str| Ok(());
        vec![
            text(
                HIDE,
                "An item of the data whose ratings are hidden, by its title or id; h takes the one in focus.",
                Kind::Completed(any, titles),
                "",
            ),
            text(
                "title",
                "The title of an item that is made up, where none is hidden.",
                Kind::Text(any),
                "",
            ),
            text(
                "features",
                "What is said of it: genre=Sci-Fi|Horror, year=1999.",
                Kind::Completed(any, |world, text| completions(&world.dataset, text)),
                "",
            ),
            text(
                "models",
                "The formulas that say who would get it.",
                Kind::Text(|text| match parsed(text)?.len() {
                    0 => Err("name a formula".to_owned()),
                    _ => Ok(()),
                }),
                first_models(shared.words.kind),
            ),
            number(
                "bonus",
                "By how much it is raised to be explored, in standard deviations of a user's scores.",
                (0.0, 10.0),
                Step::By(0.25, 1.0),
                1.0,
            ),
            number(
                "list",
                "How long lists are, and how many users are named.",
                (1.0, 1000.0),
                Step::By(1.0, 10.0),
                10.0,
            ),
            number(
                "strength",
                "How many pulls a guess from similar items counts, where it is an arm.",
                (0.0, 10_000.0),
                Step::By(5.0, 50.0),
                20.0,
            ),
        ]
    }

    fn query(shared: &Shared) -> Result<NewItemSettings, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        let (hide, title) = (settings.text(HIDE), settings.text("title"));
        if hide.trim().is_empty() && title.trim().is_empty() {
            return Err(
                "Who would get an item that nobody has rated? h hides the ratings of the one in focus; or give \
                        one a title and features below (Tab)."
                    .to_owned(),
            );
        }
        Ok(NewItemSettings {
            hide: hide.trim().to_owned(),
            title,
            features: settings.text("features"),
            models: parsed(&settings.text("models"))?,
            n: settings.number("list") as usize,
            bonus: settings.number("bonus"),
            strength: settings.number("strength"),
            users: USERS,
        })
    }

    fn source(setting: &Setting<'_>) -> Source<NewItemSettings, NewItemState> {
        let (world, pool) = (setting.world.clone(), setting.background_pool.clone());
        setting.run(begins_up_to(LARGE, setting.world), || {
            OnceRun::new(NewItemWork::new(world), pool)
        })
    }

    fn command(settings: &NewItemSettings, _: &NewItemState, world: &World, data: &[String]) -> Option<String> {
        let query = settings.query(world).ok()?;
        Some(command_line(world, data, CommandLine::NewItem(&query)))
    }
}
