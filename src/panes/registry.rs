use super::ask::Setting;
use super::controls::Value;
use super::pane::Pane;
use super::rows::Pointed;
use super::selection::PaneId;
use super::shared::{ActionRow, Leads, Shared};
use super::slot::{self, Slot};
use crate::models::Formula;

/// A pane in the registry.
pub struct PaneSpec {
    pub id: PaneId,
    /// What its cursor sets, where it sets something.
    pub leads: Option<Leads>,
    /// It starts at the top when the subject or the model changes.
    pub is_about_subject: bool,
    pub actions: &'static [ActionRow],
    /// What leads to it from every pane.
    pub everywhere: &'static [ActionRow],
    /// Brings what is shared in line with it.
    pub settle: fn(&mut Shared),
    pub replace_model: fn(&mut Shared, &str, &Formula),
    /// Sets a control that is bound to something shared.
    pub bind: fn(&mut Shared, &str, Option<&Value>) -> bool,
    /// The mouse on the plane that it drew.
    pub pointed: fn(&mut Shared, (f64, f64), Pointed) -> bool,
    pub open: fn(&Setting<'_>) -> Box<dyn Slot>,
}

impl PaneSpec {
    const fn of<P: Pane + Default>() -> Self {
        Self {
            id: P::ID,
            leads: P::LEADS,
            is_about_subject: P::IS_ABOUT_SUBJECT,
            actions: P::ACTIONS,
            everywhere: P::EVERYWHERE,
            settle: P::settle,
            replace_model: P::replace_model,
            bind: P::bind,
            pointed: P::pointed,
            open: slot::open::<P>,
        }
    }
}

/// The registry: one line a pane.
pub static PANES: &[PaneSpec] = &[
    PaneSpec::of::<super::profile::Profile>(),
    PaneSpec::of::<super::recommendations::Recommendations>(),
    PaneSpec::of::<super::why::Why>(),
    PaneSpec::of::<super::neighbors::Neighbors>(),
    PaneSpec::of::<super::neighborhood::Neighborhood>(),
    PaneSpec::of::<super::co_rated::CoRated>(),
    PaneSpec::of::<super::brings::Brings>(),
    PaneSpec::of::<super::measures::Measures>(),
    PaneSpec::of::<super::factors::Factors>(),
    PaneSpec::of::<super::cold_start::ColdStart>(),
    PaneSpec::of::<super::hybrid::Hybrid>(),
    PaneSpec::of::<super::reranked::Reranked>(),
    PaneSpec::of::<super::tuning::Tuning>(),
    PaneSpec::of::<super::changes::Changes>(),
    PaneSpec::of::<super::leaderboard::Leaderboard>(),
    PaneSpec::of::<super::lesson::Lesson>(),
    PaneSpec::of::<super::users::Users>(),
    PaneSpec::of::<super::slices::Slices>(),
    PaneSpec::of::<super::tradeoff::Tradeoff>(),
    PaneSpec::of::<super::heat::Heat>(),
    PaneSpec::of::<super::tune::Tune>(),
    PaneSpec::of::<super::data::Data>(),
    PaneSpec::of::<super::questions::Questions>(),
    PaneSpec::of::<super::because::Because>(),
    PaneSpec::of::<super::answer::Answer>(),
    PaneSpec::of::<super::edits::Edits>(),
    PaneSpec::of::<super::policies::Policies>(),
    PaneSpec::of::<super::off_policy::OffPolicy>(),
    PaneSpec::of::<super::strategies::Strategies>(),
    PaneSpec::of::<super::new_item::NewItem>(),
    PaneSpec::of::<super::newcomer::Newcomer>(),
    PaneSpec::of::<super::learning::Learning>(),
    PaneSpec::of::<super::before_after::BeforeAfter>(),
    PaneSpec::of::<super::request::RequestPane>(),
    PaneSpec::of::<super::rank_flow::RankFlow>(),
    PaneSpec::of::<super::simulator::Simulator>(),
    PaneSpec::of::<super::nightly::Nightly>(),
    PaneSpec::of::<super::retrieval::Retrieval>(),
    PaneSpec::of::<super::experiment::Experiment>(),
    PaneSpec::of::<super::sequential::Sequential>(),
    PaneSpec::of::<super::decisions::Decisions>(),
    PaneSpec::of::<super::interleaving::Interleaving>(),
    PaneSpec::of::<super::peeking::Peeking>(),
    PaneSpec::of::<super::pitfall::PitfallPane>(),
    PaneSpec::of::<super::power::Power>(),
];

/// The pane of this name.
pub fn spec(id: PaneId) -> Option<&'static PaneSpec> {
    PANES.iter().find(|s| s.id == id)
}
