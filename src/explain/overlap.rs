/// The share of two lists that they have in common, of the longer one's length; 1 for two empty ones.
pub fn overlap<T: PartialEq>(a: &[T], b: &[T]) -> f64 {
    let common = a.iter().filter(|x| b.contains(x)).count();
    match a.len().max(b.len()) {
        0 => 1.0,
        longest => common as f64 / longest as f64,
    }
}

/// How alike two lists are, the first places counting most: rank-biased overlap, extrapolated from what is seen (W. Webber,
/// A. Moffat and J. Zobel 2010, A Similarity Measure for Indefinite Rankings, equation 32). 1 for equal lists, 0 for lists
/// that share nothing; `p` is the chance that somebody reads on after a place.
///
/// No list may hold anything twice.
pub fn rank_biased_overlap<T: PartialEq>(a: &[T], b: &[T], p: f64) -> f64 {
    let (long, short) = if a.len() < b.len() { (b, a) } else { (a, b) };
    let (l, s) = (long.len(), short.len());
    match (l, s) {
        (0, 0) => return 1.0,
        (_, 0) => return 0.0,
        _ => {}
    }
    // How many of the first d of both are common, d places deep; the short list ends at s.
    let (mut common, mut common_at_s) = (0, 0);
    let (mut sum, mut weight) = (0.0, 1.0);
    for d in 1..=l {
        let new = &long[d - 1];
        common += usize::from(short[..d.min(s)].contains(new));
        if let Some(other) = short.get(d - 1).filter(|other| *other != new) {
            common += usize::from(long[..d].contains(other));
        }
        if d == s {
            common_at_s = common;
        }
        weight *= p;
        sum += common as f64 / d as f64 * weight;
        if d > s {
            sum += common_at_s as f64 * (d - s) as f64 / (s * d) as f64 * weight;
        }
    }
    let beyond = (common - common_at_s) as f64 / l as f64 + common_at_s as f64 / s as f64;
    (1.0 - p) / p * sum + beyond * weight
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rbo(a: &str, b: &str) -> f64 {
        let list = |text: &str| text.chars().collect::<Vec<_>>();
        rank_biased_overlap(&list(a), &list(b), 0.9)
    }

    #[test]
    fn lists_of_equal_length_by_an_independent_computation() {
        // From an independent implementation; six decimals.
        assert!(
            (rbo("ABCDE", "BACEF") - 0.750_555).abs() < 5e-7,
            "{}",
            rbo("ABCDE", "BACEF")
        );
        assert_eq!(rbo("AB", "CD"), 0.0);
        for text in ["", "A", "ABCDEFGHIJ"] {
            assert!((rbo(text, text) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn a_list_and_its_beginning_by_hand() {
        // Agreement is 1 at depth 1, at depth 2 one of two is seen and the other assumed: (1 − p)/p (p + (1/2 + 1/2) p²) + p².
        assert!((rbo("A", "AB") - 1.0).abs() < 1e-12);
        // Nothing at depth 1; B at depth 2, seen once: (1 − p)/p · p²/2 + (1/2 + 0) p².
        assert!((rbo("B", "AB") - (0.1 / 0.9 * 0.81 / 2.0 + 0.81 / 2.0)).abs() < 1e-12);
        assert_eq!(rbo("", "A"), 0.0);
    }

    #[test]
    fn both_ways_it_is_the_same() {
        for (a, b) in [("ABC", "CBADE"), ("ABCD", "EBFA"), ("A", "BCD")] {
            assert_eq!(rbo(a, b), rbo(b, a));
        }
    }

    #[test]
    fn overlap_is_a_share_of_the_longer_list() {
        assert_eq!(overlap(&[1, 2, 3, 4], &[4, 9]), 0.25);
        assert_eq!(overlap::<u8>(&[], &[]), 1.0);
        assert_eq!(overlap(&[1], &[]), 0.0);
    }
}
