//! Every question of why, asked of every registered model and every kind of hybrid, as the command line asks it.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Parser;
use serde_json::Value;

use super::output::tests::taken;
use super::{Cli, CliError, run};
use crate::models::MODELS;
use crate::models::neighborhood::SIMILARITY_NAMES;

/// One of each kind, nested ones too.
const HYBRIDS: &[&str] = &[
    "0.6*item-knn + 0.3*content + 0.1*popularity",
    "item-knn + user-knn | zscore",
    "item-knn + user-knn | rank",
    "content - 0.2*popularity | softmax",
    "0.5*svd:factors=4 + 0.5*baseline | none",
    "0.5*(0.3*item-knn + 0.7*user-knn) + 0.5*popularity",
    "switch(ratings<3 ? content : item-knn)",
    "switch(raters>=3 ? svd:factors=4 : content)",
    "cascade(popularity > item-knn; keep=4)",
    "augment(svd:factors=4 -> content)",
];

fn formulas() -> Vec<String> {
    let registered = MODELS.iter().map(|model| match model.name {
        "two-tower" => "two-tower:epochs=2,factors=4,hidden=4".to_owned(),
        name => name.to_owned(),
    });
    registered
        .chain(HYBRIDS.iter().map(|text| (*text).to_owned()))
        .collect()
}

fn class() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/class");
    folder.to_string_lossy().into_owned()
}

/// What a command prints, or the sentence that it says instead.
pub(super) fn said(args: &[&str]) -> Result<String, String> {
    let all = [&["recscope"], args, &["--quiet", "--no-cache", "--threads", "1"]].concat();
    let cli = Cli::try_parse_from(&all).unwrap_or_else(|wrong| panic!("{all:?}: {wrong}"));
    let done = run(cli, None);
    let printed = taken();
    match done {
        Ok(()) => Ok(printed),
        Err(CliError::Failed(sentence)) => {
            assert!(
                printed.is_empty() && !sentence.trim().is_empty(),
                "{all:?}: {printed}{sentence}"
            );
            Err(sentence)
        }
        Err(other) => panic!("{all:?}: {other:?}"),
    }
}

/// No number is none, and none is cut.
fn assert_sound(text: &str, of: &str) {
    assert!(!text.trim().is_empty(), "{of} prints nothing");
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-'));
    for word in words {
        let word = word.trim_start_matches('-');
        assert!(
            !["nan", "inf", "infinity"].contains(&word.to_lowercase().as_str()),
            "{of}: {word} in {text}"
        );
    }
}

/// The answer in every form that it has.
fn answers(args: &[&str], forms: &[&str]) -> Result<Value, String> {
    let mut answer = Value::Null;
    for form in forms {
        let of = format!("{} --format {form}", args.join(" "));
        let text = said(&[args, &["--format", form]].concat())?;
        assert_sound(&text, &of);
        if *form == "json" {
            answer = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{of}: {e}: {text}"));
            assert_eq!(answer["schema"], 1, "{of}");
        }
    }
    Ok(answer)
}

fn assert_keys(answer: &Value, keys: &str, of: &str) {
    for key in keys.split(' ') {
        assert!(answer.get(key).is_some(), "{of}: no {key} in {answer:#}");
    }
}

#[test]
fn every_question_is_answered_for_every_model() {
    let data = class();
    let folder = tempfile::tempdir().unwrap();
    let edits = folder.path().join("edits.txt");
    std::fs::write(&edits, "# a change of mind\nrate casablanca 5\nscale 0.9\n").unwrap();
    let edits = edits.to_string_lossy().into_owned();
    let mut answered: BTreeMap<&str, usize> = BTreeMap::new();
    let mut unfit = Vec::new();
    for formula in formulas() {
        let two = format!("{formula}; baseline");
        if let Err(sentence) = said(&["recommend", &data, "--user", "Ben", "--model", &formula]) {
            unfit.push(format!("{formula}: {sentence}"));
            continue;
        }
        let all = ["json", "text", "csv"];
        let ticket = ["json", "text", "csv", "markdown"];
        let questions: [(&str, Vec<&str>, &[&str], &str); 7] = [
            (
                "explain",
                vec!["--item", "psycho", "--model", &formula, "--show-work"],
                &all,
                "user item model unit score prediction rank tree work",
            ),
            (
                "explain",
                vec!["--item", "alien", "--model", &formula],
                &ticket,
                "user item model unit score tree",
            ),
            (
                "why-not",
                vec!["--item", "psycho", "--model", &formula, "-n", "1"],
                &ticket,
                "user item model n verdict rank score cut gap contrast levers",
            ),
            (
                "counterfactual",
                vec!["--model", &formula, "-n", "1"],
                &ticket,
                "user item model n set minimal replaced_by rank_after tried",
            ),
            (
                "compare",
                vec!["--models", &two],
                &all,
                "a b overlap rbo rows difference",
            ),
            (
                "whatif",
                vec!["--edits", &edits, "--model", &formula],
                &all,
                "before after neighbors",
            ),
            (
                "fragility",
                vec!["--model", &formula],
                &all,
                "steps tried changed most_fragile items ratings",
            ),
        ];
        for (command, options, forms, keys) in &questions {
            for whose in [["--user", "Ben"], ["--profile", "alien=5,casablanca=2"]] {
                let args = [&[*command, &data], &whose[..], options].concat();
                // One person's answers in every form, the other's in one.
                let forms = if whose[0] == "--user" { forms } else { &forms[..1] };
                match answers(&args, forms) {
                    Ok(answer) => {
                        assert_keys(&answer, keys, &args.join(" "));
                        if let Some(work) = answer.get("work") {
                            assert!(work.as_array().is_some_and(|pages| !pages.is_empty()), "{args:?}");
                        }
                        *answered.entry(command).or_default() += 1;
                    }
                    // Of what has no score there is nothing to explain, and who is recommended nothing loses nothing.
                    Err(sentence) => assert!(
                        *command == "explain" || sentence.contains("recommends nothing"),
                        "{args:?}: {sentence}"
                    ),
                }
            }
        }
        let everybody = answers(&["compare", &data, "--models", &two, "--all"], &all).unwrap();
        assert_keys(&everybody, "a b n overlap rbo users", &two);
        assert_eq!(everybody["users"].as_array().unwrap().len(), 5, "{two}");
    }
    // There are no times in this data, which one model lives on.
    assert!(unfit.len() == 1 && unfit[0].starts_with("trending: "), "{unfit:#?}");
    let models = formulas().len() - unfit.len();
    for (command, count) in &answered {
        // Two people each; explain is asked twice, of an item that may have no score.
        assert!(*count + 4 >= 2 * models, "{command}: {count} for {models} models");
    }
}

#[test]
fn pairs_are_written_out_by_every_similarity() {
    let data = class();
    for name in SIMILARITY_NAMES {
        for (subject, with) in [(["--user", "Ben"], "Ada"), (["--item", "psycho"], "alien")] {
            let args = [
                &["pair", &data],
                &subject[..],
                &["--with", with, "--similarity", name, "--show-work"],
            ]
            .concat();
            let answer = answers(&args, &["json", "text", "csv"]).unwrap();
            assert_keys(&answer, "similarity work", name);
            let pages = answer["work"].as_array().unwrap();
            assert_eq!(
                pages.len(),
                SIMILARITY_NAMES.len(),
                "every measure for one pair: {name}"
            );
            assert!(
                pages
                    .iter()
                    .all(|page| page["steps"].as_array().is_some_and(|steps| !steps.is_empty()))
            );
        }
    }
}

#[test]
fn maps_and_meanings_are_printed_in_every_form() {
    let data = class();
    let all = ["json", "text", "csv"];
    let describe = ["factors", &data, "--model", "svd:factors=3,epochs=5", "--describe"];
    for varimax in [false, true] {
        let args = if varimax {
            [&describe[..], &["--varimax"]].concat()
        } else {
            describe.to_vec()
        };
        let answer = answers(&args, &all).unwrap();
        let factor = &answer["factors"][2];
        assert_eq!(
            (&factor["factor"], answer["factors"].as_array().unwrap().len()),
            (&3.into(), 3)
        );
        assert_keys(factor, "name stability low high probes r2 r2_permuted", "describe");
    }
    for options in [
        &["--projection", "pca", "--items"][..],
        &["--projection", "tsne", "--users"],
        &[],
    ] {
        let args = [&["map", &data, "--model", "als:factors=3"], options].concat();
        let answer = answers(&args, &all).unwrap();
        assert_keys(&answer, "projection trustworthiness continuity points", "map");
        assert_keys(&answer["points"][0], "id label x y trust", "map");
    }
    let args = [
        "map",
        &data,
        "--compare",
        "svd:factors=3,epochs=5; svd:factors=2,epochs=5",
    ];
    let answer = answers(&args, &all).unwrap();
    assert_keys(&answer, "projection points moved", "map");
    assert_keys(&answer["moved"][0], "id label distance kept lost gained", "map");
    for (args, sentence) in [
        (["map", &data, "--model", "popularity"], "has no latent factors"),
        (
            ["factors", &data, "--describe", "--model=popularity"],
            "has no latent factors",
        ),
        (["map", &data, "--items", "--users"], "say one of them"),
        (["map", &data, "--projection", "umap"], "pca and tsne"),
        (["factors", &data, "--describe", "--user=Ben"], "name no user or item"),
    ] {
        let said = run(
            Cli::try_parse_from([&["recscope"], &args[..], &["--quiet", "--no-cache"]].concat()).unwrap(),
            None,
        );
        let said = said.unwrap_err().into_sentence();
        assert!(said.contains(sentence), "{args:?}: {said}");
    }
}
