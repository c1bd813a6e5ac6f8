use std::str::FromStr;

use serde::Serialize;

/// How often something happened, of how often it could have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counts {
    pub clicks: u64,
    /// At least 1, and at least `clicks`.
    pub views: u64,
}

impl Counts {
    /// `None` where there are no views, or more clicks than views.
    pub fn new(clicks: u64, views: u64) -> Option<Self> {
        (views > 0 && clicks <= views).then_some(Self { clicks, views })
    }

    pub fn rate(&self) -> f64 {
        self.clicks as f64 / self.views as f64
    }

    /// Those that did not happen.
    pub(super) fn misses(&self) -> u64 {
        self.views - self.clicks
    }
}

impl FromStr for Counts {
    type Err = String;

    /// Reads `200/10000`.
    fn from_str(text: &str) -> Result<Self, String> {
        let whole = |text: &str| text.trim().replace('_', "").parse::<u64>().ok();
        let read = text.split_once('/').and_then(|(x, n)| Some((whole(x)?, whole(n)?)));
        // Above it, sums of counts would no longer be exact.
        let read = read.filter(|(_, views)| *views <= 1 << 50);
        read.and_then(|(clicks, views)| Self::new(clicks, views))
            .ok_or_else(|| {
                format!("\"{text}\" is not CLICKS/VIEWS: whole numbers, no more clicks than views, such as 200/10000")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read() {
        assert_eq!(
            "200/10_000".parse(),
            Ok(Counts {
                clicks: 200,
                views: 10_000
            })
        );
        for wrong in [
            "",
            "3",
            "3/",
            "/3",
            "4/3",
            "0/0",
            "-1/3",
            "1.5/3",
            "1/99999999999999999",
        ] {
            assert!(wrong.parse::<Counts>().is_err(), "{wrong}");
        }
    }
}
