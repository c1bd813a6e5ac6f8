use rand::RngExt;
use rand::SeedableRng;
use serde::Serialize;

/// The random numbers of one run of one policy.
pub type Stream = rand_pcg::Pcg64Mcg;

/// The stream of one (policy, run): depends on nothing else, so that runs may be made in any order on any thread, and
/// a policy's figures do not change with the company it is in.
pub fn stream_of(seed: u64, policy: &str, run: u64) -> Stream {
    let mut state = seed;
    let mut key = mix(&mut state) ^ run.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in policy.bytes() {
        key = (key ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    key ^= mix(&mut state);
    let mut bytes = [0; 16];
    for half in bytes.chunks_mut(8) {
        half.copy_from_slice(&mix(&mut key).to_le_bytes());
    }
    Stream::from_seed(bytes)
}

/// Steele, Lea and Flood's SplitMix64.
fn mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a policy knows before the first pull.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    pub arms: usize,
    /// How many pulls there will be (n): only policies made for a known horizon use it.
    pub horizon: u64,
    /// How many numbers a context has (1 where the world has none: the constant 1).
    pub features: usize,
    /// What is expected of the rate of each arm before any pull, 0 to 1; `None`, or fewer of them, where nothing is.
    pub guesses: &'a [Option<f64>],
}

impl Setting<'_> {
    /// Arms that are all that is known: no context.
    pub fn plain(arms: usize, horizon: u64) -> Self {
        Self {
            arms,
            horizon,
            features: 1,
            guesses: &[],
        }
    }
}

/// What has been seen so far: pulls and successes of each arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tally {
    pulls: Vec<u64>,
    successes: Vec<u64>,
    /// N and S/N of each arm, of which every index is made: kept, as one pull changes only one of them.
    #[serde(skip)]
    counts: Vec<f64>,
    #[serde(skip)]
    means: Vec<f64>,
    total: u64,
    /// Up to so many pulls an arm may not have been pulled yet.
    #[serde(skip)]
    begins: u64,
    /// Pulls of each arm whose outcome is not known yet; empty where outcomes are known at once.
    #[serde(skip)]
    waiting: Vec<u32>,
}

impl Tally {
    /// Nothing seen yet of `arms` arms.
    pub fn new(arms: usize) -> Self {
        Self {
            pulls: vec![0; arms],
            successes: vec![0; arms],
            counts: vec![0.0; arms],
            means: vec![0.0; arms],
            total: 0,
            begins: arms as u64,
            waiting: Vec::new(),
        }
    }

    /// A tally with these counts; both lists must be equally long.
    pub fn of(successes: &[u64], pulls: &[u64]) -> Self {
        assert_eq!(successes.len(), pulls.len(), "a success count for every pull count");
        Self {
            pulls: pulls.to_vec(),
            successes: successes.to_vec(),
            counts: pulls.iter().map(|n| *n as f64).collect(),
            means: successes.iter().zip(pulls).map(|(s, n)| mean(*s, *n)).collect(),
            total: pulls.iter().sum(),
            begins: pulls.len() as u64,
            waiting: Vec::new(),
        }
    }

    /// One more arm, of which nothing is seen yet.
    pub(super) fn grow(&mut self) {
        self.pulls.push(0);
        self.successes.push(0);
        self.counts.push(0.0);
        self.means.push(0.0);
        // Everything counted by now, what is on its way, and the first pull of the new arm.
        let waiting: u64 = self.waiting.iter().map(|n| u64::from(*n)).sum();
        self.begins = self.total + waiting + self.pulls.len() as u64;
    }

    /// A pull of `arm` was made, whose outcome is told later by [`Tally::arrive`].
    pub(super) fn wait_for(&mut self, arm: usize) {
        self.waiting.resize(self.pulls.len(), 0);
        self.waiting[arm] += 1;
    }

    /// Whether outcomes come later than pulls.
    #[inline]
    pub(super) fn is_late(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// The outcome of an earlier pull.
    pub(super) fn arrive(&mut self, arm: usize, reward: bool) {
        self.waiting[arm] -= 1;
        self.add(arm, reward);
    }

    #[inline]
    pub fn add(&mut self, arm: usize, reward: bool) {
        self.pulls[arm] += 1;
        self.successes[arm] += u64::from(reward);
        self.counts[arm] = self.pulls[arm] as f64;
        self.means[arm] = mean(self.successes[arm], self.pulls[arm]);
        self.total += 1;
    }

    /// The number of arms (K).
    #[inline]
    pub fn arms(&self) -> usize {
        self.pulls.len()
    }

    /// Pulls already made (t).
    #[inline]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Pulls of each arm (N).
    #[inline]
    pub fn pulls(&self) -> &[u64] {
        &self.pulls
    }

    /// Successes of each arm (S).
    #[inline]
    pub fn successes(&self) -> &[u64] {
        &self.successes
    }

    /// The observed rate of an arm (μ̂ = S/N); 0 for an arm never pulled.
    #[inline]
    pub fn mean(&self, arm: usize) -> f64 {
        self.means[arm]
    }

    /// S/N of each arm; 0 for an arm never pulled.
    #[inline]
    pub fn means(&self) -> &[f64] {
        &self.means
    }

    /// N of each arm as a number to compute with.
    #[inline]
    pub fn counts(&self) -> &[f64] {
        &self.counts
    }

    /// N of an arm as a number to compute with.
    #[inline]
    pub fn count(&self, arm: usize) -> f64 {
        self.counts[arm]
    }

    /// The next arm of a policy that first pulls each arm once, in order; `None` once all were, even where an outcome is
    /// still waited for.
    #[inline]
    pub fn unpulled(&self) -> Option<usize> {
        if self.total >= self.begins {
            None
        } else {
            let waits = |arm: usize| self.waiting.get(arm).is_some_and(|&n| n > 0);
            (0..self.pulls.len()).find(|&arm| self.pulls[arm] == 0 && !waits(arm))
        }
    }
}

/// S/N; 0 of no pulls.
fn mean(successes: u64, pulls: u64) -> f64 {
    successes as f64 / pulls.max(1) as f64
}

/// Why an arm was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// Each arm is pulled once first, in order.
    Initial,
    Best,
    /// It was taken uniformly at random, whatever is known.
    Explore,
    /// It was drawn by the probabilities that the policy gives the arms.
    Drawn,
    /// The best was set aside, to learn more of its nearest rival.
    Rival,
}

/// The arm that a policy takes next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    pub arm: usize,
    pub how: How,
    /// The probability that a [`How::Drawn`] arm had; 1 for any other, whose probability is not asked for.
    pub chance: f64,
}

impl Choice {
    /// An arm that no probability was drawn for.
    #[inline]
    pub fn of(arm: usize, how: How) -> Self {
        Self { arm, how, chance: 1.0 }
    }

    /// An arm drawn by these probabilities.
    pub(super) fn drawn(probabilities: &[f64], stream: &mut Stream) -> Self {
        let arm = draw(probabilities, stream);
        Self {
            arm,
            how: How::Drawn,
            chance: probabilities[arm],
        }
    }
}

/// What became of a pull, with what was known when it was made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outcome<'a> {
    pub arm: usize,
    pub reward: bool,
    /// See [`Choice::chance`].
    pub chance: f64,
    /// What the policy saw before the pull.
    pub context: &'a [f64],
}

/// The context of a world that has none.
pub const NO_CONTEXT: &[f64] = &[1.0];

/// What the figure means that a policy gives each arm before a pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FigureKind {
    /// An index; the highest wins.
    Index,
    LowIndex,
    /// A draw from the arm's posterior; the highest wins.
    Draw,
    /// The observed mean; the highest wins unless the policy explores.
    Mean,
    Probability,
}

impl FigureKind {
    /// A word for it, in the plural: "draws", "indices", …
    pub fn noun(self) -> &'static str {
        match self {
            Self::Index | Self::LowIndex => "indices",
            Self::Draw => "draws",
            Self::Mean => "means",
            Self::Probability => "probabilities",
        }
    }
}

/// A rule that says which arm to pull next.
///
/// It sees the [`Tally`] and keeps for itself only what the tally does not say.
pub trait Policy: BoxedClone + Send + Sync {
    /// Takes a look at what the next pull is made for. Most policies do not care; until told otherwise the others see
    /// [`NO_CONTEXT`].
    fn see(&mut self, context: &[f64]) {
        let _ = context;
    }

    /// The arm to pull next.
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice;

    /// Takes up the outcome of a pull, which `tally` already counts.
    fn learn(&mut self, outcome: &Outcome<'_>, tally: &Tally) {
        let _ = (outcome, tally);
    }

    /// Takes up counts alone, as if these pulls had been its own. False where counts are not enough, because it goes by
    /// the order of outcomes or by what it did itself.
    fn resume(&mut self, tally: &Tally) -> bool;

    /// The probability that each arm is taken next, where that is what decides and [`Policy::figures`] are only draws.
    fn probabilities(&self, tally: &Tally) -> Option<Vec<f64>> {
        let _ = tally;
        None
    }

    /// The probability that each arm is taken next, where knowing it costs no more than choosing: what a log must have.
    fn propensities(&self, tally: &Tally) -> Option<Vec<f64>> {
        let _ = tally;
        None
    }

    /// Takes up one more arm, of which nothing is seen yet and whose rate is expected to be `guess`, and keeps what it knows of
    /// the others. False where counts are all that it goes by: then it may as well begin anew and [resume](Policy::resume).
    fn grow(&mut self, guess: Option<f64>) -> bool {
        let _ = guess;
        false
    }

    /// α and β of the prior of an arm, where it goes by the Beta posterior of every arm's rate.
    fn prior(&self, arm: usize) -> Option<(f64, f64)> {
        let _ = arm;
        None
    }

    /// What [`Policy::figures`] are.
    fn figure_kind(&self) -> FigureKind {
        FigureKind::Index
    }

    /// What the policy thinks of each arm before the next pull; `None` where it has nothing to go by yet.
    ///
    /// Asked of a copy, with a copy of the stream as it stands before [`Policy::choose`], so that these are the very
    /// draws that the choice will be made of.
    fn figures(&mut self, tally: &Tally, stream: &mut Stream) -> Vec<Option<f64>>;
}

/// What makes a [`Policy`] behind a pointer clonable; every policy that can be cloned has it.
pub trait BoxedClone {
    /// A copy that goes its own way.
    fn boxed_clone(&self) -> Box<dyn Policy>;
}

impl<P: Policy + Clone + 'static> BoxedClone for P {
    fn boxed_clone(&self) -> Box<dyn Policy> {
        Box::new(self.clone())
    }
}

impl Clone for Box<dyn Policy> {
    fn clone(&self) -> Self {
        (**self).boxed_clone()
    }
}

/// The position of the highest figure; ties uniformly at random. 0 for no figures.
pub(super) fn highest(figures: &[f64], stream: &mut Stream) -> usize {
    // Indices are close to each other, and which is higher than all before it cannot be foretold: no branch depends on it.
    let (mut best, mut at, mut tied) = (f64::NEG_INFINITY, 0, false);
    for (arm, &figure) in figures.iter().enumerate() {
        tied |= figure == best;
        at = if figure > best { arm } else { at };
        best = if figure > best { figure } else { best };
    }
    if tied { highest_of_equals(figures, stream) } else { at }
}

/// The same where a figure equals the highest before it.
#[cold]
fn highest_of_equals(figures: &[f64], stream: &mut Stream) -> usize {
    let (mut best, mut at, mut tied) = (f64::NEG_INFINITY, 0, 0u32);
    for (arm, &figure) in figures.iter().enumerate() {
        if figure > best {
            (best, at, tied) = (figure, arm, 1);
        } else if figure == best {
            tied += 1;
            if stream.random_range(0..tied) == 0 {
                at = arm;
            }
        }
    }
    at
}

/// One of the arms that are marked, uniformly at random. 0 if none is.
pub(super) fn pick(marked: impl Iterator<Item = bool>, stream: &mut Stream) -> usize {
    let (mut at, mut seen) = (0, 0u32);
    for (arm, _) in marked.enumerate().filter(|(_, is)| *is) {
        seen += 1;
        if seen == 1 || stream.random_range(0..seen) == 0 {
            at = arm;
        }
    }
    at
}

/// An arm drawn with these probabilities, which sum to 1.
pub(super) fn draw(probabilities: &[f64], stream: &mut Stream) -> usize {
    let mut left: f64 = stream.random();
    let last = probabilities.len().saturating_sub(1);
    for (arm, p) in probabilities.iter().enumerate().take(last) {
        left -= p;
        if left < 0.0 {
            return arm;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_are_broken_uniformly() {
        let mut stream = stream_of(1, "ties", 0);
        let mut counts = [[0u32; 4]; 2];
        for _ in 0..30_000 {
            counts[0][highest(&[0.5, 0.2, 0.5, 0.5], &mut stream)] += 1;
            counts[1][pick([true, false, true, true].into_iter(), &mut stream)] += 1;
        }
        for count in counts {
            assert_eq!(count[1], 0);
            // Six standard deviations of a binomial count of 30,000 at 1/3.
            assert!([0, 2, 3].iter().all(|&a| count[a].abs_diff(10_000) < 490), "{count:?}");
        }
    }

    #[test]
    fn draws_follow_their_probabilities() {
        let mut stream = stream_of(2, "draws", 0);
        let mut counts = [0u32; 3];
        (0..30_000).for_each(|_| counts[draw(&[0.2, 0.0, 0.8], &mut stream)] += 1);
        assert_eq!(counts[1], 0);
        assert!(counts[0].abs_diff(6_000) < 420, "{counts:?}");
    }

    #[test]
    fn streams_differ_by_seed_policy_and_run() {
        let first = |seed, name, run| stream_of(seed, name, run).random::<u64>();
        let all = [
            first(1, "a", 0),
            first(2, "a", 0),
            first(1, "b", 0),
            first(1, "a", 1),
            first(1, "aa", 0),
        ];
        for (n, a) in all.iter().enumerate() {
            assert!(all[n + 1..].iter().all(|b| a != b));
        }
        assert_eq!(first(1, "a", 0), all[0]);
    }
}
