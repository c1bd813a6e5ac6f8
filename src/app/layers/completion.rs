//! What a formula may go on with at a place: the names of models, their parameters, the values of those, normalizations.

use crate::models::{Catalog, ModelEntry, Norm, Range};

/// One way to go on.
#[derive(Clone)]
pub struct Offer {
    /// What the word becomes.
    pub text: String,
    /// What it is, in a few words.
    pub title: String,
    /// The model that it names or belongs to.
    pub model: Option<ModelEntry>,
    pub kind: OfferKind,
}

/// What an offer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferKind {
    /// By itself a formula.
    Model,
    Parameter,
    Value,
    Norm,
}

fn is_in_word(c: char) -> bool {
    c.is_alphanumeric() || "-._".contains(c)
}

/// A model with its parameters.
fn is_in_model(c: char) -> bool {
    is_in_word(c) || ":,=".contains(c)
}

/// The end of a text that consists of such characters.
fn end(text: &str, is_in: fn(char) -> bool) -> &str {
    let start = text
        .rfind(|c| !is_in(c))
        .map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
    &text[start..]
}

/// The beginning of a text that consists of such characters.
fn beginning(text: &str, is_in: fn(char) -> bool) -> &str {
    &text[..text.find(|c| !is_in(c)).unwrap_or(text.len())]
}

/// A place in a formula: what stands before it, and behind it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    pub before: &'a str,
    pub behind: &'a str,
}

impl<'a> Place<'a> {
    /// Before the `n`th character of a text.
    pub fn of(text: &'a str, n: usize) -> Self {
        let at = text.char_indices().nth(n).map_or(text.len(), |(at, _)| at);
        let (before, behind) = text.split_at(at);
        Self { before, behind }
    }

    /// What is typed already of the word at this place.
    pub fn typed(self) -> &'a str {
        end(self.before, is_in_word)
    }

    /// The whole word that the place is in.
    pub fn word(self) -> String {
        format!("{}{}", self.typed(), beginning(self.behind, is_in_word))
    }

    /// The formula with another word in the place of that, and how many characters stand before its end.
    pub fn with(self, word: &str) -> (String, usize) {
        let kept = &self.before[..self.before.len() - self.typed().len()];
        let rest = &self.behind[beginning(self.behind, is_in_word).len()..];
        // What ends with a sign of equality is there already.
        let rest = rest.strip_prefix('=').filter(|_| word.ends_with('=')).unwrap_or(rest);
        let before = format!("{kept}{word}");
        let at = before.chars().count();
        (before + rest, at)
    }
}

/// The ways to go on with a formula at a place.
pub fn offers(catalog: &Catalog, place: Place<'_>) -> Vec<Offer> {
    let typed = place.typed();
    let before = &place.before[..place.before.len() - typed.len()];
    if before.trim_end().ends_with('|') {
        return narrowed(norms(), typed);
    }
    let named = end(place.before, is_in_model).split_once(':');
    let model = named.and_then(|(name, rest)| Some((catalog.find(name).ok()?, rest)));
    let Some((model, rest)) = model else {
        return narrowed(models(catalog), typed);
    };
    let (set, last) = rest.rsplit_once(',').unwrap_or(("", rest));
    if let Some((name, typed)) = last.split_once('=') {
        return narrowed(values(&model, name), typed);
    }
    let later = beginning(place.behind, is_in_model).split(',').skip(1);
    let taken: Vec<&str> = set
        .split(',')
        .chain(later)
        .filter_map(|pair| pair.split('=').next())
        .collect();
    let left: Vec<Offer> = parameters(&model)
        .into_iter()
        .filter(|offer| !taken.contains(&offer.text.trim_end_matches('=')))
        .collect();
    narrowed(left, last)
}

/// Those that contain the word, first those that begin with it; all where none does or it is one.
fn narrowed(all: Vec<Offer>, word: &str) -> Vec<Offer> {
    let mut found: Vec<Offer> = all.iter().filter(|offer| offer.text.contains(word)).cloned().collect();
    if word.is_empty() || found.is_empty() || found.iter().any(|offer| offer.text == word) {
        return all;
    }
    if found.iter().any(|offer| offer.kind != OfferKind::Model) {
        found.sort_by_key(|offer| !offer.text.starts_with(word));
    }
    found
}

fn models(catalog: &Catalog) -> Vec<Offer> {
    let offer = |model: ModelEntry| Offer {
        text: model.name().to_owned(),
        title: model.spec().title.to_owned(),
        model: Some(model),
        kind: OfferKind::Model,
    };
    catalog.models().map(offer).collect()
}

fn norms() -> Vec<Offer> {
    let title = |norm: Norm| match norm {
        Norm::MinMax => "(s − min) / (max − min): 0 to 1 among the candidates",
        Norm::ZScore => "(s − mean) / standard deviation",
        Norm::Rank => "the share of the candidates that score lower",
        Norm::Softmax => "e^s / Σ e^s",
        Norm::None => "the scores as they are",
    };
    let offer = |norm: Norm| Offer {
        text: norm.name().to_owned(),
        title: title(norm).to_owned(),
        model: None,
        kind: OfferKind::Norm,
    };
    Norm::ALL.into_iter().map(offer).collect()
}

fn parameters(model: &ModelEntry) -> Vec<Offer> {
    let defaults = model.defaults();
    let offer = |parameter: &crate::models::Parameter| Offer {
        text: format!("{}=", parameter.name),
        title: format!(
            "{} · {} · default {}",
            parameter.doc.trim_end_matches('.'),
            parameter.range,
            defaults.default_text(parameter)
        ),
        model: Some(model.clone()),
        kind: OfferKind::Parameter,
    };
    model.spec().parameters.iter().map(offer).collect()
}

/// What a parameter can be set to, where that can be listed: its words, and its default.
fn values(model: &ModelEntry, name: &str) -> Vec<Offer> {
    let Some(parameter) = model.spec().parameters.iter().find(|p| p.name == name) else {
        return Vec::new();
    };
    let default = model.defaults().default_text(parameter);
    let offer = |text: &str, title: String| Offer {
        text: text.to_owned(),
        title,
        model: Some(model.clone()),
        kind: OfferKind::Value,
    };
    let title = |text: &str| {
        if text == default {
            "the default".to_owned()
        } else {
            String::new()
        }
    };
    match parameter.range {
        Range::Choice(words) => words.iter().map(|word| offer(word, title(word))).collect(),
        range => {
            let all = matches!(range, Range::WholeOrAll(..)).then(|| offer("all", String::new()));
            // A default may be a rule in words: nothing to be typed.
            let can_be_typed = parameter.parse(&default).is_ok();
            let default = can_be_typed.then(|| offer(&default, format!("the default · {range}")));
            default.into_iter().chain(all).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At the bar `¦`, else at the end.
    fn place(formula: &str) -> Place<'_> {
        let (before, behind) = formula.split_once('¦').unwrap_or((formula, ""));
        Place { before, behind }
    }

    fn texts(formula: &str) -> Vec<String> {
        offers(&Catalog::default(), place(formula))
            .into_iter()
            .map(|offer| offer.text)
            .collect()
    }

    #[test]
    fn the_last_word_is_what_is_being_typed() {
        for (formula, word) in [
            ("0.6*item-k", "item-k"),
            ("svd + ", ""),
            ("", ""),
            ("é(pop", "pop"),
            ("svd:factors=1", "1"),
            ("svd:fac", "fac"),
        ] {
            assert_eq!(place(formula).typed(), word);
        }
    }

    #[test]
    fn models_are_offered_by_the_word() {
        let all = Catalog::default().models().count();
        assert!(texts("0.6*knn").iter().all(|n| n.contains("knn")) && !texts("0.6*knn").is_empty());
        assert_eq!(texts("svd + ").len(), all);
        assert_eq!(texts("no-such-thing").len(), all);
        assert_eq!(texts("popularity").len(), all);
        // The colon of a switch begins no parameters.
        assert_eq!(texts("switch(ratings<5 ? svd : ").len(), all);
    }

    #[test]
    fn parameters_are_offered_behind_the_colon_and_values_behind_the_equals_sign() {
        let knn = texts("0.6*item-knn:");
        assert!(knn.contains(&"k=".to_owned()) && knn.contains(&"similarity=".to_owned()));
        assert_eq!(texts("0.6*item-knn:simi"), ["similarity="]);
        // One that is set is not offered again.
        assert!(!texts("item-knn:k=20,").contains(&"k=".to_owned()));
        assert!(texts("item-knn:similarity=").contains(&"jaccard".to_owned()));
        assert_eq!(texts("item-knn:similarity=jac"), ["jaccard"]);
        assert!(texts("item-knn:k=").contains(&"all".to_owned()));
        assert!(texts("item-knn:no-such=").is_empty());
        assert!(texts("popularity:").iter().all(|text| text.ends_with('=')));
    }

    #[test]
    fn a_word_is_completed_wherever_it_stands() {
        assert!(texts("0.6*item-k¦nn + svd").contains(&"item-knn".to_owned()));
        assert_eq!(texts("item-knn:simi¦=cosine + svd"), ["similarity="]);
        assert_eq!(texts("item-knn:similarity=jac¦ + svd"), ["jaccard"]);
        assert_eq!(texts("svd + ease | z¦ "), ["zscore"]);
        // What is set further on is not offered again.
        assert!(!texts("item-knn:¦,k=20 + svd").contains(&"k=".to_owned()));
        assert!(texts("item-knn:k¦,min-k=20").contains(&"k=".to_owned()));
        for (formula, word, result) in [
            ("0.6*it¦em-x + svd", "item-knn", "0.6*item-knn¦ + svd"),
            ("¦ + svd", "ease", "ease¦ + svd"),
            ("item-knn:simi¦=cosine", "similarity=", "item-knn:similarity=¦cosine"),
            ("é(po¦)", "popularity", "é(popularity¦)"),
            ("svd", "svdpp", "svdpp¦"),
        ] {
            let (text, at) = place(formula).with(word);
            let Place { before, behind } = Place::of(&text, at);
            assert_eq!(format!("{before}¦{behind}"), result);
        }
        assert_eq!(place("0.6*it¦em-knn").word(), "item-knn");
    }

    #[test]
    fn normalizations_are_offered_behind_the_bar() {
        assert_eq!(texts("svd + ease | "), ["minmax", "zscore", "rank", "softmax", "none"]);
        assert_eq!(texts("svd + ease | z"), ["zscore"]);
    }

    #[test]
    fn every_offer_of_every_parameter_can_be_typed() {
        let catalog = Catalog::default();
        for model in catalog.models() {
            for parameter in model.spec().parameters {
                for offer in values(&model, parameter.name) {
                    let formula = format!("{}:{}={}", model.name(), parameter.name, offer.text);
                    assert!(catalog.parse(&formula).is_ok(), "{formula}");
                }
            }
        }
    }
}
