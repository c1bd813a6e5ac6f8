use std::io::Write;

use super::*;
use crate::bandit::{arms_of, parse_policies, stream_of};
use crate::task::Task;
use rand::RngExt;

const ACTIONS: [&str; 3] = ["0", "1", "2"];

/// The log of the fixture: action, reward, propensity.
const ROWS: [(usize, f64, f64); 10] = [
    (0, 1.0, 0.5),
    (0, 0.0, 0.5),
    (1, 1.0, 0.3),
    (1, 0.0, 0.3),
    (2, 1.0, 0.2),
    (2, 0.0, 0.2),
    (0, 0.0, 0.5),
    (1, 1.0, 0.3),
    (0, 1.0, 0.5),
    (2, 0.0, 0.2),
];

const CALM: Knobs = Knobs { clip: 10.0, tau: 10.0 };

fn fixture() -> Log {
    let row = |&(action, reward, propensity)| Logged {
        action,
        reward,
        propensity,
    };
    Log {
        actions: ACTIONS.map(str::to_owned).to_vec(),
        rows: ROWS.iter().map(row).collect(),
    }
}

fn estimate(target: &[f64], expected: &[Option<f64>], knobs: Knobs) -> OffPolicy {
    evaluate(&fixture(), target, expected, knobs).unwrap()
}

fn value(of: &OffPolicy, name: &str) -> Option<f64> {
    of.estimators.iter().find(|e| e.name == name).unwrap().value
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-10, "{found} instead of {expected}");
}

#[test]
fn the_fixture_is_met() {
    let expected = [Some(0.5), Some(0.6), Some(0.3)];
    let found = estimate(&[0.2, 0.6, 0.2], &expected, CALM);
    for (name, expected) in [
        ("ips", 0.58),
        ("clipped-ips", 0.58),
        ("snips", 0.5471698113),
        ("dm", 0.52),
        ("dr", 0.57),
        ("sndr", 0.5671698113),
        ("switch-dr", 0.57),
    ] {
        close(value(&found, name).unwrap(), expected);
    }
    close(found.effective_n, 7.1841432225);
    close(found.max_weight, 2.0);
    let ips = &found.estimators[1];
    close(ips.stderr.unwrap(), 0.2572504184);
    close(
        ips.high.unwrap() - ips.low.unwrap(),
        2.0 * 1.959963984540054 * ips.stderr.unwrap(),
    );
    assert_eq!(value(&found, "replay"), None);
    assert!(found.estimators[0].note.unwrap().contains("same action"));
    let always = estimate(&[0.0, 1.0, 0.0], &expected, CALM);
    close(value(&always, "replay").unwrap(), 2.0 / 3.0);
    assert!(always.estimators[0].note.unwrap().contains("not logged uniformly"));
    assert_eq!((found.rows, found.unlogged), (10, 0.0));
}

#[test]
fn large_weights_are_clipped_or_left_to_the_prediction() {
    // Weights .4, 2 and 1: what is beyond 1.5 is that of action 1, three rows with the rewards 1, 0, 1.
    let expected = [Some(0.5), Some(0.6), Some(0.3)];
    let found = estimate(&[0.2, 0.6, 0.2], &expected, Knobs { clip: 1.5, tau: 1.5 });
    close(
        value(&found, "clipped-ips").unwrap(),
        (0.4 * 2.0 + 1.5 * 2.0 + 1.0) / 10.0,
    );
    // .52 + (.4 (.5 − .5 − .5 + .5) + (.7 − .3 − .3)) / 10.
    close(value(&found, "switch-dr").unwrap(), 0.52 + 0.01);
}

#[test]
fn the_error_of_a_ratio_is_that_of_its_influences() {
    let found = estimate(&[0.2, 0.6, 0.2], &[], CALM);
    let weights: Vec<f64> = ROWS.iter().map(|r| [0.2, 0.6, 0.2][r.0] / r.2).collect();
    let sum: f64 = weights.iter().sum();
    let value = ROWS.iter().zip(&weights).map(|(r, w)| w * r.1).sum::<f64>() / sum;
    let squares: f64 = ROWS
        .iter()
        .zip(&weights)
        .map(|(r, w)| (w * (r.1 - value) * 10.0 / sum).powi(2))
        .sum();
    close(found.estimators[3].stderr.unwrap(), (squares / 9.0 / 10.0).sqrt());
}

#[test]
fn without_predictions_an_action_has_its_mean() {
    let found = estimate(&[0.2, 0.6, 0.2], &[], CALM);
    close(value(&found, "dm").unwrap(), 0.2 * 0.5 + 0.6 * 2.0 / 3.0 + 0.2 / 3.0);
    // What was never logged has none: nothing is made up.
    let mut log = fixture();
    log.actions.push("3".to_owned());
    let found = evaluate(&log, &[0.0, 0.5, 0.0, 0.5], &[], CALM).unwrap();
    assert_eq!(
        (value(&found, "dm"), value(&found, "dr"), found.unlogged),
        (None, None, 0.5)
    );
    assert!(found.estimators[4].note.unwrap().contains("--q-hat"));
    let nowhere = evaluate(&log, &[0.0, 0.0, 0.0, 1.0], &[], CALM).unwrap();
    assert_eq!((value(&nowhere, "snips"), value(&nowhere, "ips")), (None, Some(0.0)));
    assert_eq!((nowhere.effective_n, nowhere.max_weight), (0.0, 0.0));
}

#[test]
fn estimates_of_a_simulated_log_surround_the_truth() {
    // The simulator knows what each action is worth. The log is that of a policy that prefers the first.
    let (rates, logging) = ([0.2, 0.5, 0.35], [0.6, 0.3, 0.1]);
    let target = [0.1, 0.5, 0.4];
    let truth: f64 = rates.iter().zip(target).map(|(r, p)| r * p).sum();
    let mut stream = stream_of(4, "log", 0);
    let mut log = fixture();
    log.rows.clear();
    for _ in 0..20_000 {
        let action = crate::bandit::policy::draw(&logging, &mut stream);
        log.rows.push(Logged {
            action,
            reward: f64::from(stream.random::<f64>() < rates[action]),
            propensity: logging[action],
        });
    }
    let wrong = [Some(0.9), Some(0.1), Some(0.5)];
    let found = evaluate(&log, &target, &wrong, CALM).unwrap();
    for name in ["ips", "snips", "dr", "sndr"] {
        let estimate = found.estimators.iter().find(|e| e.name == name).unwrap();
        let off = (estimate.value.unwrap() - truth) / estimate.stderr.unwrap();
        assert!(off.abs() < 4.0, "{name} is {off} standard errors off");
    }
    // The direct method believes what it is told.
    close(value(&found, "dm").unwrap(), 0.09 + 0.05 + 0.2);
}

fn uniform_log(rates: &[f64], rows: usize) -> Log {
    let mut stream = stream_of(8, "uniform", 0);
    let row = |_| {
        let action = stream.random_range(0..rates.len());
        Logged {
            action,
            reward: f64::from(stream.random::<f64>() < rates[action]),
            propensity: 1.0 / rates.len() as f64,
        }
    };
    Log {
        rows: (0..rows).map(row).collect(),
        actions: arms_of(rates).into_iter().map(|arm| arm.id).collect(),
    }
}

#[test]
fn policies_learn_from_matching_rows_only() {
    let rates = [0.1, 0.2, 0.6, 0.15];
    let log = uniform_log(&rates, 20_000);
    let policies = parse_policies("random; thompson; kl-ucb; exp3").unwrap();
    let found = replay(&log, &policies, 3, &Task::unattended()).unwrap();
    // A quarter of the rows match, whatever the policy.
    for policy in &found {
        assert!((policy.matches as f64 - 5_000.0).abs() < 4.5 * 61.3, "{policy:?}");
    }
    let mean = |at: usize| found[at].mean.unwrap();
    assert!((mean(0) - 0.2625).abs() < 4.5 * found[0].stderr.unwrap());
    assert!(mean(1) > 0.55 && mean(2) > 0.55 && mean(3) > mean(0), "{found:?}");
    assert_eq!(found, replay(&log, &policies, 3, &Task::unattended()).unwrap());
}

#[test]
fn what_cannot_be_replayed_is_refused() {
    let policies = parse_policies("thompson").unwrap();
    let refused = |log: &Log| replay(log, &policies, 1, &Task::unattended()).unwrap_err().to_string();
    assert!(refused(&fixture()).contains("not taken uniformly"));
    let mut log = uniform_log(&[0.5, 0.5], 3);
    log.rows[1].reward = 7.0;
    assert!(refused(&log).starts_with("the reward of row 2 is 7"));
    assert_eq!(refused(&Log::default()), "the log has no rows");
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn read(text: &str, columns: &str) -> Result<Log, String> {
    let columns = match columns {
        "" => LogColumns::default(),
        columns => columns.parse()?,
    };
    let file = file(text);
    Log::read(file.path(), &columns, &Task::unattended()).map_err(|e| {
        let name = file.path().to_string_lossy().into_owned();
        e.to_string().replace(&name, "log.csv")
    })
}

#[test]
fn logs_are_read_by_the_names_of_their_columns() {
    // The layout of the Open Bandit data: a first column without a name, and features behind.
    let text = ",timestamp,item_id,position,click,propensity_score,user_feature_0\n\
                0,2019-11-24 00:00:23,14,1,0,0.0125,cef3390ed299c09874189c387777674a\n\
                1,2019-11-24 00:01:02,27,2,1,0.0125,\"03a5648a76832f83c859d46bc06cb64a\"\n\
                2,2019-11-24 00:01:09,14,3,1,0.0125,x\n";
    let log = read(text, "").unwrap();
    assert_eq!(log.actions, ["14", "27"]);
    let rows: Vec<(usize, f64)> = log.rows.iter().map(|r| (r.action, r.reward)).collect();
    assert_eq!(rows, [(0, 0.0), (1, 1.0), (0, 1.0)]);
    assert!(log.is_uniform());
    let named = read("a;b;c\n0.5;x;2\n", "action=b,reward=3,propensity=a").unwrap();
    assert_eq!((named.rows[0].reward, named.rows[0].propensity), (2.0, 0.5));
}

#[test]
fn what_is_wrong_with_a_log_is_said_with_its_place() {
    let error = |text, columns| read(text, columns).unwrap_err();
    assert_eq!(
        error("action,reward\na,1\n", ""),
        "log.csv:1:1: there is no column of the propensity: call it propensity or name it by --columns propensity=COLUMN"
    );
    assert_eq!(
        error("action,reward,propensity\na,1,0.5\nb,yes,0.5\n", ""),
        "log.csv:3:3: reward \"yes\" is not a number"
    );
    assert_eq!(
        error("action,reward,propensity\na,1,0\n", ""),
        "log.csv:2:5: propensity 0 is not above 0 and at most 1"
    );
    assert_eq!(
        error("action,reward,propensity\na,1\n", ""),
        "log.csv:2:4: the row has 2 fields, the header 3"
    );
    assert!(error("action,reward,propensity\na,NaN,1\n", "").contains("reward \"NaN\" is not a number"));
    assert!(error("", "").contains("it is empty"));
    assert_eq!(
        error("action,reward,propensity\n", ""),
        "log.csv: the log has no rows below its header"
    );
    assert!(error("a,b\n", "action=c").contains("no column \"c\""));
    assert!(error("a,b\n", "arm=c").contains("not a column of a log"));
    assert!(error("a,b\n", "action").contains("no column is named"));
    assert!(error("a,b\n", "action=a,action=b").contains("two columns"));
}

#[test]
fn targets_are_read_or_refused_in_one_sentence() {
    let task = Task::unattended();
    let of = |text: &str| text.parse::<Target>().unwrap().probabilities(&mut fixture(), &task);
    assert_eq!(of("uniform").unwrap(), [1.0 / 3.0; 3]);
    assert_eq!(of("always:1").unwrap(), [0.0, 1.0, 0.0]);
    assert!(
        of("always:9")
            .unwrap_err()
            .to_string()
            .starts_with("there is no action 9")
    );
    let table = |text: &str| {
        let file = file(text);
        let mut log = fixture();
        let found = Target::Table(file.path().to_owned()).probabilities(&mut log, &task);
        found.map(|p| (p, log.actions.len())).map_err(|e| e.to_string())
    };
    assert_eq!(
        table("action,probability\n1,.25\nnew,.75\n"),
        Ok((vec![0.0, 0.25, 0.0, 0.75], 4))
    );
    assert!(
        table("action,probability\n1,.25\n")
            .unwrap_err()
            .contains("sum to 0.25")
    );
    assert!(
        table("action,probability\n1,2\n0,-1\n")
            .unwrap_err()
            .contains("not between 0 and 1")
    );
    assert!(
        table("action,probability\n1,.5\n1,.5\n")
            .unwrap_err()
            .contains("stands here again")
    );
    for wrong in ["", "always", "always:", "table:", "random", "uniform:3"] {
        assert!(wrong.parse::<Target>().is_err(), "{wrong}");
    }
}

#[test]
fn a_written_log_has_the_propensities_of_its_pulls() {
    use crate::bandit::{arms_of, parse_policies};
    use crate::task::Cancel;
    let arms = arms_of(&[0.2, 0.5, 0.4]);
    for text in ["random", "epsilon-greedy:epsilon=0.3", "softmax:tau=0.5", "exp3"] {
        let choice = parse_policies(text).unwrap().remove(0);
        let log = written(&arms, &choice, 6_000, 9, &Cancel::new()).unwrap();
        // Σ 1 / p over the pulls of an arm has the mean n, its terms the variance Σ (1 / p − 1).
        for arm in 0..3 {
            let pulls = || {
                log.rows
                    .iter()
                    .filter(|row| row.action == arm)
                    .map(|row| 1.0 / row.propensity)
            };
            let (sum, variance) = (pulls().sum::<f64>(), pulls().map(|w| w * (w - 1.0)).sum::<f64>());
            assert!(
                (sum - 6_000.0).abs() < 5.0 * variance.sqrt().max(3.0),
                "{text} {arm}: {sum} {variance}"
            );
        }
        assert!(log.rows.iter().all(|row| row.propensity > 0.0 && row.propensity <= 1.0));
    }
    let ucb = parse_policies("ucb1").unwrap().remove(0);
    let error = written(&arms, &ucb, 10, 9, &Cancel::new()).unwrap_err().to_string();
    assert!(error.contains("ucb1 cannot write a log"), "{error}");
}
