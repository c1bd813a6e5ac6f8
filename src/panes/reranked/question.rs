use std::sync::Arc;

use super::Reranked;
use crate::answers::{HybridView, World};
use crate::models::Formula;
use crate::panes::hybrid::question::{FormulaQuery, command, query, source};
use crate::panes::{Ask, Setting, Shared, Source};

/// It asks what the formula's pane asks, but for the rows around the cursor.
impl Ask for Reranked {
    type Query = FormulaQuery;
    type View = HybridView;

    fn query(shared: &Shared) -> Result<FormulaQuery, String> {
        query(shared, None)
    }

    fn source(_setting: &Setting<'_>) -> Source<FormulaQuery, HybridView> {
        source()
    }

    fn command(query: &FormulaQuery, _view: &HybridView, world: &World, data: &[String]) -> Option<String> {
        Some(command(query, world, data))
    }

    fn models((_, formula, ..): &FormulaQuery) -> Vec<Arc<Formula>> {
        vec![Arc::clone(formula)]
    }
}
