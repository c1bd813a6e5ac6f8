use super::{Data, filters};
use crate::answers::{CommandLine, InfoView, World, command_line, info};
use crate::panes::controls::Control;
use crate::panes::{Ask, Pane, Setting, Shared, Source};

impl Ask for Data {
    type Query = ();
    type View = InfoView;

    fn query(_shared: &Shared) -> Result<(), String> {
        Ok(())
    }

    fn source(_setting: &Setting<'_>) -> Source<(), InfoView> {
        Source::computed(|(), job| info::compute(job.world, &job.task.cancel))
    }

    fn controls(shared: &Shared) -> Vec<Control> {
        filters::controls(&shared.filters)
    }

    fn settle(shared: &mut Shared) {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        shared.wanted_filters = filters::filters(&settings, shared.selection.seed);
    }

    fn command((): &(), _view: &InfoView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Info))
    }
}
