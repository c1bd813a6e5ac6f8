use proptest::prelude::*;

use super::super::DEFAULT_FORMULA;
use super::*;
use crate::models::Unit;

fn parse(text: &str) -> Result<Formula, FormulaError> {
    Formula::parse(text)
}

fn canonical(text: &str) -> String {
    parse(text).map_or_else(|e| e.to_string(), |f| f.to_string())
}

#[test]
fn formulas_are_written_in_one_way() {
    for (text, expected) in [
        (DEFAULT_FORMULA, DEFAULT_FORMULA),
        ("  item-knn ", "item-knn"),
        ("((svd))", "svd"),
        ("svd:factors=100,epochs=5", "svd:epochs=5"),
        ("svd:lr=1e-3", "svd:lr=0.001"),
        (
            "item-knn:similarity=pearson-baseline,prediction=baseline",
            "item-knn:similarity=pearson-baseline,prediction=baseline",
        ),
        ("0.5*svd+.5*content|zscore", "0.5*svd + 0.5*content | zscore"),
        ("svd - 0.1*popularity", "svd - 0.1*popularity"),
        ("-svd + content", "-svd + content"),
        ("2*svd", "2*svd"),
        ("svd|minmax", "svd | minmax"),
        (
            "0.5*(svd + content | rank) + popularity",
            "0.5*(svd + content | rank) + popularity",
        ),
        (
            "switch( ratings<5?content:item-knn )",
            "the : of a switch has blanks around it",
        ),
        (
            "switch(ratings < 5 ? content : item-knn)",
            "switch(ratings<5 ? content : item-knn)",
        ),
        (
            "switch(raters>=10 ? svd:factors=8 : content)",
            "switch(raters>=10 ? svd:factors=8 : content)",
        ),
        (
            "cascade(item-knn > content; keep=50)",
            "cascade(item-knn > content; keep=50)",
        ),
        ("cascade(item-knn>content)", "cascade(item-knn > content; keep=200)"),
        ("augment(svd -> content)", "augment(svd -> content)"),
        ("augment(svd->content)", "augment(svd -> content)"),
    ] {
        let seen = canonical(text);
        assert!(seen.contains(expected), "{text}: {seen}");
    }
}

#[test]
fn errors_name_the_column_and_the_cause() {
    for (text, column, words) in [
        ("", 1, "a model is expected"),
        ("itm-knn", 1, "did you mean item-knn?"),
        ("0.5*svd + 0.5*contnt", 15, "did you mean content?"),
        ("svd:factor=3", 5, "did you mean factors?"),
        ("svd:factors=x", 5, "not allowed"),
        ("svd | zscor", 7, "did you mean zscore?"),
        ("svd content", 5, "nothing more"),
        ("0.5 svd", 5, "* is expected"),
        ("(svd", 5, ") is expected"),
        ("switch(users<5 ? svd : content)", 8, "ratings"),
        ("cascade(svd)", 12, "next stage"),
        ("1e999*svd", 1, "not a number"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(
            error.column == column && error.message.contains(words),
            "{text}: {error}"
        );
    }
    assert!(parse(&"(".repeat(100_000)).is_err());
}

#[test]
fn units_follow_from_the_parts() {
    let unit = |text| parse(text).unwrap().unit();
    assert_eq!(unit("svd"), Unit::Rating);
    assert_eq!(unit(DEFAULT_FORMULA), Unit::Normalized);
    assert_eq!(unit("0.5*svd + 0.5*baseline | none"), Unit::Rating);
    assert_eq!(unit("0.5*svd + 0.9*baseline | none"), Unit::Score);
    assert_eq!(unit("switch(ratings<5 ? content : svd)"), Unit::Score);
    assert_eq!(unit("cascade(content > svd)"), Unit::Rating);
}

#[test]
fn what_has_to_be_fitted_is_listed_once() {
    let formula = parse("0.5*svd + switch(ratings<5 ? content : 0.2*svd + popularity)").unwrap();
    let names: Vec<String> = formula.fittables().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["svd", "content", "popularity"]);
}

#[test]
fn the_factors_of_a_formula_are_those_of_its_first_model_that_has_some() {
    for (text, first) in [
        ("als:factors=8", Some("als:factors=8")),
        ("0.3*popularity + 0.7*als | rank", Some("als")),
        ("switch(ratings<5 ? content : svd:epochs=3)", Some("svd:epochs=3")),
        ("cascade(popularity > 0.5*ease + 0.5*bpr > svd)", Some("bpr")),
        ("augment(svd -> content)", Some("svd")),
        (DEFAULT_FORMULA, None),
        ("ease", None),
    ] {
        let formula = parse(text).unwrap();
        assert_eq!(
            formula.with_factors().map(ToString::to_string).as_deref(),
            first,
            "{text}"
        );
    }
}

#[test]
fn formulas_are_equal_where_they_are_written_equally() {
    fn shared<F: Send + Sync + Clone + Eq + std::hash::Hash>(formulas: [F; 3]) -> usize {
        std::collections::HashSet::from(formulas).len()
    }
    let formulas = ["svd", "svd:factors=100", "svd:factors=8"].map(|text| parse(text).unwrap());
    assert_eq!(shared(formulas), 2);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_and_canonical_text_reads_back(text in "[a-z0-9 *+|:=,.()?<>;-]{0,40}|(0\\.[0-9]\\*)?(svd|content|item-knn)( [+-] (0\\.[0-9]\\*)?(svd:factors=[1-9]|popularity)){0,3}( \\| rank)?") {
        if let Ok(formula) = parse(&text) {
            let written = formula.to_string();
            prop_assert_eq!(parse(&written).unwrap().to_string(), written);
        }
    }
}
