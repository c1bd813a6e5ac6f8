//! A store filled from a bundle that Spark wrote.

use std::path::Path;
use std::sync::Arc;

use super::batch::{Built, BundleJob, build_from_bundle};
use super::store::{Key, Space, Store, UserRecord, decode_row, store_at};
use super::*;
use crate::data::{Bundle, Dataset, LoadOptions, Source, for_each_row, load};
use crate::task::Task;

const NOW: i64 = 1_795_953_600;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bundle")
}

fn data() -> Dataset {
    load(&Source::named(&folder()), &LoadOptions::default(), &Task::unattended()).unwrap()
}

fn build(store: &dyn Store, plan: &str) -> Result<Built, String> {
    let (bundle, data) = (Bundle::open(&folder()).unwrap(), data());
    let job = BundleJob {
        plan: &Plan::parse(plan, "p.toml").unwrap(),
        bundle: &bundle,
        data: &data,
        store,
        now: NOW * 1000,
    };
    build_from_bundle(&job, &Task::unattended()).map_err(|e| e.to_string())
}

fn store() -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = store_at(folder.path().join("s.redb").to_str().unwrap()).unwrap();
    (folder, store)
}

fn read(store: &dyn Store, space: Space, id: &str) -> Vec<u8> {
    let found = store.open().unwrap().read(&[Key { space, id }]).unwrap();
    found.into_iter().next().flatten().unwrap()
}

#[test]
fn everybody_gets_what_the_bundle_says() {
    let (_folder, store) = store();
    let built = build(&*store, "[diversity]\nmethod = \"none\"\n").unwrap();
    assert_eq!(
        (built.written, built.manifest.users, built.manifest.sample.len()),
        (12, 12, 12)
    );
    assert_eq!(built.manifest.model_id, "spark-als seed 42");
    let (bundle, data) = (Bundle::open(&folder()).unwrap(), data());
    let (mut names, task) = (Vec::new(), Task::unattended());
    for_each_row(&bundle.table("popularity"), &task, &mut |row| {
        names.push(row.id("id")?);
        Ok(())
    })
    .unwrap();
    let server = Server::new(Arc::clone(&store)).expecting(data.identity());
    // As popular as over all users, not as over the sample.
    let popular = |c: &Catalog| {
        c.popular()
            .iter()
            .map(|i| (c.id(*i).to_owned(), c.raters(*i)))
            .collect::<Vec<_>>()
    };
    let popular = server.with_catalog(popular).unwrap();
    assert_eq!((popular[0].clone(), popular.len()), (("893".to_owned(), 10), 9));
    for_each_row(&bundle.table("candidates"), &task, &mut |row| {
        let user = row.id("user")?;
        let record = UserRecord::decode(&read(&*store, Space::Users, &user)).unwrap();
        let named = |items: Vec<f64>| items.iter().map(|i| names[*i as usize].clone()).collect::<Vec<_>>();
        let ids = |items: &mut dyn Iterator<Item = u32>| -> Vec<String> {
            items.map(|i| data.item_id(crate::data::ItemIx(i)).to_owned()).collect()
        };
        assert_eq!(
            ids(&mut record.candidates.iter().map(|c| c.item)),
            named(row.numbers("items")?)
        );
        let scores: Vec<f64> = record.candidates.iter().map(|c| f64::from(c.score)).collect();
        assert_eq!(scores, row.numbers("scores")?);
        let (mut seen, mut wanted) = (ids(&mut record.seen.iter().copied()), named(row.numbers("seen")?));
        seen.sort();
        wanted.sort();
        assert_eq!(seen, wanted);
        let request = Request {
            user,
            now: NOW + 60,
            ..Request::default()
        };
        let response = server.respond(&request).unwrap();
        let listed: Vec<String> = response.items.iter().map(|i| i.id.clone()).collect();
        assert_eq!((listed, response.fallback), (named(row.numbers("items")?), None));
        Ok(())
    })
    .unwrap();
}

#[test]
fn sessions_go_by_the_rows_that_the_plan_names() {
    for (similarity, table) in [("cosine", "similar-cosine"), ("llr", "similar-llr")] {
        let (_folder, store) = store();
        build(
            &*store,
            &format!("[session]\nsimilarity = \"{similarity}\"\nneighbors = 3\n"),
        )
        .unwrap();
        let row = decode_row(&read(&*store, Space::Items, "844")).unwrap();
        let (bundle, data) = (Bundle::open(&folder()).unwrap(), data());
        let mut wanted = Vec::new();
        for_each_row(&bundle.table(table), &Task::unattended(), &mut |row| {
            if row.id("item")? == "844" && row.number("rank")? <= 3.0 {
                let item = data.find_item(&row.id("neighbor")?).unwrap().0;
                wanted.push((item, row.number(similarity)? as f32));
            }
            Ok(())
        })
        .unwrap();
        assert_eq!(row.iter().map(|s| (s.item, s.similarity)).collect::<Vec<_>>(), wanted);
        assert!(!wanted.is_empty());
    }
}

#[test]
fn a_plan_that_wants_something_else_is_refused_and_nothing_is_published() {
    let (_folder, store) = store();
    for (plan, words) in [
        (
            "keep = 3\nrank = \"ease\"\n",
            "plan:2:9: the candidates of a bundle are those of spark-als",
        ),
        (
            "[[source]]\nname = \"a\"\nmodel = \"ease\"\nquota = 3\n",
            "plan:3:10: the candidates",
        ),
        (
            "[session]\nsimilarity = \"jaccard\"\n",
            "the plan's session wants jaccard",
        ),
    ] {
        let why = build(&*store, plan).unwrap_err();
        assert!(why.contains(words), "{why}");
        assert!(store.open().is_err());
    }
}
