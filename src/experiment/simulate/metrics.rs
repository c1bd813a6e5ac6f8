/// What one user did so far, all counts and sums.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Days on which they came.
    pub sessions: f64,
    /// Items on the pages that they saw.
    pub views: f64,
    pub clicks: f64,
    /// Clicks that satisfied: hidden from what is logged.
    pub satisfied: f64,
    pub conversions: f64,
    /// Seconds on the site.
    pub seconds: f64,
    pub pages: f64,
    /// Σ −log₂ popularity of what was viewed.
    pub bits: f64,
    /// Distinct categories a session, summed.
    pub categories: f64,
    /// Days on which they could come back: those after a session.
    pub chances: f64,
    /// Days on which they came right after a session.
    pub returns: f64,
}

impl Totals {
    /// Adds a share of `other`.
    pub(super) fn add(&mut self, other: &Self, share: f64) {
        let to = [
            &mut self.sessions,
            &mut self.views,
            &mut self.clicks,
            &mut self.satisfied,
            &mut self.conversions,
            &mut self.seconds,
            &mut self.pages,
            &mut self.bits,
            &mut self.categories,
            &mut self.chances,
            &mut self.returns,
        ];
        for (to, value) in to.into_iter().zip(other.values()) {
            *to += share * value;
        }
    }

    fn values(&self) -> [f64; 11] {
        [
            self.sessions,
            self.views,
            self.clicks,
            self.satisfied,
            self.conversions,
            self.seconds,
            self.pages,
            self.bits,
            self.categories,
            self.chances,
            self.returns,
        ]
    }
}

/// A figure of an arm: a ratio of two sums over its users.
#[derive(Debug)]
pub struct MetricSpec {
    pub name: &'static str,
    pub title: &'static str,
    pub unit: &'static str,
    pub doc: &'static str,
    /// Decimals on the screen.
    pub decimals: usize,
    pub above: fn(&Totals) -> f64,
    pub below: fn(&Totals) -> f64,
    /// Whether it can be a goal, more being better; else it describes the lists.
    pub is_goal: bool,
    /// Whether a system knows it; satisfaction is known to the simulator alone.
    pub is_logged: bool,
}

/// Every metric, in the order of tables. A new one is a row here.
pub static METRICS: [MetricSpec; 9] = [
    MetricSpec {
        name: "ctr",
        title: "CTR",
        unit: "",
        doc: "clicks / items shown",
        decimals: 4,
        above: |t| t.clicks,
        below: |t| t.views,
        is_goal: true,
        is_logged: true,
    },
    MetricSpec {
        name: "conversion",
        title: "conversion",
        unit: "",
        doc: "conversions / sessions",
        decimals: 4,
        above: |t| t.conversions,
        below: |t| t.sessions,
        is_goal: true,
        is_logged: true,
    },
    MetricSpec {
        name: "time",
        title: "time",
        unit: "s",
        doc: "seconds a session",
        decimals: 1,
        above: |t| t.seconds,
        below: |t| t.sessions,
        is_goal: true,
        is_logged: true,
    },
    MetricSpec {
        name: "pages",
        title: "pages",
        unit: "",
        doc: "pages a session",
        decimals: 3,
        above: |t| t.pages,
        below: |t| t.sessions,
        is_goal: true,
        is_logged: true,
    },
    MetricSpec {
        name: "return",
        title: "return",
        unit: "",
        doc: "came again on the day after a session",
        decimals: 4,
        above: |t| t.returns,
        below: |t| t.chances,
        is_goal: true,
        is_logged: true,
    },
    MetricSpec {
        name: "visits",
        title: "visits",
        unit: "",
        doc: "sessions a user, so far",
        decimals: 3,
        above: |t| t.sessions,
        below: |_| 1.0,
        is_goal: true,
        is_logged: true,
    },
    MetricSpec {
        name: "spread",
        title: "categories",
        unit: "",
        doc: "distinct categories shown a session",
        decimals: 2,
        above: |t| t.categories,
        below: |t| t.sessions,
        is_goal: false,
        is_logged: true,
    },
    MetricSpec {
        name: "novelty",
        title: "novelty",
        unit: "bits",
        doc: "mean −log₂ of the share of ratings of what was shown",
        decimals: 2,
        above: |t| t.bits,
        below: |t| t.views,
        is_goal: false,
        is_logged: true,
    },
    MetricSpec {
        name: "satisfied",
        title: "satisfied",
        unit: "",
        doc: "clicks that satisfied / clicks: what no log has",
        decimals: 4,
        above: |t| t.satisfied,
        below: |t| t.clicks,
        is_goal: false,
        is_logged: false,
    },
];

/// A metric is its name.
impl PartialEq for MetricSpec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl MetricSpec {
    /// The metric of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        METRICS.iter().find(|m| m.name == name)
    }

    /// The ratio of summed (or expected) totals; `None` where there is nothing below.
    pub fn of(&self, totals: &Totals) -> Option<f64> {
        let below = (self.below)(totals);
        (below > 0.0).then(|| (self.above)(totals) / below)
    }
}
