//! Strategies side by side for the same newcomer: what each would show them now.

use std::sync::Arc;

use serde::Serialize;

use super::{AnswerError, Entity, Named, Whose, World};
use crate::evaluate::onboarding::{Server, Strategy, kind_column, stated_by};
use crate::models::Formula;
use crate::models::formula::Variable;
use crate::task::Task;

/// What strategies would show somebody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrategiesView {
    /// How many ratings they have given.
    pub ratings: usize,
    /// The kinds that they say they like, or would by their ratings.
    pub stated: Vec<String>,
    pub strategies: Vec<StrategyList>,
}

/// What one strategy would show.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrategyList {
    /// A formula, `stated` or `bandit`.
    pub name: String,
    /// The list, best first.
    pub items: Vec<Named>,
    /// How many of them are in the list of the first strategy, too.
    pub shared: usize,
    /// The branch that a switching formula takes for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// It shows nothing as it is still being fitted.
    #[serde(skip)]
    pub is_fitting: bool,
    /// Why it shows nothing: it is being fitted, or cannot be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct StrategiesQuery {
    pub whose: Whose,
    pub strategies: Vec<Strategy>,
    /// Names of kinds that they say they like; none for what their ratings tell.
    pub stated: Vec<String>,
    pub n: usize,
}

/// The lists. Models are not fitted here: one that is not yet says so.
///
/// # Errors
/// [`AnswerError::Unknown`] for a kind that there is not; cancellation.
pub fn compute(world: &World, query: &StrategiesQuery, task: &Task) -> Result<StrategiesView, AnswerError> {
    let data = &world.dataset;
    let profile = Arc::new(world.profile(&query.whose));
    let column = kind_column(data);
    let stated: Vec<u32> = if query.stated.is_empty() {
        let known: Vec<_> = profile.rows().iter().map(|row| (row.item, row.rating)).collect();
        if known.is_empty() {
            Vec::new()
        } else {
            stated_by(data, &known)
        }
    } else {
        let find = |name: &String| {
            let names = column.map(crate::data::Attribute::names);
            let found = names.and_then(|names| names.iter().position(|n| n.eq_ignore_ascii_case(name)));
            let known = names.into_iter().flat_map(crate::data::Ids::iter);
            found.map(|at| at as u32).ok_or_else(|| {
                let what = column.map_or("kind", |column| column.name.as_str());
                AnswerError::Unknown(crate::data::unknown(what, name, known))
            })
        };
        query.stated.iter().map(find).collect::<Result<_, _>>()?
    };
    let mut view = StrategiesView {
        ratings: profile.len(),
        stated: (stated.iter())
            .filter_map(|name| Some(column?.names().get(*name as usize).to_owned()))
            .collect(),
        strategies: Vec::new(),
    };
    for strategy in &query.strategies {
        task.cancel.check()?;
        let mut list = StrategyList {
            name: strategy.to_string(),
            items: Vec::new(),
            shared: 0,
            branch: branch(strategy, profile.len()),
            is_fitting: false,
            error: None,
        };
        match server(world, strategy, task) {
            Ok(server) => {
                let items = server.list(data, &profile, &stated, query.n, &task.cancel)?;
                list.items = items.into_iter().map(|item| world.named(Entity::Item(item))).collect();
            }
            Err(AnswerError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(why) => {
                list.is_fitting = matches!(why, AnswerError::Fitting(_));
                list.error = Some(why.to_string());
            }
        }
        let first = view.strategies.first().unwrap_or(&list);
        let is_first = |item: &&Named| first.items.iter().any(|other| other.entity == item.entity);
        list.shared = list.items.iter().filter(is_first).count();
        view.strategies.push(list);
    }
    Ok(view)
}

fn server(world: &World, strategy: &Strategy, task: &Task) -> Result<Server, AnswerError> {
    // What takes long was fitted before, or is being fitted.
    match strategy {
        Strategy::Model(formula) => ready(world, formula)?,
        Strategy::Bandit if kind_column(&world.dataset).is_none() => ready(world, &Formula::parse("als")?)?,
        Strategy::Stated | Strategy::Bandit => {}
    }
    Ok(Server::prepare(
        strategy,
        &world.dataset,
        &world.fits,
        world.seed(),
        task,
    )?)
}

/// Whether the model is fitted; if not, whether that was tried in vain.
fn ready(world: &World, formula: &Formula) -> Result<(), AnswerError> {
    match (world.fitted(formula), world.fits.failure(formula)) {
        (Err(_), Some(why)) => Err(AnswerError::Unfit(why)),
        (fitted, _) => fitted.map(drop),
    }
}

/// Which formula a switch over the number of ratings takes.
fn branch(strategy: &Strategy, ratings: usize) -> Option<String> {
    let Strategy::Model(mut formula) = strategy.clone() else {
        return None;
    };
    let mut taken = None;
    while let Formula::Switch { test, yes, no } = &formula {
        if test.variable != Variable::Ratings {
            break;
        }
        let branch = if test.is_met(ratings) { yes } else { no };
        taken = Some(branch.to_string());
        formula = (**branch).clone();
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::ItemIx;
    use crate::models::Catalog;

    #[test]
    fn the_same_newcomer_is_served_by_every_strategy() {
        let world = World::new(crate::models::tests_common::synthetic(40, 30), 42);
        let text = "popularity; item-knn; als; switch(ratings<3 ? popularity : item-knn)";
        let strategies = Strategy::parse_all(text, &Catalog::default()).unwrap();
        let task = Task::unattended();
        let query = |ratings: Vec<(ItemIx, f64)>| StrategiesQuery {
            whose: Whose::Guest(Arc::new(ratings)),
            strategies: strategies.clone(),
            stated: Vec::new(),
            n: 5,
        };
        for text in ["popularity", "item-knn"] {
            world.fit(&Formula::parse(text).unwrap(), &task).unwrap();
        }
        let rated: Vec<(ItemIx, f64)> = (0..4).map(|i| (ItemIx(i), 5.0)).collect();
        for (n, branch, same) in [(2, "popularity", 0), (4, "item-knn", 1)] {
            let view = compute(&world, &query(rated[..n].to_vec()), &task).unwrap();
            assert_eq!((view.ratings, view.strategies.len()), (n, 4));
            assert_eq!(view.strategies[3].branch.as_deref(), Some(branch));
            assert_eq!(view.strategies[3].items, view.strategies[same].items);
            assert_eq!((view.strategies[0].shared, view.strategies[0].items.len()), (5, 5));
            // The model is not fitted yet, which is said.
            assert!(
                view.strategies[2].items.is_empty()
                    && view.strategies[2].error.as_deref() == Some("als is being fitted")
            );
        }
        // One that cannot be fitted says why, once that was tried.
        let mut unfit = query(Vec::new());
        unfit.strategies = Strategy::parse_all("augment(popularity -> content)", &Catalog::default()).unwrap();
        let [before, after] = [false, true].map(|tried| {
            if let (true, Strategy::Model(formula)) = (tried, &unfit.strategies[0]) {
                assert!(world.fit(formula, &task).is_err());
            }
            compute(&world, &unfit, &task).unwrap().strategies.remove(0)
        });
        assert!(before.is_fitting && !after.is_fitting && after.error.unwrap().contains("no latent factors"));
        let mut wrong = query(Vec::new());
        wrong.stated = vec!["no such kind".to_owned()];
        assert!(matches!(compute(&world, &wrong, &task), Err(AnswerError::Unknown(_))));
    }
}
