use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// One report on how far a piece of work is.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What is being done, as a person would say it: `reading ratings`, `fitting svd`.
    pub stage: String,
    /// Units done so far.
    pub done: u64,
    /// Units in all, where that is known.
    pub total: Option<u64>,
    /// What is counted: `rows`, `bytes`, `epochs`, `users`.
    pub unit: &'static str,
    /// Figures that go with it, e.g. `("loss", 0.87)`.
    pub figures: Vec<(&'static str, f64)>,
}

impl Report {
    /// `stage`: `done` of `total` `unit`s.
    pub fn of(stage: impl Into<String>, done: u64, total: impl Into<Option<u64>>, unit: &'static str) -> Self {
        Self {
            stage: stage.into(),
            done,
            total: total.into(),
            unit,
            figures: Vec::new(),
        }
    }

    /// Adds a figure such as the loss of the epoch, where it is a number.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        self.figures.extend(value.is_finite().then_some((name, value)));
        self
    }

    /// The figures, the speed and the time left after `elapsed`, as far as they are known: `1,234,567 rows, 310 MB/s, 2 s
    /// left`.
    pub fn pace(&self, elapsed: Duration) -> String {
        let mut parts = Vec::new();
        for (name, value) in &self.figures {
            parts.push(match value.fract() {
                0.0 => format!("{} {name}", thousands(*value as u64)),
                _ => format!("{name} {value:.4}"),
            });
        }
        let seconds = elapsed.as_secs_f64();
        if self.done > 0 && seconds > 0.0 {
            let speed = self.done as f64 / seconds;
            parts.push(match self.unit {
                "bytes" => format!("{:.0} MB/s", speed / 1e6),
                unit => format!("{speed:.1} {unit}/s"),
            });
            if let Some(total) = self.total.filter(|t| *t > self.done) {
                parts.push(format!("{:.0} s left", ((total - self.done) as f64 / speed).ceil()));
            }
        }
        parts.join(", ")
    }

    /// What is being done and how far it is: `fitting svd 3 of 20 epochs`.
    pub fn in_words(&self) -> String {
        let far = self.total.map_or_else(String::new, |total| {
            format!(" {} of {} {}", thousands(self.done), thousands(total), self.unit)
        });
        self.stage.clone() + &far
    }

    /// The share done, 0 to 1, where the total is known.
    pub fn share(&self) -> Option<f64> {
        self.total
            .filter(|t| *t > 0)
            .map(|t| (self.done as f64 / t as f64).clamp(0.0, 1.0))
    }
}

/// What the reports of one stage said one after the other, as curves over what was done.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Curves {
    stage: String,
    /// What is counted from left to right: `epochs`.
    pub unit: &'static str,
    /// By the name of a figure: how much was done, and the figure then.
    pub curves: Vec<(&'static str, Vec<(f64, f64)>)>,
}

impl Curves {
    /// Adds the figures of a report; those of another stage begin anew.
    pub fn add(&mut self, report: &Report) {
        if self.stage != report.stage {
            *self = Self {
                stage: report.stage.clone(),
                unit: report.unit,
                curves: Vec::new(),
            };
        }
        for (name, value) in &report.figures {
            let point = (report.done as f64, *value);
            match self.curves.iter_mut().find(|(known, _)| known == name) {
                Some((_, points)) => points.push(point),
                None => self.curves.push((name, vec![point])),
            }
        }
    }
}

/// A count with commas between thousands: `1,682`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

type Listener = dyn Fn(Report) + Send + Sync;

/// Where reports go. The default listens to nothing and costs nothing.
#[derive(Clone, Default)]
pub struct Progress {
    listener: Option<Arc<Listener>>,
}

impl Progress {
    /// Hands every report to `listener`, from whatever thread the work runs on.
    pub fn to(listener: impl Fn(Report) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Arc::new(listener)),
        }
    }

    /// Reports; `report` is only made when somebody listens.
    pub fn say(&self, report: impl FnOnce() -> Report) {
        if let Some(listener) = &self.listener {
            listener(report());
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heard = if self.listener.is_some() { "heard" } else { "unheard" };
        write!(f, "Progress({heard})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pace_has_speed_and_time_left() {
        let pace = |report: Report, seconds: f64| report.pace(Duration::from_secs_f64(seconds));
        let reading = Report::of("reading", 250_000_000, 1_000_000_000, "bytes").with("rows", 9_876_543.0);
        assert_eq!(pace(reading.clone(), 0.5), "9,876,543 rows, 500 MB/s, 2 s left");
        assert_eq!(pace(reading, 0.0), "9,876,543 rows");
        assert_eq!(pace(Report::of("x", 1_000_000, None, "bytes"), 1.0), "1 MB/s");
        let fitting = Report::of("fitting svd", 5, 20, "epochs").with("loss", 0.8765);
        assert_eq!(pace(fitting, 2.0), "loss 0.8765, 2.5 epochs/s, 6 s left");
        let judged = Report::of("fitting two-tower", 1, None, "epochs").with("loss", 7.5);
        assert_eq!(
            pace(judged.with("nDCG@10", 0.25), 1.0),
            "loss 7.5000, nDCG@10 0.2500, 1.0 epochs/s"
        );
        assert_eq!(pace(Report::of("x", 0, 9, "rows"), 3.0), "");
        assert_eq!(pace(Report::of("x", 9, 9, "rows"), 3.0), "3.0 rows/s");
    }

    #[test]
    fn figures_become_curves_and_those_of_another_stage_begin_anew() {
        let mut curves = Curves::default();
        curves.add(&Report::of("fitting svd", 20, 20, "epochs").with("RMSE", 0.9));
        for (epoch, loss, ndcg) in [(1, 8.0, 0.1), (2, f64::NAN, 0.2), (3, 6.0, 0.15)] {
            let report = Report::of("fitting two-tower", epoch, 80, "epochs");
            curves.add(&report.with("loss", loss).with("nDCG@10", ndcg));
        }
        let expected = [
            ("loss", vec![(1.0, 8.0), (3.0, 6.0)]),
            ("nDCG@10", vec![(1.0, 0.1), (2.0, 0.2), (3.0, 0.15)]),
        ];
        assert_eq!((curves.unit, curves.curves), ("epochs", expected.to_vec()));
    }
}
