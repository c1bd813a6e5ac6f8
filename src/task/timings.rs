//! Where the time goes: the stages of some work and how long each took.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A stage of some work.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// As a person would say it: `reading ratings`, `fitting als`; what is part of another stage begins with that one's name
    /// and a colon.
    pub name: String,
    /// Since the clock was started, in seconds; below 0 for what had begun by then.
    pub began: f64,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// Where stages are noted. The default notes nothing; clones note in the same place.
#[derive(Clone, Debug, Default)]
pub struct Timings {
    kept: Option<Arc<Kept>>,
}

#[derive(Debug)]
struct Kept {
    start: Instant,
    stages: Mutex<Vec<Stage>>,
}

/// Within how long this share of `times`, ascending, is done: one of them; 0 where there is none.
pub fn within(times: &[f64], share: f64) -> f64 {
    let at = ((times.len() as f64 * share).ceil() as usize).saturating_sub(1);
    times.get(at).copied().unwrap_or(0.0)
}

impl Timings {
    /// A clock that starts now.
    pub fn kept() -> Self {
        Self {
            kept: Some(Arc::new(Kept {
                start: Instant::now(),
                stages: Mutex::default(),
            })),
        }
    }

    /// Notes that a stage which lasted `took` ends now.
    pub fn add(&self, name: &str, took: Duration) {
        tracing::debug!(stage = name, ms = took.as_secs_f64() * 1e3, "done");
        if let Some(kept) = &self.kept {
            let seconds = took.as_secs_f64();
            kept.stages().push(Stage {
                name: name.to_owned(),
                began: kept.start.elapsed().as_secs_f64() - seconds,
                seconds,
            });
        }
    }

    /// Does some work as a stage of that name.
    pub fn stage<T>(&self, name: &str, work: impl FnOnce() -> T) -> T {
        let begin = Instant::now();
        let done = work();
        self.add(name, begin.elapsed());
        done
    }

    /// What was noted so far, in the order in which it began; what was done several times as one.
    pub fn stages(&self) -> Vec<Stage> {
        let mut all = self.kept.as_ref().map_or_else(Vec::new, |kept| kept.stages().clone());
        // What began at the same time is a stage and its first part.
        all.sort_by(|a, b| a.began.total_cmp(&b.began).then(a.name.cmp(&b.name)));
        let mut each: Vec<Stage> = Vec::new();
        for stage in all {
            match each.iter_mut().find(|known| known.name == stage.name) {
                Some(known) => known.seconds += stage.seconds,
                None => each.push(stage),
            }
        }
        each
    }
}

impl Kept {
    fn stages(&self) -> std::sync::MutexGuard<'_, Vec<Stage>> {
        // Every stage is whole, whoever panicked.
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes the stages of some work, one after the other.
#[derive(Debug)]
pub struct Stages {
    timings: Timings,
    since: Instant,
}

impl Stages {
    pub fn begin(timings: &Timings) -> Self {
        Self {
            timings: timings.clone(),
            since: Instant::now(),
        }
    }

    /// `stage` ends here, and the next one begins.
    pub fn end(&mut self, stage: &str) {
        let now = Instant::now();
        self.timings.add(stage, now.saturating_duration_since(self.since));
        self.since = now;
    }
}

/// Bytes of the process in memory, now and at most, where the system has a `/proc`.
pub fn process_memory() -> (Option<usize>, Option<usize>) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bytes = |name: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(name))?;
        let kilobytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        kilobytes.checked_mul(1024)
    };
    (bytes("VmRSS:"), bytes("VmHWM:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_come_in_the_order_in_which_they_began() {
        let timings = Timings::kept();
        let all = timings.stage("fitting", || {
            timings.add("fitting: first half", Duration::ZERO);
            timings.add("reading", Duration::from_secs(3600));
            timings.add("fitting: first half", Duration::from_nanos(1));
            timings.stages().len()
        });
        assert_eq!(all, 2);
        let stages = timings.clone().stages();
        let names: Vec<&str> = stages.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["reading", "fitting", "fitting: first half"]);
        assert_eq!((stages[0].seconds, stages[2].seconds), (3600.0, 1e-9));
        assert!(stages[0].began < -3590.0 && stages[1].began >= 0.0);
    }

    #[test]
    fn nothing_is_kept_where_nobody_asks() {
        let timings = Timings::default();
        assert_eq!(timings.stage("reading", || 7), 7);
        assert_eq!(timings.stages(), []);
    }
}
