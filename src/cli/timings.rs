use std::io::Write as _;

use super::table::{Left, Right, Table};
use crate::task::{Timings, process_memory};

/// Says on standard error how long each stage took, and how much memory the process had at most.
pub(super) fn say(timings: &Timings) {
    // Standard error may be closed.
    let _ = write!(std::io::stderr(), "{}", text(timings, process_memory().1));
}

/// A stage a line, in the order in which they began; what is part of another one is indented below it.
fn text(timings: &Timings, peak: Option<usize>) -> String {
    let mut table = Table::new([("stage".to_owned(), Left), ("seconds".to_owned(), Right)]);
    let stages = timings.stages();
    let is_whole = |name: &str, of: &str| name.starts_with(of) && !name.contains(": ");
    for stage in &stages {
        let part = stage.name.split_once(": ");
        let part = part.filter(|(whole, _)| stages.iter().any(|other| is_whole(&other.name, whole)));
        let name = part.map_or_else(|| stage.name.clone(), |(_, part)| format!("  {part}"));
        table.row([name, format!("{:.3}", stage.seconds)]);
    }
    let peak = peak.map_or_else(String::new, |peak| {
        format!("peak memory: {:.0} MB\n", peak as f64 / 1e6)
    });
    format!("{table}\n{peak}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn parts_stand_below_what_they_are_part_of() {
        let timings = Timings::kept();
        timings.add("reading", Duration::from_secs(900));
        timings.add("fitting als:factors=4", Duration::from_secs(60));
        timings.add("fitting als: epochs", Duration::from_millis(50_500));
        timings.add("writing: nothing", Duration::ZERO);
        let text = text(&timings, Some(3_000_000));
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let expected = [
            &["stage", "seconds"][..],
            &["reading", "900.000"],
            &["fitting", "als:factors=4", "60.000"],
            &["epochs", "50.500"],
            &["writing:", "nothing", "0.000"],
        ];
        assert_eq!(lines[..expected.len()], expected, "{text}");
        assert!(
            text.contains("\n  epochs") && text.contains("peak memory: 3 MB"),
            "{text}"
        );
    }
}
