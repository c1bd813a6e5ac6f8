use std::sync::Arc;

use super::Profile;
use crate::answers::{CommandLine, ProfileView, Subject, World, command_line, profile};
use crate::data::Edits;
use crate::panes::{Ask, Setting, Shared, Source};

impl Ask for Profile {
    type Query = (Subject, Arc<Edits>);
    type View = ProfileView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        Ok((selection.subject.clone(), Arc::clone(&selection.edits)))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(|(subject, _): &Self::Query, job| {
            crate::task::panic_if_asked("worker");
            profile::compute(job.world, subject, &job.task.cancel)
        })
    }

    fn command((subject, _): &Self::Query, _view: &ProfileView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Profile(subject)))
    }
}
