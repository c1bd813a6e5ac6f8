use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::task::{Progress, Report};

/// What is done sooner is not worth a bar.
const PATIENCE: Duration = Duration::from_millis(400);

/// A bar on standard error, where that is a terminal and the work takes a while. It goes away with the program's answer.
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
            bar.get_or_insert_with(Shown::new).say(&report);
        }
    })
}

/// A bar that is wiped off the screen when it is dropped.
struct Shown(ProgressBar);

impl Shown {
    fn new() -> Self {
        Self(ProgressBar::with_draw_target(
            None,
            ProgressDrawTarget::stderr_with_hz(15),
        ))
    }

    fn say(&self, report: &Report) {
        let template = match report.total {
            Some(_) => "{msg} {wide_bar} {pos}/{len}",
            None => "{msg} {pos}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style.progress_chars("━━ "));
        }
        if let Some(total) = report.total {
            self.0.set_length(total);
        }
        let figure = report
            .figure
            .map_or_else(String::new, |(name, value)| format!(" {name} {value:.4}"));
        self.0
            .set_message(format!("{}{figure} ({})", report.stage, report.unit));
        self.0.set_position(report.done);
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
