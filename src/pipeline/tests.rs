//! Requests on small data, against naive versions, whatever fails.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::batch::How;
use super::fault::{Breakable, Fault};
use super::session::parse;
use super::store::{Space, Store};
use super::tests_common::{NOON, PLAIN, Place, ask, data};
use super::*;

fn ids(response: &Response) -> Vec<&str> {
    response.items.iter().map(|i| i.id.as_str()).collect()
}

#[test]
fn without_events_rules_and_diversity_the_list_is_the_batch() {
    let data = data(20, 60, &[]);
    let place = Place::new();
    place.build(&data, PLAIN, How::Full);
    let server = Server::new(Arc::clone(&place.store));
    for user in ["u0", "u7", "u19"] {
        let response = server.respond(&ask(user)).unwrap();
        let (record, _) = place.record(user).unwrap();
        let stored: Vec<&str> = record
            .candidates
            .iter()
            .take(20)
            .map(|c| data.item_id(crate::data::ItemIx(c.item)))
            .collect();
        assert_eq!(ids(&response), stored);
        assert!(response.fallback.is_none() && response.notes.is_empty());
        assert!((response.age_hours - 1.0).abs() < 1e-9);
        for item in &response.items {
            assert_eq!((item.by, item.propensity), ("order", 1.0));
            assert!(!item.sources.is_empty());
        }
    }
}

/// N(s) and every share computed from the data itself: cosines by the definition.
#[test]
fn a_score_is_the_sum_of_what_its_trace_says() {
    let data = data(25, 40, &[]);
    let place = Place::new();
    place.build(&data, PLAIN, How::Full);
    let server = Server::new(Arc::clone(&place.store));
    let unseen: Vec<String> = server
        .respond(&ask("u3"))
        .unwrap()
        .items
        .iter()
        .map(|i| i.id.clone())
        .collect();
    let session = format!(
        "click:{},skip:{},watch:{},buy:{}",
        unseen[3], unseen[5], unseen[7], unseen[1]
    );
    let request = Request {
        session: parse(&session).unwrap(),
        n: Some(40),
        ..ask("u3")
    };
    let response = server.respond(&request).unwrap();
    let cosine = |a: &str, b: &str| {
        let (a, b) = (data.find_item(a).unwrap(), data.find_item(b).unwrap());
        let norm = |i| data.item_row(i).iter().map(|(_, r)| r * r).sum::<f64>().sqrt();
        let both = data
            .item_row(a)
            .iter()
            .map(|(u, r)| r * data.item_row(b).get(u).unwrap_or(0.0))
            .sum::<f64>();
        if a == b { 1.0 } else { both / (norm(a) * norm(b)) }
    };
    let (record, _) = place.record("u3").unwrap();
    let scores = || record.candidates.iter().map(|c| f64::from(c.score));
    let (least, most) = (scores().fold(f64::MAX, f64::min), scores().fold(f64::MIN, f64::max));
    // Buys and watches are not shown again.
    assert!(!ids(&response).contains(&unseen[7].as_str()) && !ids(&response).contains(&unseen[1].as_str()));
    assert!(response.items.len() > 10);
    let gains = [0.5 * 0.8f64.powi(3), -0.5 * 0.8f64.powi(2), 0.8 * 0.8, 1.0];
    for item in &response.items {
        let way = item.trace.as_ref().unwrap();
        let number = data.find_item(&item.id).unwrap().0;
        let stored = record.candidates.iter().find(|c| c.item == number).unwrap();
        let normal = (f64::from(stored.score) - least) / (most - least);
        assert!((way.normalized - normal).abs() < 1e-12);
        let mut sum = normal;
        for ((share, event), gain) in way.session.iter().zip(&request.session).zip(gains) {
            let wanted = 0.25 * gain * cosine(&item.id, &event.item);
            assert!(
                (share.share - wanted).abs() < 1e-6,
                "{} by {event}: {} and {wanted}",
                item.id,
                share.share
            );
            sum += share.share;
        }
        assert_eq!(way.session.len(), 4);
        assert!(
            (item.score - sum).abs() < 1e-9,
            "{} is {} and not {sum}",
            item.id,
            item.score
        );
    }
    let sorted = response.items.windows(2).all(|w| w[0].score >= w[1].score);
    assert!(sorted);
}

#[test]
fn whatever_fails_the_answer_falls_back_and_says_so() {
    let data = data(20, 60, &[]);
    let place = Place::new();
    place.build(&data, PLAIN, How::Full);
    let store = Arc::new(Breakable::new(Arc::clone(&place.store)));
    let server = Server::new(Arc::clone(&store) as Arc<dyn Store>);
    let own = server.respond(&ask("u4")).unwrap();
    let reasons = [
        (Fault::StoreDown, "store-down"),
        (Fault::StoreSlow, "store-slow"),
        (Fault::HalfWritten, "half-written"),
    ];
    for (fault, reason) in reasons {
        store.fail(fault);
        let response = server.respond(&ask("u4")).unwrap();
        assert_eq!(response.fallback.as_ref().map(|f| f.reason), Some(reason));
        assert_eq!(response.items.len(), 20);
        assert!(response.items.iter().all(|i| i.sources == ["popular"]));
        let raters = |id: &str| data.item_row(data.find_item(id).unwrap()).len();
        assert!(response.items.windows(2).all(|w| raters(&w[0].id) >= raters(&w[1].id)));
        store.fail(Fault::None);
        assert_eq!(ids(&server.respond(&ask("u4")).unwrap()), ids(&own));
    }
    let late = Request {
        now: NOON + 100 * 3600,
        ..ask("u4")
    };
    let stale = server.respond(&late).unwrap();
    assert_eq!(stale.fallback.as_ref().map(|f| f.reason), Some("stale"));
    // What the user had seen is known from the old record.
    let seen = |id: &str| {
        data.rating(data.find_user("u4").unwrap(), data.find_item(id).unwrap())
            .is_some()
    };
    assert!(!stale.items.is_empty() && !stale.items.iter().any(|i| seen(&i.id)));
    let unknown = server.respond(&ask("nobody")).unwrap();
    assert_eq!(unknown.fallback.as_ref().map(|f| f.reason), Some("unknown-user"));
    let other = Server::new(Arc::clone(&place.store)).expecting(7);
    assert_eq!(
        other.respond(&ask("u4")).unwrap().fallback.map(|f| f.reason),
        Some("other-dataset")
    );
    let missing = Request {
        session: parse("click:i1,click:i2").unwrap(),
        ..ask("u4")
    };
    store.fail(Fault::FeatureMissing);
    let response = server.respond(&missing).unwrap();
    let stage = response.stages.iter().find(|s| s.name == "session").unwrap();
    assert!(stage.what.contains("nothing similar known to 2"), "{}", stage.what);
    assert!(response.fallback.is_none());
}

#[test]
fn somebody_elses_record_and_one_of_other_data_are_never_served() {
    let data = data(20, 60, &[]);
    let place = Place::new();
    place.build(&data, PLAIN, How::Full);
    let (_, others) = place.record("u8").unwrap();
    let (mut foreign, _) = place.record("u6").unwrap();
    foreign.dataset ^= 1;
    let (mut outside, _) = place.record("u7").unwrap();
    outside.candidates[0].item = 1_000_000;
    let entry = |user: &str, bytes| super::store::Entry {
        space: Space::Users,
        id: user.to_owned(),
        bytes,
    };
    let mut writer = place.store.begin(true).unwrap();
    writer
        .put(vec![
            entry("u4", others),
            entry("u6", foreign.encode()),
            entry("u7", outside.encode()),
        ])
        .unwrap();
    writer.publish().unwrap();
    let server = Server::new(Arc::clone(&place.store));
    let reason = |user: &str| {
        let response = server.respond(&ask(user)).unwrap();
        assert_eq!(response.items.len(), 20);
        response.fallback.map(|f| f.reason)
    };
    assert_eq!(reason("u4"), Some("half-written"));
    assert_eq!(reason("u6"), Some("other-dataset"));
    assert_eq!(reason("u7"), Some("half-written"));
    assert_eq!(reason("u8"), None);
}

#[test]
fn a_slow_stage_costs_what_can_be_left_out() {
    let data = data(20, 60, &[]);
    let place = Place::new();
    place.build(&data, "", How::Full);
    let server = Server::new(Arc::clone(&place.store));
    let slow = Request {
        session: parse("click:i1").unwrap(),
        delay: Some(("fetch".to_owned(), 80.0)),
        ..ask("u4")
    };
    let response = server.respond(&slow).unwrap();
    let what = |name: &str| response.stages.iter().find(|s| s.name == name).unwrap().what.clone();
    assert_eq!(
        [what("session"), what("diversity")],
        ["left out: the time is up", "left out: the time is up"]
    );
    assert!(response.ms >= 80.0 && response.items.len() == 20);
    assert!(
        response
            .items
            .iter()
            .all(|i| i.trace.as_ref().unwrap().session.is_empty())
    );
}

#[test]
fn rules_in_a_file_are_taken_up_while_requests_are_served() {
    let data = data(20, 60, &[]);
    let place = Place::new();
    place.build(&data, PLAIN, How::Full);
    let path = place.folder.path().join("rules.toml");
    std::fs::write(&path, "").unwrap();
    let server = Server::new(Arc::clone(&place.store)).with_rules(path.clone()).unwrap();
    let before = server.respond(&ask("u4")).unwrap();
    let first = before.items[0].id.clone();
    let drop = format!("[[rule]]\ndrop = \"item.id = {first}\"\n");
    std::fs::write(&path, &drop).unwrap();
    let after = server.respond(&ask("u4")).unwrap();
    assert_eq!(after.items[0].id, before.items[1].id);
    assert_eq!(
        (after.rules[0].matched, after.rules[0].without.as_slice()),
        (1, &[first.clone()][..])
    );
    // A mistake is said with its place, and the rules of before stay.
    std::fs::write(
        &path,
        format!("{drop}[[rule]]\ndrop = \"item.genre = g0 or nothing\"\n"),
    )
    .unwrap();
    let wrong = server.respond(&ask("u4")).unwrap();
    assert_eq!(ids(&wrong), ids(&after));
    assert!(
        wrong.notes[0].contains("rules.toml:4:28: expected a field"),
        "{:?}",
        wrong.notes
    );
    // What the catalog does not have leaves out that rule alone.
    std::fs::write(&path, format!("{drop}[[rule]]\npin = \"i9999\"\nat = 1\n")).unwrap();
    let unknown = server.respond(&ask("u4")).unwrap();
    assert_eq!(ids(&unknown), ids(&after));
    assert!(
        unknown.notes[0].contains("rule 2 (line 3, column 1) is left out: there is no item"),
        "{:?}",
        unknown.notes
    );
    std::fs::write(&path, "").unwrap();
    assert_eq!(ids(&server.respond(&ask("u4")).unwrap()), ids(&before));
}

#[test]
fn a_slot_shows_its_arms_as_often_as_it_says_and_learns() {
    let data = data(20, 60, &[]);
    let plan = format!(
        "{PLAIN}[[rule]]\nname = \"new\"\nslot = 5\narms = \"item.raters <= 60\"\nmost = 3\npolicy = \"epsilon-greedy:epsilon=0.3\"\n"
    );
    let place = Place::new();
    place.build(&data, &plan, How::Full);
    let server = Server::new(Arc::clone(&place.store));
    let (mut shown, mut expected) = (BTreeMap::<String, f64>::new(), BTreeMap::<String, f64>::new());
    for draw in 0..2000 {
        let request = Request {
            draw,
            detail: Detail::List,
            ..ask("u4")
        };
        let response = server.respond(&request).unwrap();
        let item = &response.items[4];
        assert_eq!((item.by, item.rule.as_deref()), ("slot", Some("new")));
        if draw < 3 {
            // Each arm once, to begin with; the second was clicked.
            server.note_shown(&response);
            assert!(server.note_click("u4", &item.id));
            if draw != 1 {
                server.note_past("new", &item.id, 9, 0);
            }
            continue;
        }
        *shown.entry(item.id.clone()).or_default() += 1.0;
        expected.insert(item.id.clone(), item.propensity);
    }
    assert_eq!(expected.len(), 3);
    let total: f64 = expected.values().sum();
    assert!((total - 1.0).abs() < 1e-12, "{expected:?}");
    let mut chances: Vec<f64> = expected.values().copied().collect();
    chances.sort_by(f64::total_cmp);
    assert!((chances[2] - 0.8).abs() < 1e-12 && (chances[0] - 0.1).abs() < 1e-12);
    for (item, chance) in expected {
        let share = shown[&item] / 1997.0;
        let error = (chance * (1.0 - chance) / 1997.0).sqrt();
        assert!((share - chance).abs() < 5.0 * error, "{item}: {share} and {chance}");
    }
}

/// Every lever that is named is true: tried by a plan that has it.
#[test]
fn why_not_names_the_stage_and_levers_that_work() {
    let data = data(20, 60, &[]);
    let rules = "[[rule]]\ndrop = \"item.id = i1\"\n[[rule]]\ncap = 3\nper = \"genre\"\n";
    let place = Place::new();
    place.build(&data, &format!("list = 8\n{rules}"), How::Full);
    let server = Server::new(Arc::clone(&place.store));
    let lost = |user: &str, item: &str| {
        let request = Request {
            why_not: Some(item.to_owned()),
            ..ask(user)
        };
        server.respond(&request).unwrap().why_not.unwrap()
    };
    let all = |user: &str| -> Vec<Lost> { (0..60).map(|i| lost(user, &format!("i{i}"))).collect() };
    let mut stages: BTreeMap<&str, usize> = BTreeMap::new();
    for user in ["u0", "u4", "u11"] {
        let row = data.user_row(data.find_user(user).unwrap());
        for (number, lost) in all(user).iter().enumerate() {
            *stages.entry(lost.stage.unwrap_or("listed")).or_default() += 1;
            let is_seen = row.get(number as u32).is_some();
            assert_eq!(lost.stage == Some("seen"), is_seen, "{lost:?}");
            if number == 1 && !is_seen {
                assert_eq!(lost.stage, Some("drop"));
            }
            for lever in lost.levers.iter().filter(|l| l.kind == "boost") {
                let boosted = format!(
                    "{rules}[[rule]]\nboost = {}\nif = \"item.id = {}\"\n",
                    lever.to.unwrap(),
                    lost.item
                );
                let path = place.folder.path().join("r.toml");
                std::fs::write(&path, boosted).unwrap();
                let other = Server::new(Arc::clone(&place.store)).with_rules(path).unwrap();
                let found = other.respond(&ask(user)).unwrap();
                let rank = found.items.iter().find(|i| i.id == lost.item).map(|i| i.rank);
                assert_eq!(rank, Some(lever.rank), "{lost:?}");
            }
        }
    }
    assert!(
        ["listed", "seen", "place", "fetch"]
            .iter()
            .all(|s| stages.contains_key(s)),
        "{stages:?}"
    );
    assert_eq!(lost("u0", "i999").stage, Some("fetch"));
}
