use super::{Arithmetic, Columns, Step, number, term};
use crate::answers::text::plural;
use crate::answers::{ColdStartPolicy, ColdStartView};
use crate::bandit::find_policy;

/// What a policy has seen of an arm, what it believes of it, and how it comes to its next pull: the figure of every arm beside
/// each other (for Thompson sampling the draws), of which the largest is pulled; the regret so far. `by_what` says why the
/// arm that is next is.
pub fn of_pull(view: &ColdStartView, policy: &ColdStartPolicy, row: usize, by_what: &str) -> Option<Arithmetic> {
    let arm = view.arms.get(row)?;
    let (pulls, successes) = (*policy.pulls.get(row)?, *policy.successes.get(row)?);
    let mut work = Arithmetic::new(arm.label.clone());
    work.note(format!(
        "{}: {} in {}",
        policy.title,
        plural(successes, "success"),
        plural(pulls, "pull")
    ));
    if let Some(belief) = policy.posteriors.get(row) {
        let laplace = (1.0 + successes as f64) / (2.0 + pulls as f64);
        if (laplace - belief.mean).abs() < 1e-9 {
            let numbers = format!("(1 + {successes}) / (2 + {pulls})");
            work.formula("mean", "(1 + successes) / (2 + pulls)", numbers, laplace);
        } else {
            work.note(format!("mean {}", number(belief.mean)));
        }
        work.note(format!(
            "95 % between {} and {}",
            number(belief.low),
            number(belief.high)
        ));
        work.note(format!("the best arm with probability {}", number(belief.p_best)));
    }
    if let Some(next) = &policy.next {
        figure(view, policy, row, &mut work);
        let figures: Option<Vec<f64>> = next.figures.iter().copied().collect();
        if let Some(figures) = figures.filter(|figures| !figures.is_empty()) {
            work.note(format!("the {} before the next pull", next.figures_are));
            let seen = |at: usize, counts: &[u64]| counts.get(at).copied().unwrap_or(0) as f64;
            let rows = view.arms.iter().zip(&figures).enumerate();
            let rows = rows.map(|(at, (arm, figure))| {
                let counts = [seen(at, &policy.successes), seen(at, &policy.pulls)];
                (arm.label.clone(), vec![*figure, counts[0], counts[1]])
            });
            let sum = |counts: &[u64]| Some(counts.iter().sum::<u64>() as f64);
            work.steps.push(Step::Table(Columns {
                heads: ["arm", next.figures_are, "successes", "pulls"]
                    .map(str::to_owned)
                    .to_vec(),
                rows: rows.collect(),
                total: ("sum".to_owned(), vec![None, sum(&policy.successes), sum(&policy.pulls)]),
            }));
        }
        if let Some(arm) = view.arms.get(next.arm) {
            work.steps.push(Step::Answer {
                name: "pulled next".to_owned(),
                answer: format!("{}, {by_what}", arm.label),
            });
        }
    }
    let best = view.arms.iter().map(|a| a.mean).fold(0.0, f64::max);
    let numbers = format!("{pulls} × ({} − {})", term(best), term(arm.mean));
    let regret = pulls as f64 * (best - arm.mean);
    work.formula(
        "regret here",
        "pulls × (best true rate − its true rate)",
        numbers,
        regret,
    );
    Some(work)
}

/// The figure of an arm by the rule of its policy, with the numbers put in; nothing where the rule goes by more than counts.
fn figure(view: &ColdStartView, policy: &ColdStartPolicy, row: usize, work: &mut Arithmetic) {
    let next = policy.next.as_ref();
    let Some(figure) = next.and_then(|next| next.figures.get(row).copied().flatten()) else {
        return;
    };
    let Ok(choice) = policy.name.parse::<crate::bandit::PolicyChoice>() else {
        return;
    };
    let Some(spec) = find_policy(choice.spec().name) else {
        return;
    };
    let (mut rule, guess) = (spec.formula, view.arms.get(row).and_then(|arm| arm.guess));
    if guess.is_none() {
        rule = rule.split("; with a guess").next().unwrap_or(rule);
    }
    // N as a normal law, counts that forget, or the mean of another arm.
    let is_other = ["N(", "S and N", "highest mean", "leader"]
        .iter()
        .any(|other| rule.contains(other));
    if is_other || !words(rule).any(|word| word == "N") {
        return;
    }
    let count = |counts: &[u64]| counts.get(row).copied().unwrap_or(0) as f64;
    let (pulls, successes) = (count(&policy.seen), count(&policy.successes));
    let total: u64 = policy.seen.iter().sum();
    let mut values = vec![
        ("N", pulls),
        ("S", successes),
        ("mean", if pulls > 0.0 { successes / pulls } else { 0.0 }),
        ("t", total as f64),
        ("K", view.arms.len() as f64),
        ("n", view.horizon as f64),
    ];
    values.extend(guess.map(|m| ("m", m)));
    values.extend(
        spec.parameters
            .iter()
            .filter_map(|p| Some((p.name, choice.value(p.name)?))),
    );
    let numbers = put_in(rule.trim_end_matches(", n the horizon"), &values);
    let name = match next.map_or("", |next| next.figures_are) {
        "draws" => "draw",
        _ => "index",
    };
    work.formula(name, spec.formula, numbers, figure);
}

/// The words of a rule: what stands between blanks and signs.
fn words(rule: &str) -> impl Iterator<Item = &str> {
    rule.split(|c: char| !c.is_alphanumeric() && c != '_')
}

/// A rule with numbers in place of the words that have one.
fn put_in(rule: &str, values: &[(&str, f64)]) -> String {
    let mut text = String::with_capacity(rule.len());
    let mut rest = rule;
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match values.iter().find(|(name, _)| *name == word) {
            Some((_, value)) => {
                // Two numbers beside each other are a product.
                if text.trim_end().ends_with(|c: char| c.is_ascii_digit()) {
                    text.push_str("· ");
                }
                text.push_str(&number(*value));
            }
            None => text.push_str(word),
        }
        let sign = after.chars().next().map_or(0, char::len_utf8);
        text.push_str(&after[..sign]);
        rest = &after[sign..];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandit::{Simulation, arms_of, parse_policies};
    use crate::task::Cancel;

    #[test]
    fn numbers_are_put_into_rules() {
        let values = [("N", 50.0), ("mean", 0.6), ("t", 90.0), ("K", 4.0)];
        assert_eq!(put_in("mean + sqrt(2 ln t / N)", &values), "0.6 + sqrt(2 ln 90 / 50)");
        assert_eq!(put_in("ln(t / (K N))", &values), "ln(90 / (4 · 50))");
        assert_eq!(put_in("2 mean, q_t", &values), "2 · 0.6, q_t");
        assert_eq!(put_in("", &values), "");
    }

    /// Evaluates what a rule of UCB1 came to.
    #[test]
    fn what_is_printed_is_the_figure() {
        let policies = parse_policies("ucb1; thompson:strength=5; linucb; discounted-thompson; moss").unwrap();
        let mut arms = arms_of(&[0.2, 0.6]);
        arms[1].guess = Some(0.5);
        let mut run = Simulation::new(&arms, &policies, 500, 3).unwrap();
        run.step_many(60, &Cancel::new()).unwrap();
        let view = ColdStartView::of(&run, false, None, "");
        let formula = |policy: usize, row: usize| {
            let work = of_pull(&view, &view.policies[policy], row, "").unwrap();
            work.steps.into_iter().find_map(|step| match step {
                Step::Formula {
                    name, numbers, result, ..
                } if name == "index" || name == "draw" => Some((numbers, result)),
                _ => None,
            })
        };
        let ucb = &view.policies[0];
        let (s, n) = (ucb.successes[0] as f64, ucb.pulls[0] as f64);
        let (numbers, result) = formula(0, 0).unwrap();
        assert_eq!(numbers, format!("{} + sqrt(2 ln 60 / {n})", number(s / n)));
        assert!((result - (s / n + (2.0 * 60f64.ln() / n).sqrt())).abs() < 1e-12);
        let (numbers, _) = formula(1, 1).unwrap();
        let (s, n) = (view.policies[1].successes[1], view.policies[1].pulls[1]);
        let law = format!(
            "highest draw of Beta(1 + {s}, 1 + {n} - {s}); with a guess 0.5 of the rate 1 + 5 · 0.5, 1 + 5 (1 - 0.5)"
        );
        assert_eq!(numbers, law);
        let (numbers, _) = formula(4, 0).unwrap();
        assert!(numbers.contains("ln(500 / (2 · "), "{numbers}");
        // These go by more than counts.
        assert_eq!((formula(2, 0), formula(3, 0)), (None, None));
    }

    #[test]
    fn the_next_pull_can_be_guessed() {
        let mut run = Simulation::new(&arms_of(&[0.2, 0.6]), &parse_policies("ucb1").unwrap(), 500, 3).unwrap();
        run.step_many(60, &Cancel::new()).unwrap();
        let view = ColdStartView::of(&run, false, None, "");
        let work = of_pull(&view, &view.policies[0], 0, "by its index").unwrap();
        let slides = work.slides();
        let next = format!(
            "pulled next = {}, by its index",
            view.arms[view.policies[0].next.as_ref().unwrap().arm].label
        );
        let slide = slides.iter().find(|slide| slide.lines.contains(&next)).unwrap();
        assert!(slide.hidden.contains(&"pulled next = ?".to_owned()) && !slide.hidden.contains(&next));
    }
}
