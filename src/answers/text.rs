//! Counts and shares as text.

pub use crate::task::thousands;

/// A formula whose parameters are only hinted at: `0.6*als:factors=20 + ease` becomes `0.6*als:… + ease`.
pub fn brief(formula: &str, ellipsis: &str) -> String {
    let mut text = String::with_capacity(formula.len());
    let mut inside = false;
    let mut before = ' ';
    for (at, c) in formula.char_indices() {
        // Before parameters no blank stands, as it does around the `:` of a switch.
        let opens = c == ':' && before != ' ' && !formula[at + 1..].starts_with(' ');
        inside = opens || (inside && !matches!(c, ' ' | ')' | '>' | ';' | '?' | '|' | '+'));
        if opens {
            text.extend([":", ellipsis]);
        } else if !inside {
            text.push(c);
        }
        before = c;
    }
    text
}

/// A count with what is counted: `1 rating`, `1,682 ratings`, `3 policies`.
pub fn plural(count: impl TryInto<u64>, one: &str) -> String {
    let count = count.try_into().unwrap_or(0);
    let counted = thousands(count);
    match one.strip_suffix("cy") {
        _ if count == 1 => format!("{counted} {one}"),
        Some(stem) => format!("{counted} {stem}cies"),
        None if one.ends_with('s') => format!("{counted} {one}es"),
        None => format!("{counted} {one}s"),
    }
}

/// A share in percent: `6.3 %`.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    let value = share * 100.0;
    if value.abs() >= 10.0 || value == 0.0 {
        format!("{value:.0} %")
    } else {
        format!("{value:.1} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_only_hinted_at() {
        let cases = [
            ("als", "als"),
            (
                "0.6*als:factors=20,reg=0.5 + ease | zscore",
                "0.6*als:… + ease | zscore",
            ),
            (
                "cascade(als:factors=2 > content; keep=200)",
                "cascade(als:… > content; keep=200)",
            ),
            (
                "switch(ratings<5 ? content : svd:lr=1e-3)",
                "switch(ratings<5 ? content : svd:…)",
            ),
        ];
        for (whole, short) in cases {
            assert_eq!(brief(whole, "…"), short);
        }
    }

    #[test]
    fn one_is_no_plural() {
        let texts = [
            (1, "rating"),
            (0, "rating"),
            (1_682, "rating"),
            (2, "policy"),
            (3, "success"),
        ];
        assert_eq!(
            texts.map(|(n, one)| plural(n, one)),
            ["1 rating", "0 ratings", "1,682 ratings", "2 policies", "3 successes"]
        );
    }
}
