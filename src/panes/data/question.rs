use super::Data;
use crate::answers::{CommandLine, InfoView, World, command_line, info};
use crate::panes::{Ask, Setting, Shared, Source};

impl Ask for Data {
    type Query = ();
    type View = InfoView;

    fn query(_shared: &Shared) -> Result<(), String> {
        Ok(())
    }

    fn source(_setting: &Setting<'_>) -> Source<(), InfoView> {
        Source::computed(|(), job| info::compute(job.world, &job.task.cancel))
    }

    fn command((): &(), _view: &InfoView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Info))
    }
}
