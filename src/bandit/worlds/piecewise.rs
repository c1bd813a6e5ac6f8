use super::moment::Moment;

/// Rates that stay for a while and then change at once: every arm gets the rate of the one before it, the first that of
/// the last. The set of rates stays the same, and so does how hard they are to tell apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piecewise {
    /// Pulls between two changes, at least 1.
    pub every: u64,
}

impl Piecewise {
    pub(super) fn turn(self, t: u64, now: &mut Moment) {
        if t > 0 && t.is_multiple_of(self.every) {
            now.means.rotate_right(1);
        }
    }
}
