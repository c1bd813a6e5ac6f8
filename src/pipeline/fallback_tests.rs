//! A list is never empty where something can be shown: stores that were down from the start, users who are done with all.

use std::sync::Arc;

use super::batch::{How, Job, build};
use super::store::{Store, store_at};
use super::tests_common::data;
use super::*;
use crate::data::Dataset;
use crate::models::FitStore;
use crate::task::Task;

const NOON: i64 = 1_795_953_600;

fn built(data: &Arc<Dataset>, plan: &str) -> (tempfile::TempDir, Arc<dyn Store>) {
    let folder = tempfile::tempdir().unwrap();
    let store = store_at(folder.path().join("s.redb").to_str().unwrap()).unwrap();
    let job = Job {
        plan: &Plan::parse(plan, "p.toml").unwrap(),
        models: &crate::models::Catalog::default(),
        fits: &FitStore::new(Arc::clone(data), 42),
        store: &*store,
        now: NOON * 1000,
        how: How::Full,
        most: usize::MAX,
    };
    build(&job, &Task::unattended()).unwrap();
    (folder, store)
}

fn ask(user: &str, session: &str) -> Request {
    Request {
        user: user.to_owned(),
        session: session::parse(session).unwrap(),
        now: NOON + 60,
        detail: Detail::Drops,
        ..Request::default()
    }
}

fn ids(response: &Response) -> Vec<&str> {
    response.items.iter().map(|i| i.id.as_str()).collect()
}

fn reason(response: &Response) -> &'static str {
    response.fallback.as_ref().map_or("", |f| f.reason)
}

#[test]
fn a_store_that_was_down_from_the_start_gives_what_is_popular_and_unseen() {
    let data = data(20, 30, &[]);
    let folder = tempfile::tempdir().unwrap();
    let nowhere = [
        // Nothing was ever built there; nobody listens there.
        store_at(folder.path().join("none.redb").to_str().unwrap()).unwrap(),
        store_at("redis://127.0.0.1:9/0#none").unwrap(),
    ];
    for store in nowhere {
        assert!(Server::new(Arc::clone(&store)).respond(&ask("u3", "")).is_err());
        let server = Server::new(store).falling_back_on(Arc::clone(&data));
        for user in data.users() {
            let response = server.respond(&ask(data.user_id(user), "click:i1")).unwrap();
            assert!(!response.fallback.as_ref().unwrap().why.is_empty());
            let unseen = data.items().filter(|i| data.rating(user, *i).is_none());
            let unseen: Vec<&str> = unseen.map(|i| data.item_id(i)).collect();
            // Two of them have rated everything.
            if unseen.is_empty() {
                assert_eq!((reason(&response), response.items.len()), ("all-seen", 20));
                continue;
            }
            assert_eq!(reason(&response), "store-down");
            let found = ids(&response);
            assert_eq!(found.len(), unseen.len().min(20));
            assert!(found.iter().all(|id| unseen.contains(id)), "{found:?}");
        }
        let stranger = server.respond(&ask("nobody", "")).unwrap();
        assert_eq!((reason(&stranger), stranger.items.len()), ("store-down", 20));
    }
}

/// Up again, the store is served as if nothing had been.
#[test]
fn a_store_that_comes_up_later_is_taken_up() {
    let data = data(20, 30, &[]);
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("s.redb");
    let server = Server::new(store_at(place.to_str().unwrap()).unwrap()).falling_back_on(Arc::clone(&data));
    assert_eq!(reason(&server.respond(&ask("u3", "")).unwrap()), "store-down");
    let (other, store) = built(&data, "list = 5\n");
    drop(store);
    std::fs::copy(other.path().join("s.redb"), place).unwrap();
    let response = server.respond(&ask("u3", "")).unwrap();
    assert_eq!((reason(&response), response.items.len()), ("", 5));
}

#[test]
fn who_has_rated_everything_is_shown_it_again_and_told_so() {
    // User 5 has rated all twelve items.
    let all: Vec<(u32, u32, f64)> = (0..12).map(|item| (5, item, 4.0)).collect();
    let data = data(9, 12, &all);
    let (_folder, store) = built(&data, "list = 4\n[diversity]\nmethod = \"none\"\n");
    let server = Server::new(store);
    let response = server.respond(&ask("u5", "")).unwrap();
    assert_eq!((reason(&response), response.items.len()), ("all-seen", 4));
    let why = &response.fallback.as_ref().unwrap().why;
    assert!(why.contains("the user has met every item that may be shown"), "{why}");
    // The same where nothing but data is left.
    let nowhere = store_at("redis://127.0.0.1:9/0#none").unwrap();
    let response = Server::new(nowhere)
        .falling_back_on(data)
        .respond(&ask("u5", ""))
        .unwrap();
    assert_eq!((reason(&response), response.items.len()), ("all-seen", 12));
    assert!(response.fallback.unwrap().why.starts_with("the store is down"));
}

#[test]
fn who_is_done_with_all_candidates_gets_others_that_are_new_to_them() {
    let data = data(9, 30, &[]);
    let plan = "keep = 2\nlist = 4\nrank = \"popularity\"\n[diversity]\nmethod = \"none\"\n";
    let (_folder, store) = built(&data, plan);
    let server = Server::new(store);
    let first = server.respond(&ask("u2", "")).unwrap();
    let watched: Vec<String> = ids(&first).iter().map(|id| format!("watch:{id}")).collect();
    let response = server.respond(&ask("u2", &watched.join(","))).unwrap();
    assert_eq!((watched.len(), reason(&response)), (2, "exhausted"));
    let user = data.find_user("u2").unwrap();
    assert_eq!(response.items.len(), 2);
    for id in ids(&response) {
        assert!(data.rating(user, data.find_item(id).unwrap()).is_none());
        assert!(!ids(&first).contains(&id));
    }
}

/// Rules that drop everything leave nothing to be shown: that alone is an empty list.
#[test]
fn what_rules_drop_does_not_come_back() {
    let all: Vec<(u32, u32, f64)> = (0..12).map(|item| (5, item, 4.0)).collect();
    let data = data(9, 12, &all);
    let (_folder, store) = built(&data, "[[rule]]\ndrop = \"item.raters >= 0\"\n");
    let server = Server::new(store);
    for user in ["u1", "u5", "nobody"] {
        assert_eq!(ids(&server.respond(&ask(user, "")).unwrap()), Vec::<&str>::new());
    }
}
