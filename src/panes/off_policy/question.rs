use super::OffPolicy;
use crate::answers::{AnswerError, CommandLine, OffPolicyQuery, OffPolicyView, World, command_line, off_policy};
use crate::bandit::ope::Knobs;
use crate::bandit::{PolicyChoice, parse_policies};
use crate::panes::cold_start::{BanditSettings, ColdStart};
use crate::panes::controls::{Control, Kind, Step, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// Which log is written, and what is asked of it.
#[derive(Clone, Debug, PartialEq)]
pub struct LogQuery {
    bandit: BanditSettings,
    logger: PolicyChoice,
    /// The place of the arm that is always taken among the truly best, from 1.
    rank: usize,
    rows: usize,
    clip: f64,
}

fn check_logger(text: &str) -> Result<(), String> {
    one(text).map(|_| ())
}

fn one(text: &str) -> Result<PolicyChoice, String> {
    let mut policies = parse_policies(text).map_err(|e| e.to_string())?;
    match policies.len() {
        1 => Ok(policies.remove(0)),
        n => Err(format!("{n} policies are named, but one writes the log")),
    }
}

impl LogQuery {
    fn query(&self, world: &World) -> Result<OffPolicyQuery, AnswerError> {
        let bandit = self.bandit.world_by_hand(&world.dataset);
        let arms = bandit.map_err(|e| AnswerError::Usage(e.to_string()))?.arms.to_vec();
        let mut order: Vec<usize> = (0..arms.len()).collect();
        order.sort_by(|a, b| arms[*b].mean.total_cmp(&arms[*a].mean));
        let target = order.get(self.rank - 1).or(order.last()).copied().unwrap_or_default();
        Ok(OffPolicyQuery {
            arms,
            logger: self.logger.clone(),
            target,
            rows: self.rows,
            seed: self.bandit.seed,
            knobs: Knobs {
                clip: self.clip,
                tau: self.clip,
            },
        })
    }
}

impl Ask for OffPolicy {
    type Query = LogQuery;
    type View = OffPolicyView;

    fn controls(_shared: &Shared) -> Vec<Control> {
        let number = Control::number;
        vec![
            Control {
                name: "logged-by",
                doc: "The policy that writes the log: random, epsilon-greedy, softmax, exp3 or squarecb, whose probabilities are known.",
                kind: Kind::Text(check_logger),
                default: Value::Text("epsilon-greedy:epsilon=0.1".to_owned()),
            },
            number(
                "rank",
                "The policy in question always takes the truly best arm (1), the second best (2), …",
                (1.0, 100.0),
                Step::By(1.0, 10.0),
                1.0,
            ),
            number("rows", "How long the log is.", (10.0, 1e6), Step::Decades, 20_000.0),
            number(
                "clip",
                "The largest weight of clipped-ips, and the weight beyond which switch-dr trusts the expected reward.",
                (1.0, 1e6),
                Step::Decades,
                10.0,
            ),
        ]
    }

    fn query(shared: &Shared) -> Result<LogQuery, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        let bandit = ColdStart::query(shared)?;
        Ok(LogQuery {
            bandit: BanditSettings { speed: None, ..bandit },
            logger: one(&settings.text("logged-by"))?,
            rank: settings.number("rank") as usize,
            rows: settings.number("rows") as usize,
            clip: settings.number("clip"),
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<LogQuery, OffPolicyView> {
        Source::computed(|asked: &LogQuery, job| off_policy::compute(&asked.query(job.world)?, &job.task.cancel))
    }

    fn command(query: &LogQuery, view: &OffPolicyView, world: &World, data: &[String]) -> Option<String> {
        let bandit = &query.bandit;
        bandit.rates.is_empty().then(|| {
            let question = CommandLine::OffPolicy {
                arms: bandit.preset(),
                n_arms: bandit.arms,
                world: &bandit.arm_arguments(),
                logger: &query.logger.to_string(),
                target: &view.target,
                rows: query.rows,
                clip: query.clip,
                seed: bandit.seed,
            };
            command_line(world, data, question)
        })
    }
}
