/// A well-known set of rates.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    pub name: &'static str,
    pub doc: &'static str,
    rates: fn() -> Vec<f64>,
}

impl Preset {
    pub fn rates(&self) -> Vec<f64> {
        (self.rates)()
    }

    /// The preset of this name.
    pub fn find(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }
}

/// One arm of .5, the others worse by `gap`: Chapelle and Li 2011, An empirical evaluation of Thompson sampling.
fn one_better(arms: usize, gap: f64) -> Vec<f64> {
    let mut rates = vec![0.5 - gap; arms];
    rates[0] = 0.5;
    rates
}

/// Every preset, in the order of the help.
pub static PRESETS: [Preset; 7] = [
    Preset {
        name: "two-arms",
        doc: "0.9 and 0.8 (Garivier and Cappe 2011)",
        rates: || vec![0.9, 0.8],
    },
    Preset {
        name: "low-ctr",
        doc: "ten arms from 0.1 down to 0.01: click rates",
        rates: || vec![0.10, 0.05, 0.05, 0.05, 0.02, 0.02, 0.02, 0.01, 0.01, 0.01],
    },
    Preset {
        name: "nine",
        doc: "0.1, 0.2, … 0.9",
        rates: || (1..10).map(|tenth| f64::from(tenth) / 10.0).collect(),
    },
    Preset {
        name: "ten-easy",
        doc: "ten arms, one of 0.5, the others of 0.4 (Chapelle and Li 2011)",
        rates: || one_better(10, 0.1),
    },
    Preset {
        name: "ten-hard",
        doc: "ten arms, one of 0.5, the others of 0.48 (Chapelle and Li 2011)",
        rates: || one_better(10, 0.02),
    },
    Preset {
        name: "hundred-easy",
        doc: "a hundred arms, one of 0.5, the others of 0.4 (Chapelle and Li 2011)",
        rates: || one_better(100, 0.1),
    },
    Preset {
        name: "hundred-hard",
        doc: "a hundred arms, one of 0.5, the others of 0.48 (Chapelle and Li 2011)",
        rates: || one_better(100, 0.02),
    },
];
