/// A ratio of two sums over users.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Σ above / Σ below, such as clicks / views.
    pub value: f64,
    /// Its variance over users.
    pub variance: f64,
}

/// Σ clicks / Σ views with its variance by the delta method, users taken as independent; sample moments with n − 1. `None`
/// for fewer than two users, for lists of different lengths, or where nothing was viewed.
pub fn ratio(clicks: &[f64], views: &[f64]) -> Option<Ratio> {
    let mut sums = RatioSums::default();
    for (clicks, views) in clicks.iter().zip(views) {
        sums.add(*clicks, *views);
    }
    if clicks.len() == views.len() {
        sums.ratio()
    } else {
        None
    }
}

/// Sums over users from which a ratio and its variance are read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RatioSums {
    pub users: f64,
    above: f64,
    below: f64,
    above2: f64,
    product: f64,
    below2: f64,
}

impl RatioSums {
    /// A user more.
    pub fn add(&mut self, above: f64, below: f64) {
        self.users += 1.0;
        self.above += above;
        self.below += below;
        self.above2 += above * above;
        self.product += above * below;
        self.below2 += below * below;
    }

    /// Users of elsewhere.
    pub fn merge(&mut self, other: &Self) {
        self.users += other.users;
        self.above += other.above;
        self.below += other.below;
        self.above2 += other.above2;
        self.product += other.product;
        self.below2 += other.below2;
    }

    /// Σ above / Σ below with its variance over users by the delta method; `None` for fewer than two users, or nothing below.
    pub fn ratio(&self) -> Option<Ratio> {
        if self.users < 2.0 || self.below <= 0.0 {
            return None;
        }
        let (value, mean) = (self.above / self.below, self.below / self.users);
        // c − R v has mean 0 over users: the sum of its squares is all three terms of the delta method.
        let squares = self.above2 - 2.0 * value * self.product + value * value * self.below2;
        Some(Ratio {
            value,
            variance: squares.max(0.0) / (self.users - 1.0) / self.users / (mean * mean),
        })
    }
}
