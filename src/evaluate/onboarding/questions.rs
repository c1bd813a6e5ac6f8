use std::fmt;
use std::str::FromStr;

use crate::data::nearest;

/// How the next item is chosen that a newcomer is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ask {
    /// What most people rated: it is most likely to have an answer.
    Popularity,
    /// What opinions differ about most.
    Entropy,
    /// Both: log of the count times the entropy (Rashid et al. 2002, "log pop·ent").
    #[default]
    PopularityEntropy,
    /// What would tell most about where the newcomer lies in latent space, times the chance of an answer.
    Coverage,
    /// What the newcomer liked so far decides, by Thompson sampling over kinds of items.
    Bandit,
    Random,
}

/// All of them, with their names on the command line.
pub const ASKS: [(Ask, &str); 6] = [
    (Ask::Popularity, "popularity"),
    (Ask::Entropy, "entropy"),
    (Ask::PopularityEntropy, "popularity*entropy"),
    (Ask::Coverage, "coverage"),
    (Ask::Bandit, "bandit"),
    (Ask::Random, "random"),
];

impl Ask {
    /// As on the command line.
    pub fn name(self) -> &'static str {
        ASKS.iter().find(|(ask, _)| *ask == self).map_or("", |(_, name)| name)
    }

    /// How it chooses, in a clause.
    pub fn doc(self) -> &'static str {
        match self {
            Self::Popularity => "the item with the most ratings",
            Self::Entropy => {
                "the item with the highest entropy of its ratings (of rated or not, where values say nothing)"
            }
            Self::PopularityEntropy => "the item with the highest ln(ratings) · entropy",
            Self::Coverage => {
                "the item with the highest share of raters · ln(1 + qᵀA⁻¹q), q its factors by als, A = I + Σ qqᵀ over the \
                 answers so far"
            }
            Self::Bandit => {
                "the most rated item of the genre (or other attribute, or factor) that Thompson sampling draws; a like is \
                 a success"
            }
            Self::Random => "any item that somebody rated",
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Ask {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain: String = text.split_whitespace().collect();
        if let Some((ask, _)) = ASKS.iter().find(|(_, name)| *name == plain) {
            return Ok(*ask);
        }
        let names = ASKS.map(|(_, name)| name);
        let near = nearest(&plain, names).map_or_else(String::new, |name| format!(" (did you mean {name}?)"));
        Err(format!(
            "there is no way to ask called {text:?}{near}; there are {}",
            names.join(", ")
        ))
    }
}
