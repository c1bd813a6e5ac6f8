use std::sync::Arc;

use super::Because;
use crate::answers::{ExplainView, World};
use crate::models::Formula;
use crate::panes::why::Why;
use crate::panes::why::question::WhyQuery;
use crate::panes::{Ask, Setting, Shared, Source};

/// It asks what Why asks.
impl Ask for Because {
    type Query = WhyQuery;
    type View = ExplainView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        Why::query(shared)
    }

    fn source(setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Why::source(setting)
    }

    fn command(query: &Self::Query, view: &ExplainView, world: &World, data: &[String]) -> Option<String> {
        Why::command(query, view, world, data)
    }

    fn models(query: &Self::Query) -> Vec<Arc<Formula>> {
        Why::models(query)
    }
}
