//! Names for factors, from the traits at their two ends.

use super::probes::{Probe, Trait};

/// Probes with a larger q, or a weaker correlation, name nothing.
pub const LARGEST_Q: f64 = 0.05;
pub const LEAST_R: f64 = 0.2;

/// `A ↔ B`: what is at the high end of a factor and what at its low end, by the strongest probe of each end with q ≤ .05 and
/// |r| ≥ .2. An end that no probe of its own holds for is called by the opposite of the other's (`new ↔ old`), else `other`;
/// `None` where no probe holds. `probes` are those of one factor, the strongest first.
pub fn name(probes: &[Probe], traits: &[Trait]) -> Option<String> {
    let holds = |probe: &&Probe| probe.q <= LARGEST_Q && probe.r.abs() >= LEAST_R;
    let strongest = probes.iter().filter(holds).find(|p| traits.get(p.trait_at).is_some())?;
    let [high, low] = [1.0, -1.0].map(|side: f64| {
        let own = probes.iter().filter(holds).find(|p| p.r * side > 0.0);
        let own = own.and_then(|p| Some(traits.get(p.trait_at)?.ends.0.as_str()));
        own.or_else(|| traits.get(strongest.trait_at)?.ends.1.as_deref())
    });
    Some(format!("{} ↔ {}", high.unwrap_or("other"), low.unwrap_or("other")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn traits() -> Vec<Trait> {
        let of = |name: &str, ends: (&str, Option<&str>)| Trait {
            name: name.to_owned(),
            ends: (ends.0.to_owned(), ends.1.map(str::to_owned)),
            values: Vec::new(),
        };
        vec![
            of("genre: Horror", ("Horror", None)),
            of("genre: Romance", ("Romance", None)),
            of("year", ("new", Some("old"))),
        ]
    }

    fn probes(r: &[(usize, f64)]) -> Vec<Probe> {
        let probe = |(trait_at, r): &(usize, f64)| Probe {
            trait_at: *trait_at,
            r: *r,
            q: if r.abs() > 0.15 { 0.01 } else { 0.2 },
        };
        r.iter().map(probe).collect()
    }

    #[test]
    fn ends_are_named_by_what_is_strongest_there() {
        let said = |r: &[(usize, f64)]| name(&probes(r), &traits());
        assert_eq!(said(&[(0, 0.6), (1, -0.4), (2, 0.3)]).unwrap(), "Horror ↔ Romance");
        assert_eq!(said(&[(1, -0.6), (2, 0.3)]).unwrap(), "new ↔ Romance");
        assert_eq!(said(&[(0, -0.6)]).unwrap(), "other ↔ Horror");
        assert_eq!(said(&[(2, -0.6)]).unwrap(), "old ↔ new");
        assert_eq!(said(&[(2, 0.6), (0, -0.3)]).unwrap(), "new ↔ Horror");
        assert_eq!(said(&[(0, 0.6), (2, -0.3)]).unwrap(), "Horror ↔ new");
        assert_eq!(said(&[(0, 0.18), (1, -0.1)]), None);
        assert_eq!(said(&[]), None);
    }
}
