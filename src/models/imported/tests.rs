//! Files written by implicit, numpy and Spark, with the scores of those programs: see tests/data/imported.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::*;
use crate::data::{Dataset, Edits, ItemIx, LoadOptions, Source as Data, UserIx, load};
use crate::models::FitError;
use crate::models::tests_common::{check_serving, context, dataset, serve, serve_guest, serve_user};
use crate::models::{Catalog, FitStore, NoScore, PartKind, Profile, Recommender};
use crate::task::{Cancel, Task};

fn beside(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/imported")
        .join(name)
}

fn rated() -> Arc<Dataset> {
    let source = Data::named(&beside("ratings.csv"));
    Arc::new(load(&source, &LoadOptions::default(), &Task::unattended()).unwrap())
}

/// The catalog in which `name` is what is at `path`.
fn importing(name: &str, path: &Path) -> Result<Catalog, String> {
    let mut catalog = Catalog::default();
    catalog.import(name, path).map(|()| catalog)
}

/// Opens `formula`, in which `name` stands for what is at `path`.
fn open(name: &str, path: &Path, formula: &str, data: &Arc<Dataset>) -> Result<Arc<dyn Recommender>, String> {
    open_in(&importing(name, path)?, formula, data)
}

fn open_in(catalog: &Catalog, formula: &str, data: &Arc<Dataset>) -> Result<Arc<dyn Recommender>, String> {
    let formula = catalog.parse(formula).map_err(|e| e.to_string())?;
    FitStore::new(Arc::clone(data), 1)
        .fit(&formula, &Task::unattended())
        .map_err(|e| e.to_string())
}

/// (user, item, score) as the other program has them.
fn expected(name: &str) -> Vec<(String, String, f64)> {
    let mut reader = csv::Reader::from_path(beside(name)).unwrap();
    reader
        .records()
        .map(|r| r.unwrap())
        .map(|r| (r[0].to_owned(), r[1].to_owned(), r[2].parse().unwrap()))
        .collect()
}

/// Every score of the other program is met to 1e-5, and everything that holds for registered models holds.
fn check_scores(model: &Arc<dyn Recommender>, data: &Arc<Dataset>, scores: &str) {
    let mut of_users: HashMap<String, Vec<(String, f64)>> = HashMap::new();
    for (user, item, score) in expected(scores) {
        of_users.entry(user).or_default().push((item, score));
    }
    assert_eq!(of_users.len(), 12);
    for (user, scores) in of_users {
        let serving = serve_user(model, data, data.find_user(&user).unwrap().0);
        assert_eq!(scores.len(), 9);
        for (item, score) in scores {
            let ours = serving.score(data.find_item(&item).unwrap()).unwrap();
            assert!((ours - score).abs() < 1e-5, "{user} {item}: {ours}, and there {score}");
        }
        check_serving(&serving, data.n_items());
    }
    check_serving(&serve_guest(model, &[(0, 5.0), (3, 1.0)]), data.n_items());
    check_serving(&serve_guest(model, &[]), data.n_items());
    check_edits(model, data);
}

/// An edit moves the scores, and undone it is none to the last bit.
fn check_edits(model: &Arc<dyn Recommender>, data: &Arc<Dataset>) {
    let user = UserIx(2);
    let (item, stored) = data.user_row(user).iter().next().unwrap();
    let score = |rating: f64| {
        let mut edits = Edits::default();
        edits.set(data, user, ItemIx(item), Some(rating));
        let serving = serve(model, Profile::of_edited_user(data, user, &Arc::new(edits)));
        check_serving(&serving, data.n_items());
        serving.score(ItemIx(1)).unwrap()
    };
    let before = serve_user(model, data, user.0).score(ItemIx(1)).unwrap();
    assert_eq!(score(stored).to_bits(), before.to_bits());
    assert!((score(if stored > 2.0 { 1.0 } else { 5.0 }) - before).abs() > 1e-6);
}

#[test]
fn implicit_scores_as_implicit_does() {
    let data = rated();
    let model = open("implicit-als", &beside("implicit.npz"), "implicit-als", &data).unwrap();
    assert_eq!(model.unit(), Unit::Score);
    check_scores(&model, &data, "implicit.scores.csv");
    // The scores of all users at once are those of each.
    let audience = model.audience(&data, ItemIx(4), &Task::unattended()).unwrap().unwrap();
    for user in data.users() {
        let served = serve_user(&model, &data, user.0).score(ItemIx(4)).unwrap();
        assert_eq!(audience.scores[user.at()].map(f64::to_bits), Some(served.to_bits()));
    }
}

#[test]
fn arrays_by_themselves_are_the_same_model() {
    let data = rated();
    let model = open("numpy-als", &beside("numpy"), "numpy-als:unit=rating", &data).unwrap();
    assert_eq!(model.unit(), Unit::Rating);
    check_scores(&model, &data, "implicit.scores.csv");
}

#[test]
fn an_import_is_a_model_like_any_other() {
    let data = rated();
    let catalog = importing("like-any", &beside("implicit.npz")).unwrap();
    for formula in [
        "0.5*like-any + 0.5*item-knn",
        "switch(ratings<5 ? popularity : like-any:reg=0.5)",
        "augment(like-any -> content)",
        "cascade(like-any > popularity; keep=3)",
    ] {
        let model = open_in(&catalog, formula, &data).unwrap();
        check_serving(&serve_user(&model, &data, 3), data.n_items());
        let formula = catalog.parse(formula).unwrap();
        assert!(formula.is_imported());
        let first = formula.with_factors().unwrap();
        assert!(first.to_string().starts_with("like-any"), "{formula}");
    }
    assert!(!catalog.parse("svd + ease").unwrap().is_imported());
    let error = catalog.parse("like-anny").unwrap_err().to_string();
    assert!(error.contains("did you mean like-any?"), "{error}");
}

#[test]
fn scores_are_those_of_the_file_and_others_are_none() {
    let data = rated();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scores.csv");
    std::fs::write(
        &file,
        "user,item,score\n101,844,-2.5\n101,900,1e-3\nnobody,900,7\n101,844,0.125\n107,851,4\n",
    )
    .unwrap();
    let catalog = importing("listed", &file).unwrap();
    assert!(catalog.parse("listed").unwrap().with_factors().is_none());
    let model = open_in(&catalog, "listed", &data).unwrap();
    let user = data.find_user("101").unwrap().0;
    let item = |id| data.find_item(id).unwrap();
    let serving = serve_user(&model, &data, user);
    assert_eq!(serving.score(item("844")), Ok(0.125));
    assert_eq!(serving.score(item("851")), Err(NoScore::NotImported));
    let why = serving.explain(item("900")).unwrap();
    assert_eq!((why.children[0].kind, why.children[0].value), (PartKind::Base, 0.001));
    assert!(
        why.children[0].label.ends_with("scores.csv"),
        "{}",
        why.children[0].label
    );
    assert_eq!(
        serve_guest(&model, &[(0, 5.0)]).score(item("844")),
        Err(NoScore::UnknownUser)
    );
    assert!(
        catalog.imports()[0]
            .notice()
            .unwrap()
            .ends_with("1 of its 5 scores are of nobody or nothing in the dataset")
    );
    for user in data.users() {
        check_serving(&serve_user(&model, &data, user.0), data.n_items());
    }
    assert_eq!(
        open("listed", &file, "listed:unit=rating", &data).unwrap().unit(),
        Unit::Rating
    );
}

#[test]
fn a_prediction_counts_beside_the_rating_that_it_is_of() {
    // As DataFrame.write.csv and .parquet write what Spark's transform returns for a test set.
    let data = rated();
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("both.csv");
    std::fs::write(&text, "user,item,rating,prediction\n101,844,1,0.25\n").unwrap();
    let table = folder.path().join("both.parquet");
    let schema = "message spark_schema { required int32 user; required int32 item; required float rating; \
                  required float prediction; }";
    let schema = Arc::new(::parquet::schema::parser::parse_message_type(schema).unwrap());
    let file = std::fs::File::create(&table).unwrap();
    let mut writer = ::parquet::file::writer::SerializedFileWriter::new(file, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for id in [101, 844] {
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<::parquet::data_type::Int32Type>()
            .write_batch(&[id], None, None)
            .unwrap();
        column.close().unwrap();
    }
    for number in [1.0, 0.25] {
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<::parquet::data_type::FloatType>()
            .write_batch(&[number], None, None)
            .unwrap();
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    for path in [text, table] {
        let model = open("beside-ratings", &path, "beside-ratings", &data).unwrap();
        let user = data.find_user("101").unwrap().0;
        let score = serve_user(&model, &data, user).score(data.find_item("844").unwrap());
        assert_eq!(score, Ok(0.25), "{}", path.display());
    }
}

/// A folder of two tables.
fn tables(users: &str, items: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("user_factors.csv"), users).unwrap();
    std::fs::write(folder.path().join("item_factors.csv"), items).unwrap();
    folder
}

#[test]
fn tables_are_read_by_hand_computed_scores() {
    // u1 is not in the files; i2 neither; u9 and i7 are not in the dataset.
    let data = dataset(&[(0, 0, 4.0), (0, 1, 2.0), (1, 0, 3.0), (1, 1, 1.0), (1, 2, 5.0)], 3);
    let folder = tables(
        "id,bias,f1,f2\nu0,0.5,1,2\nu9,0,0,0\n",
        "id,label,bias,f1,f2\ni1,One,-0.25,3,4\ni0,,1,0,-1\ni7,,0,0,0\n",
    );
    let catalog = importing("by-hand", folder.path()).unwrap();
    let model = open_in(&catalog, "by-hand", &data).unwrap();
    let serving = serve_user(&model, &data, 0);
    assert_eq!(serving.score(ItemIx(0)), Ok(0.5 + 1.0 - 2.0));
    assert_eq!(serving.score(ItemIx(1)), Ok(0.5 - 0.25 + 11.0));
    assert_eq!(serving.score(ItemIx(2)), Err(NoScore::NotImported));
    check_serving(&serving, 3);
    // u1 by the ridge of 3 − 1 on (0, −1, 1) and 1 + .25 on (3, 4, 1), λn = .2, solved by elimination by hand:
    // the normal equations are [[9.2, 12, 3], [12, 17.2, 3], [3, 3, 2.2]] w = (3.75, 3, 3.25).
    let taste = model.factors().unwrap().user(UserIx(1)).unwrap();
    let bias = model
        .factors()
        .unwrap()
        .profile_bias(&Profile::of_user(&data, UserIx(1)));
    let w = [taste[0], taste[1], bias];
    for (row, right) in [
        ([9.2, 12.0, 3.0], 3.75),
        ([12.0, 17.2, 3.0], 3.0),
        ([3.0, 3.0, 2.2], 3.25),
    ] {
        let left: f64 = row.iter().zip(&w).map(|(a, b)| a * b).sum();
        assert!((left - right).abs() < 1e-9, "{left} {right}");
    }
    check_serving(&serve_user(&model, &data, 1), 3);
    let notice = catalog.imports()[0].notice().unwrap();
    for part in [
        "1 of its 2 users are not in the dataset",
        "1 of the dataset's 2 users are not in it and are served by their ratings",
        "1 of its 3 items are not in the dataset",
        "1 of the dataset's 3 items are not in it and have no score",
    ] {
        assert!(notice.contains(part), "{notice}");
    }
}

#[test]
fn rows_go_by_order_where_that_is_said() {
    let data = dataset(&[(0, 0, 4.0), (0, 1, 2.0), (1, 0, 3.0)], 2);
    let folder = tables("id,f1\n1,2\n2,3\n", "id,f1\nx,5\ny,7\n");
    let error = open("in-order", folder.path(), "in-order", &data).err().unwrap();
    assert!(
        error.ends_with("user_factors.csv: the dataset knows none of its 2 users, such as 1"),
        "{error}"
    );
    let model = open("in-order", folder.path(), "in-order:ids=order", &data).unwrap();
    assert_eq!(serve_user(&model, &data, 1).score(ItemIx(1)), Ok(21.0));
    let short = tables("id,f1\n1,2\n2,3\n", "id,f1\nx,5\n");
    let error = open("in-order", short.path(), "in-order:ids=order", &data)
        .err()
        .unwrap();
    assert!(
        error.ends_with("ids=order needs a row for each of the dataset's 2 items, and it has 1"),
        "{error}"
    );
}

#[test]
fn what_is_wrong_with_the_files_is_one_sentence() {
    let data = dataset(&[(0, 0, 4.0), (0, 1, 2.0), (1, 0, 3.0)], 2);
    let items = "id,f1,f2\ni0,1,2\ni1,3,4\n";
    for (users, error) in [
        ("id,f1\nu0,1\n", "item_factors.csv: it has 2 factors, but"),
        (
            "id,f1,f2\nu0,1,NaN\n",
            "user_factors.csv:2: f2 is \"NaN\", no finite number",
        ),
        (
            "id,f1,f2\nu0,1,2\nu0,3,4\n",
            "user_factors.csv: the id u0 stands in rows 1 and 2",
        ),
        ("id,bias\nu0,1\n", "user_factors.csv: there is no column of factors"),
        ("id,f1,f2\nu0,1\n", "user_factors.csv: it cannot be read"),
        ("id,f1,f2\n", "user_factors.csv: it has no factors"),
    ] {
        let folder = tables(users, items);
        let got = open("wrong", folder.path(), "wrong", &data).err().unwrap();
        assert!(got.contains(error) && !got.contains('\n'), "{users:?}: {got}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.npz");
    std::fs::write(&file, "no archive").unwrap();
    assert!(
        importing("wrong", &file)
            .unwrap_err()
            .contains("it is no numpy archive")
    );
    assert!(
        importing("wrong", folder.path())
            .unwrap_err()
            .contains("it has neither user_factors")
    );
    assert!(
        importing("wrong", Path::new("no/such"))
            .unwrap_err()
            .contains("no/such: it cannot be read")
    );
    for name in ["svd", "switch", "7up", "a b", "-", ""] {
        assert!(importing(name, &beside("implicit.npz")).is_err(), "{name:?}");
    }
}

#[test]
fn nobody_waits_for_what_is_no_longer_wanted() {
    let data = rated();
    let catalog = importing("unwanted", &beside("implicit.npz")).unwrap();
    let (cancel, mut stopped) = (Cancel::new(), context(&data));
    cancel.cancel();
    stopped.task.cancel = cancel;
    let model = catalog.find("unwanted").unwrap();
    assert!(matches!(
        model.fit(&stopped, &model.defaults()),
        Err(FitError::Cancelled(_))
    ));
}

#[test]
fn spark_predicts_the_same_and_its_last_half_step_is_the_fold() {
    let data = rated();
    let model = open("spark-als", &beside("spark"), "spark-als:unit=rating", &data).unwrap();
    check_scores(&model, &data, "spark.scores.csv");
    for user in data.users() {
        let row: Vec<(u32, f64)> = data.user_row(user).iter().collect();
        let guest = serve_guest(&model, &row);
        let stored = serve_user(&model, &data, user.0);
        for item in data.items() {
            let (folded, trained) = (guest.score(item).unwrap(), stored.score(item).unwrap());
            assert!((folded - trained).abs() < 1e-4, "{folded} {trained}");
        }
    }
}

#[test]
fn what_spark_predicted_is_scored_as_it_was() {
    let data = rated();
    let model = open("spark-said", &beside("spark-predictions"), "spark-said", &data).unwrap();
    for (user, item, score) in expected("spark.scores.csv") {
        let (user, item) = (data.find_user(&user).unwrap(), data.find_item(&item).unwrap());
        let rated = data.rating(user, item).is_some();
        let ours = serve_user(&model, &data, user.0).score(item);
        assert_eq!(
            ours,
            if rated {
                Ok(f64::from(score as f32))
            } else {
                Err(NoScore::NotImported)
            }
        );
    }
}

#[test]
fn guests_of_implicit_are_folded_as_it_recalculates_users() {
    let data = rated();
    let path = beside("implicit.npz");
    let model = open("implicit-fold", &path, "implicit-fold", &data).unwrap();
    // What recalculate_user of implicit makes of the stored ratings: written by make.py.
    for (user, item, score) in expected("implicit.recalculated.csv") {
        let user = data.find_user(&user).unwrap();
        let row: Vec<(u32, f64)> = data.user_row(user).iter().collect();
        let guest = serve_guest(&model, &row);
        let ours = guest.score(data.find_item(&item).unwrap()).unwrap();
        assert!((ours - score).abs() < 1e-5, "{item}: {ours}, and there {score}");
    }
    // The settings are those of the file; others can be set.
    let plain = open("implicit-fold", &path, "implicit-fold:fold=ridge", &data).unwrap();
    let in_words = open(
        "implicit-fold",
        &path,
        "implicit-fold:fold=als,alpha=1,reg=0.1,weights=ratings",
        &data,
    )
    .unwrap();
    let score = |model: &Arc<dyn Recommender>| serve_guest(model, &[(0, 5.0), (3, 1.0)]).score(ItemIx(2)).unwrap();
    assert_eq!(score(&model).to_bits(), score(&in_words).to_bits());
    assert!((score(&model) - score(&plain)).abs() > 1e-3);
    check_serving(&serve_guest(&in_words, &[(0, 5.0), (3, 1.0)]), data.n_items());
}

#[test]
fn without_regularization_nothing_is_infinite() {
    let data = rated();
    let path = beside("implicit.npz");
    for fold in ["ridge", "als"] {
        let formula = format!("unregularized:reg=0,fold={fold}");
        let model = open("unregularized", &path, &formula, &data).unwrap();
        for guest in [
            &[(0, 5.0)][..],
            &[],
            &[(0, 1.0), (1, 2.0), (2, 3.0), (3, 4.0), (4, 5.0), (5, 1.0)],
        ] {
            check_serving(&serve_guest(&model, guest), data.n_items());
        }
    }
}

#[test]
fn a_table_with_x_and_y_is_a_map() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("umap.csv");
    let data = rated();
    let rows = data
        .items()
        .map(|item| format!("{},{}.5,{},Title\n", data.item_id(item), item.0, -2.0));
    std::fs::write(&file, format!("id,x,Y,title\n{}", rows.collect::<String>())).unwrap();
    let catalog = importing("places", &file).unwrap();
    let import = &catalog.imports()[0];
    assert!(import.is_map() && import.summary.starts_with("A map of items"));
    let model = open_in(&catalog, "places", &data).unwrap();
    let known = model.factors().unwrap();
    assert_eq!(known.n_factors(), 2);
    for item in data.items() {
        assert_eq!(known.item(item), Some(vec![f64::from(item.0) + 0.5, -2.0]));
    }
    // Nobody is on it; whoever rated something is folded in, and nobody is missed.
    assert!(known.user(UserIx(0)).unwrap().iter().all(|x| x.is_finite()));
    assert_eq!(import.notice(), None);
    // A table of scores may have such columns too.
    std::fs::write(&file, "user,item,score,x,y\n1,2,3,4,5\n").unwrap();
    assert!(!importing("scores", &file).unwrap().imports()[0].is_map());
    std::fs::write(&file, "id,x,y\nnobody,1,2\n").unwrap();
    let Err(why) = open("places", &file, "places", &data) else {
        panic!("it opens")
    };
    assert!(why.contains("knows none of its 1 items"), "{why}");
}
