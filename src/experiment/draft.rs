use rand::RngExt;

use crate::bandit::Stream;

/// Team draft: round by round a coin says which list picks first, and each adds its best item that is not there yet. Every
/// entry is an item with its team: 0 is A, 1 is B. At most `length` entries; fewer where both lists end.
pub fn team_draft<T: Copy + PartialEq>(lists: [&[T]; 2], length: usize, stream: &mut Stream) -> Vec<(T, usize)> {
    let mut drawn: Vec<(T, usize)> = Vec::with_capacity(length);
    let mut next = [0, 0];
    while drawn.len() < length {
        let first = usize::from(stream.random::<bool>());
        let before = drawn.len();
        for team in [first, 1 - first] {
            while lists[team]
                .get(next[team])
                .is_some_and(|item| drawn.iter().any(|(d, _)| d == item))
            {
                next[team] += 1;
            }
            if let Some(item) = lists[team].get(next[team]).filter(|_| drawn.len() < length) {
                drawn.push((*item, team));
            }
        }
        if drawn.len() == before {
            break;
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandit::stream_of;
    use proptest::prelude::*;

    #[test]
    fn lists_that_agree_share_their_items() {
        let mut stream = stream_of(1, "draft", 0);
        let drafted = team_draft([&[1, 2, 3, 4], &[1, 2, 3, 4]], 4, &mut stream);
        let items: Vec<i32> = drafted.iter().map(|d| d.0).collect();
        assert_eq!(items, [1, 2, 3, 4]);
        let of_b = (0..4_000).map(|_| team_draft([&[1, 2], &[1, 2]], 1, &mut stream)[0].1);
        let share = of_b.sum::<usize>() as f64 / 4_000.0;
        assert!((share - 0.5).abs() < 4.0 * 0.5 / 4_000f64.sqrt());
        assert!(team_draft::<i32>([&[], &[]], 3, &mut stream).is_empty());
        assert_eq!(team_draft([&[], &[5, 6]], 9, &mut stream), [(5, 1), (6, 1)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn teams_take_turns(a in prop::collection::vec(0u8..30, 0..15), b in prop::collection::vec(0u8..30, 0..15), length in 0usize..20, seed in 0u64..1000) {
            let unique = |v: Vec<u8>| { let mut seen = std::collections::BTreeSet::new(); v.into_iter().filter(|x| seen.insert(*x)).collect::<Vec<u8>>() };
            let (a, b) = (unique(a), unique(b));
            let drafted = team_draft([&a, &b], length, &mut stream_of(seed, "draft", 1));
            let items: std::collections::BTreeSet<u8> = drafted.iter().map(|d| d.0).collect();
            prop_assert_eq!(items.len(), drafted.len());
            let union: std::collections::BTreeSet<u8> = a.iter().chain(&b).copied().collect();
            prop_assert_eq!(drafted.len(), length.min(union.len()));
            for (at, (item, team)) in drafted.iter().enumerate() {
                // Each picked its best that was left.
                let list = [&a, &b][*team];
                let best = list.iter().find(|i| !drafted[..at].iter().any(|d| d.0 == **i));
                prop_assert_eq!(best, Some(item));
            }
            // As long as both have something, no team is ahead by more than one.
            let shortest = a.len().min(b.len());
            for end in 0..=drafted.len().min(shortest) {
                let ahead: i64 = drafted[..end].iter().map(|d| if d.1 == 0 { 1 } else { -1 }).sum();
                prop_assert!(ahead.abs() <= 1);
            }
        }
    }
}
