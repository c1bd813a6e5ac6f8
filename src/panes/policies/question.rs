use std::sync::Arc;

use super::Policies;
use super::run::{PoliciesRun, PoliciesSettings, PoliciesView};
use crate::answers::World;
use crate::bandit::MOST_RUNS;
use crate::engine::RunState;
use crate::panes::cold_start::{ColdStart, command_of};
use crate::panes::controls::{Control, Kind, Range, Step, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

impl Ask for Policies {
    type Query = PoliciesSettings;
    type View = PoliciesView;

    fn controls(_shared: &Shared) -> Vec<Control> {
        vec![Control {
            name: "runs",
            doc: "How many runs are averaged over; policies, arms and horizon are those of Cold start.",
            kind: Kind::Number(Range {
                min: 1.0,
                max: MOST_RUNS as f64,
                step: Step::Decades,
                unit: "",
            }),
            default: Value::Number(200.0),
        }]
    }

    fn query(shared: &Shared) -> Result<PoliciesSettings, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        let bandit = ColdStart::query(shared)?;
        Ok(PoliciesSettings {
            // How fast one run is watched is nothing to these.
            bandit: crate::panes::cold_start::BanditSettings { speed: None, ..bandit },
            runs: settings.number("runs") as u64,
        })
    }

    fn source(setting: &Setting<'_>) -> Source<PoliciesSettings, PoliciesView> {
        let (dataset, pool) = (Arc::clone(&setting.world.dataset), setting.background_pool.clone());
        setting.run(RunState::Running, || PoliciesRun::new(dataset, pool))
    }

    fn command(settings: &PoliciesSettings, _: &PoliciesView, world: &World, data: &[String]) -> Option<String> {
        command_of(&settings.bandit, settings.runs, world, data)
    }
}
