//! What is written opens as a model with the same scores, to the last bit; from Spark's format to 1e-6.

use std::fs;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::data::ItemIx;
use crate::models::tests_common::{check_serving, context, fit_in, serve_guest, serve_user, synthetic};
use crate::models::{Catalog, FitStore, Formula, MODELS};
use crate::task::Task;

fn exported(model: &Arc<dyn Recommender>, data: &Dataset) -> Export {
    Export::of(&**model, model.factors().unwrap(), data, &Cancel::new()).unwrap()
}

fn write_archive(export: &Export, file: &Path) {
    let mut bytes = Cursor::new(Vec::new());
    export.write_npz(&mut bytes).unwrap();
    fs::write(file, bytes.into_inner()).unwrap();
}

/// Opens what was written under a name of the test's own.
fn import(name: &str, path: &Path, data: &Arc<Dataset>) -> Arc<dyn Recommender> {
    fitted(&catalog(name, path).parse(name).unwrap(), data)
}

fn catalog(name: &str, path: &Path) -> Catalog {
    let mut catalog = Catalog::default();
    catalog.import(name, path).unwrap();
    catalog
}

fn fitted(formula: &Formula, data: &Arc<Dataset>) -> Arc<dyn Recommender> {
    let store = FitStore::new(Arc::clone(data), 1);
    store.fit(formula, &Task::unattended()).unwrap()
}

/// Everybody's scores are the same, bit for bit or to 1e-6 of their size.
fn check_same(name: &str, [before, after]: [&Arc<dyn Recommender>; 2], exactly: bool, data: &Dataset) {
    for user in data.users() {
        let (before, after) = (serve_user(before, data, user.0), serve_user(after, data, user.0));
        for item in data.items() {
            // Towers leave a rated item out of the history that scores it; factors can't express that.
            if name == "two-tower" && data.rating(user, item).is_some() {
                continue;
            }
            let (before, after) = (before.score(item), after.score(item));
            match (before, after) {
                (Ok(before), Ok(after)) if exactly => assert_eq!(before.to_bits(), after.to_bits(), "{name}"),
                (Ok(before), Ok(after)) => {
                    assert!(
                        (before - after).abs() < 1e-6 * before.abs().max(1.0),
                        "{name}: {before} {after}"
                    );
                }
                (before, after) => panic!("{name}: {before:?} {after:?}"),
            }
        }
    }
    check_serving(&serve_user(after, data, 1), data.n_items());
}

fn written_formats(export: &Export, folder: &Path) -> Vec<std::path::PathBuf> {
    let mut written = vec![folder.join("model.npz")];
    write_archive(export, &written[0]);
    for (name, format) in [
        ("arrays", Format::Npy),
        ("tables", Format::Csv),
        ("spark", Format::Parquet),
    ] {
        let inside = folder.join(name);
        fs::create_dir(&inside).unwrap();
        write_folder(export, &inside, format).unwrap();
        written.push(inside);
    }
    written
}

#[test]
fn every_factor_model_scores_the_same_when_it_comes_back() {
    let data = synthetic(14, 11);
    let mut n_models = 0;
    for spec in MODELS {
        let has = |name: &str| spec.parameters.iter().any(|p| p.name == name);
        let settings = [("factors", "3"), ("epochs", "2")].map(|(name, value)| {
            let text = format!("{name}={value}");
            if has(name) { text } else { String::new() }
        });
        let settings: Vec<&str> = settings.iter().map(String::as_str).filter(|s| !s.is_empty()).collect();
        let model = fit_in(spec.name, &settings.join(","), &context(&data)).unwrap();
        if model.factors().is_none() {
            continue;
        }
        n_models += 1;
        let export = exported(&model, &data);
        assert_eq!(
            (export.users.ids.len(), export.items.ids.len()),
            (14, 11),
            "{}",
            spec.name
        );
        let folder = tempfile::tempdir().unwrap();
        for path in written_formats(&export, folder.path()) {
            let again = import("exported", &path, &data);
            // A model of ratings predicts ratings again; everything else is a score.
            assert_eq!(
                again.unit() == Unit::Rating,
                model.unit() == Unit::Rating,
                "{}",
                spec.name
            );
            let is_sparks = path.ends_with("spark");
            check_same(spec.name, [&model, &again], !is_sparks, &data);
            // And it is written as it was.
            if !is_sparks {
                assert_eq!(exported(&again, &data).users, export.users, "{}", path.display());
                assert_eq!(exported(&again, &data).items, export.items, "{}", path.display());
            }
        }
    }
    assert!(n_models >= 8, "{n_models} models have factors");
}

#[test]
fn guests_of_svd_are_served_alike() {
    let data = synthetic(14, 11);
    let model = fit_in("svd", "factors=3,epochs=4", &context(&data)).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("svd.npz");
    write_archive(&exported(&model, &data), &file);
    let again = import("exported-svd", &file, &data);
    let (before, after) = (
        serve_guest(&model, &[(0, 5.0), (3, 1.0)]),
        serve_guest(&again, &[(0, 5.0), (3, 1.0)]),
    );
    for item in data.items() {
        assert_eq!(
            before.score(item).unwrap().to_bits(),
            after.score(item).unwrap().to_bits()
        );
    }
    // als has its own weights, which the import must be told.
    let model = fit_in("als", "factors=3,epochs=4,alpha=7,reg=2", &context(&data)).unwrap();
    let file = folder.path().join("als.npz");
    write_archive(&exported(&model, &data), &file);
    let catalog = catalog("exported-als", &file);
    let formula = catalog.parse("exported-als:fold=als,alpha=7,weights=binary,reg=2");
    let again = fitted(&formula.unwrap(), &data);
    let (before, after) = (
        serve_guest(&model, &[(2, 5.0), (5, 1.0)]),
        serve_guest(&again, &[(2, 5.0), (5, 1.0)]),
    );
    assert_eq!(
        before.score(ItemIx(1)).unwrap().to_bits(),
        after.score(ItemIx(1)).unwrap().to_bits()
    );
}

#[test]
fn ids_of_all_kinds_come_back() {
    let side = |name: &'static str, ids: &[&str]| Side {
        name,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        labels: ids.iter().map(|id| format!("The \"{id}\", a label")).collect(),
        bias: vec![0.0; ids.len()],
        width: 2,
        factors: (0..2 * ids.len()).map(|k| k as f64 / 4.0 - 1.0).collect(),
    };
    let export = Export {
        is_rating: false,
        mean: 0.0,
        users: side("user", &["7", "007", "-3", "ünïcode, \"quoted\"", "2147483648"]),
        items: side("item", &["1", "22", "-333"]),
    };
    let rows: Vec<(u32, u32, f64)> = (0..5).flat_map(|u| (0..3).map(move |i| (u, i, 1.0))).collect();
    let (mut users, mut items) = (Vec::new(), Vec::new());
    users.clone_from(&export.users.ids);
    items.clone_from(&export.items.ids);
    let parts = crate::data::DatasetParts {
        users: crate::data::Ids::new(users),
        items: crate::data::Ids::new(items),
        ratings: crate::data::RatingRows {
            users: rows.iter().map(|r| r.0).collect(),
            items: rows.iter().map(|r| r.1).collect(),
            values: rows.iter().map(|r| r.2).collect(),
            times: Vec::new(),
        },
        ..crate::data::DatasetParts::default()
    };
    let data = Arc::new(Dataset::new(parts, crate::data::DuplicatePolicy::Last).unwrap());
    let folder = tempfile::tempdir().unwrap();
    for path in written_formats(&export, folder.path()) {
        let formula = catalog("exported-ids", &path).parse("exported-ids").unwrap();
        let model = fitted(&formula, &data);
        assert_eq!(
            exported(&model, &data).users.factors,
            export.users.factors,
            "{}",
            path.display()
        );
        assert_eq!(exported(&model, &data).items.ids, export.items.ids);
        assert_eq!(formula.imports()[0].notice(), None);
    }
}

#[test]
fn spark_is_told_of_models_that_it_can_open() {
    let side = |name: &'static str, ids: [&str; 2], bias: f64| Side {
        name,
        ids: ids.map(str::to_owned).to_vec(),
        labels: ids.map(str::to_owned).to_vec(),
        bias: vec![bias; 2],
        width: 3,
        factors: vec![0.5; 6],
    };
    let of = |users: Side, items: Side| {
        let folder = tempfile::tempdir().unwrap();
        let (is_rating, mean) = (false, 0.0);
        let export = Export {
            is_rating,
            mean,
            users,
            items,
        };
        write_folder(&export, folder.path(), Format::Parquet).unwrap();
        fs::read_to_string(folder.path().join("metadata/part-00000")).ok()
    };
    let about = of(side("user", ["1", "22"], 0.0), side("item", ["7", "8"], 0.0)).unwrap();
    let about: serde_json::Value = serde_json::from_str(about.strip_suffix('\n').unwrap()).unwrap();
    assert_eq!(
        (&about["rank"], about["class"].as_str().unwrap()),
        (&3.into(), "org.apache.spark.ml.recommendation.ALSModel")
    );
    assert_eq!(of(side("user", ["1", "b"], 0.0), side("item", ["7", "8"], 0.0)), None);
    assert_eq!(of(side("user", ["1", "2"], 0.0), side("item", ["7", "8"], 0.5)), None);
}

#[test]
fn what_cannot_be_written_is_said() {
    let data = synthetic(6, 5);
    let model = fit_in("svd", "factors=2,epochs=1", &context(&data)).unwrap();
    let export = exported(&model, &data);
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::Npy, Format::Csv, Format::Parquet] {
        assert!(write_folder(&export, &folder.path().join("nowhere"), format).is_err());
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(Export::of(&*model, model.factors().unwrap(), &data, &cancel).is_err());
}
