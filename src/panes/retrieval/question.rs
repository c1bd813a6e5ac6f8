use super::{Retrieval, RetrievalShown};
use crate::answers::pipeline::retrieval::{USERS, widths};
use crate::answers::{AnswerError, CommandLine, RetrievalLab, RetrievalQuery, RetrievalView, World, command_line};
use crate::engine::RunState;
use crate::panes::controls::{Control, Step};
use crate::panes::factors::{chosen, model_control};
use crate::panes::once::{OnceRun, Work};
use crate::panes::{Ask, Pane, Setting, Shared, Source};
use crate::pipeline::retrieval::MOST_LINKS;
use crate::task::Task;

/// Builds a graph and asks it; the graph is kept for those who only ask it otherwise.
pub struct RetrievalWork {
    world: World,
    lab: RetrievalLab,
}

impl Work for RetrievalWork {
    type Settings = RetrievalQuery;
    type Result = RetrievalView;
    const FIRST: &'static str = "the model is fitted";

    fn compute(
        &mut self,
        query: &RetrievalQuery,
        task: &Task,
        partial: &mut dyn FnMut(&RetrievalView, &str),
    ) -> Result<RetrievalView, AnswerError> {
        self.lab
            .compute(&self.world, query, task, &mut |view| partial(view, "asking the graph"))
    }
}

impl Ask for Retrieval {
    type Query = RetrievalQuery;
    type View = RetrievalShown;

    fn controls(shared: &Shared) -> Vec<Control> {
        let number = Control::number;
        vec![
            model_control(
                "Whose items are linked; auto: the first one with factors in the formula of all panes.",
                &shared.values(Self::ID),
            ),
            number(
                "M",
                "Links of an item in each upper layer of the graph; twice as many at the bottom.",
                (2.0, MOST_LINKS as f64),
                Step::By(1.0, 8.0),
                16.0,
            ),
            number(
                "ef construction",
                "How many nearest items are kept in mind while one is linked: more, and the graph is better and takes longer.",
                (MOST_LINKS as f64, 2_000.0),
                Step::Decades,
                200.0,
            ),
            number(
                "ef search",
                "The same while it is searched, at most: a row for 10, 20, 50 and so on up to this.",
                (10.0, 10_000.0),
                Step::Decades,
                200.0,
            ),
            number("k", "How many items are wanted.", (1.0, 1_000.0), Step::Decades, 100.0),
            number(
                "users",
                "How many users ask, chosen evenly over the file.",
                (10.0, 100_000.0),
                Step::Decades,
                USERS as f64,
            ),
        ]
    }

    fn query(shared: &Shared) -> Result<RetrievalQuery, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        let whole = |name| settings.number(name) as usize;
        Ok(RetrievalQuery {
            formula: chosen(shared, &settings.text("model")),
            m: whole("M"),
            ef_construction: whole("ef construction"),
            ef: widths(whole("ef search")),
            k: whole("k"),
            users: whole("users"),
        })
    }

    fn source(setting: &Setting<'_>) -> Source<RetrievalQuery, RetrievalShown> {
        let (world, pool) = (setting.world.clone(), setting.background_pool.clone());
        // Nobody may want it: it waits for a key.
        setting.run(RunState::Asks, || {
            let lab = RetrievalLab::default();
            OnceRun::new(RetrievalWork { world, lab }, pool)
        })
    }

    fn command(query: &RetrievalQuery, _: &RetrievalShown, world: &World, data: &[String]) -> Option<String> {
        let widths: Vec<String> = query.ef.iter().map(usize::to_string).collect();
        let options = [
            ("--model", query.formula.to_string()),
            ("--m", query.m.to_string()),
            ("--ef-construction", query.ef_construction.to_string()),
            ("--ef-search", widths.join(",")),
            ("-k", query.k.to_string()),
            ("--test-users", query.users.to_string()),
        ];
        let question = CommandLine::Options {
            command: "pipeline ann",
            reads: true,
            options: &options,
            seed: None,
        };
        Some(command_line(world, data, question))
    }
}
