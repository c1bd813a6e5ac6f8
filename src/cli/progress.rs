use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::task::{Progress, Report};

/// What is done sooner is not worth a bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// A bar on standard error, where that is a terminal and the work takes a while. It is cleared before the answer is printed.
pub(super) fn on_terminal() -> Progress {
    if !std::io::stderr().is_terminal() {
        return Progress::default();
    }
    let start = Instant::now();
    let bar: Mutex<Option<Shown>> = Mutex::new(None);
    Progress::to(move |report| {
        if start.elapsed() < PATIENCE {
            return;
        }
        if let Ok(mut bar) = bar.lock() {
            bar.get_or_insert_with(|| Shown::new(start)).say(&report);
        }
    })
}

/// A bar that is wiped off the screen when it is dropped.
struct Shown {
    bar: ProgressBar,
    /// What is being done, and since when.
    stage: (String, Instant),
}

impl Shown {
    fn new(since: Instant) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(15);
        Self {
            bar: ProgressBar::with_draw_target(None, target),
            stage: (String::new(), since),
        }
    }

    fn say(&mut self, report: &Report) {
        if self.stage.0 != report.stage {
            // The first stage began with the program.
            let since = if self.stage.0.is_empty() {
                self.stage.1
            } else {
                Instant::now()
            };
            self.stage = (report.stage.clone(), since);
            let template = match report.total {
                Some(_) => "{prefix} {bar:24} {wide_msg}",
                None => "{prefix} {wide_msg}",
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                self.bar.set_style(style.progress_chars("━━ "));
            }
            self.bar.set_prefix(report.stage.clone());
        }
        if let Some(total) = report.total {
            self.bar.set_length(total);
        }
        self.bar.set_message(report.pace(self.stage.1.elapsed()));
        self.bar.set_position(report.done);
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
