use std::collections::VecDeque;

/// A pull whose outcome is not known yet.
#[derive(Clone, Debug)]
pub(in crate::bandit) struct Late {
    pub arm: usize,
    pub reward: bool,
    pub chance: f64,
    pub context: Vec<f64>,
}

/// Outcomes on their way: each is known a fixed number of pulls later, in the order of the pulls.
#[derive(Clone, Debug)]
pub(in crate::bandit) struct Waiting {
    delay: u64,
    pulls: VecDeque<Late>,
}

impl Waiting {
    pub fn new(delay: u64) -> Self {
        Self {
            delay,
            pulls: VecDeque::new(),
        }
    }

    /// Takes a pull and gives back the one whose outcome is known by now.
    pub fn exchange(&mut self, pull: Late) -> Option<Late> {
        self.pulls.push_back(pull);
        (self.pulls.len() as u64 > self.delay).then(|| self.pulls.pop_front())?
    }
}
