//! The same tests over both stores.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::pipeline::tests_common::RedisServer;

/// Runs a test over a store of each kind, the one in Redis where there is a server.
fn each(test: impl Fn(&dyn Fn() -> Arc<dyn Store>)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.redb");
    test(&|| store_at(path.to_str().unwrap()).unwrap());
    if let Some(server) = RedisServer::start() {
        test(&|| store_at(&server.url("tests")).unwrap());
    }
}

fn entry(space: Space, id: &str, bytes: &[u8]) -> Entry {
    Entry {
        space,
        id: id.to_owned(),
        bytes: bytes.to_vec(),
    }
}

fn publish(store: &dyn Store, onto: bool, entries: Vec<Entry>) -> u64 {
    let mut writer = store.begin(onto).unwrap();
    writer.put(entries).unwrap();
    writer.publish().unwrap()
}

fn read(build: &dyn Build, space: Space, id: &str) -> Option<Vec<u8>> {
    build.read(&[Key { space, id }]).unwrap().pop().unwrap()
}

#[test]
fn what_is_published_is_read_and_nothing_else() {
    each(|open| {
        let store = open();
        assert!(matches!(store.open().err(), Some(StoreError::Empty(_))));
        assert!(matches!(store.begin(true).err(), Some(StoreError::Empty(_))));
        let ids = ["7", "", "ü\n\"", "a,b"];
        let version = publish(
            &*store,
            false,
            ids.iter().map(|id| entry(Space::Users, id, id.as_bytes())).collect(),
        );
        // Another process sees it as well.
        for store in [Arc::clone(&store), open()] {
            let build = store.open().unwrap();
            assert_eq!(build.version(), version);
            for id in ids {
                assert_eq!(
                    read(&*build, Space::Users, id).as_deref(),
                    Some(id.as_bytes()),
                    "{}",
                    store.kind()
                );
                assert_eq!(read(&*build, Space::Items, id), None);
            }
            assert_eq!(read(&*build, Space::Users, "8"), None);
            assert_eq!([build.len(Space::Users), build.len(Space::Items)], [Ok(4), Ok(0)]);
            assert!(build.size().unwrap() > 0);
            let keys = [("7", Space::Users), ("x", Space::Shared), ("a,b", Space::Users)];
            let keys = keys.map(|(id, space)| Key { space, id });
            assert_eq!(
                build.read(&keys).unwrap(),
                [Some(b"7".to_vec()), None, Some(b"a,b".to_vec())]
            );
            assert_eq!(build.read(&[]).unwrap(), Vec::<Option<Vec<u8>>>::new());
        }
    });
}

#[test]
fn a_build_is_seen_whole_or_not_at_all() {
    each(|open| {
        let store = open();
        let first = publish(
            &*store,
            false,
            vec![entry(Space::Users, "a", b"1"), entry(Space::Users, "b", b"1")],
        );
        let before = store.open().unwrap();
        let mut writer = store.begin(false).unwrap();
        writer.put(vec![entry(Space::Users, "a", b"2")]).unwrap();
        // Not yet.
        assert_eq!(
            read(&*store.open().unwrap(), Space::Users, "a").as_deref(),
            Some(&b"1"[..])
        );
        let second = writer.publish().unwrap();
        assert!(second > first);
        let now = store.open().unwrap();
        assert_eq!(read(&*now, Space::Users, "a").as_deref(), Some(&b"2"[..]));
        // A full build has nothing of the one before.
        assert_eq!(read(&*now, Space::Users, "b"), None);
        // Who has the build of before goes on reading that one.
        assert_eq!(read(&*before, Space::Users, "b").as_deref(), Some(&b"1"[..]));
        // Given up: nothing happens.
        let mut writer = store.begin(false).unwrap();
        writer.put(vec![entry(Space::Users, "a", b"3")]).unwrap();
        drop(writer);
        assert_eq!(open().open().unwrap().version(), second);
    });
}

#[test]
fn a_build_onto_another_keeps_what_it_does_not_touch() {
    each(|open| {
        let store = open();
        publish(
            &*store,
            false,
            vec![entry(Space::Users, "a", b"1"), entry(Space::Users, "b", b"1")],
        );
        publish(
            &*store,
            true,
            vec![entry(Space::Users, "b", b"2"), entry(Space::Users, "c", b"2")],
        );
        let build = store.open().unwrap();
        let all = ["a", "b", "c"].map(|id| read(&*build, Space::Users, id).unwrap());
        assert_eq!(all, [b"1".to_vec(), b"2".to_vec(), b"2".to_vec()]);
        assert_eq!(build.len(Space::Users), Ok(3));
    });
}

#[test]
fn two_builders_do_not_mix() {
    each(|open| {
        let (one, other) = (open(), open());
        let mut a = one.begin(false).unwrap();
        let mut b = other.begin(false).unwrap();
        for n in 0..50 {
            a.put(vec![entry(Space::Users, &n.to_string(), b"a")]).unwrap();
            b.put(vec![entry(Space::Users, &n.to_string(), b"b")]).unwrap();
        }
        a.publish().unwrap();
        let version = b.publish().unwrap();
        let build = one.open().unwrap();
        assert_eq!(build.version(), version);
        for n in 0..50 {
            assert_eq!(read(&*build, Space::Users, &n.to_string()).as_deref(), Some(&b"b"[..]));
        }
    });
}

#[test]
fn entries_larger_than_a_pipeline_are_written() {
    each(|open| {
        let large = vec![7u8; 3 << 20];
        let store = open();
        let entries = vec![
            entry(Space::Shared, "x", b"1"),
            entry(Space::Shared, "big", &large),
            entry(Space::Shared, "y", b"2"),
        ];
        publish(&*store, false, entries);
        let build = store.open().unwrap();
        assert_eq!(read(&*build, Space::Shared, "big"), Some(large.clone()));
        assert_eq!(read(&*build, Space::Shared, "y").as_deref(), Some(&b"2"[..]));
    });
}

#[test]
fn what_a_killed_builder_left_is_removed_later() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join(".s.redb.building-abc");
    std::fs::write(&left, "half").unwrap();
    let alive = folder.path().join(".s.redb.building-def");
    let file = std::fs::File::create(&alive).unwrap();
    file.lock().unwrap();
    let old = std::time::SystemTime::now() - Duration::from_secs(3600);
    for path in [&left, &alive] {
        std::fs::File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(old)
            .unwrap();
    }
    let store = Embedded::at(folder.path().join("s.redb"));
    publish(&store, false, vec![entry(Space::Users, "a", b"1")]);
    assert!(!left.exists() && alive.exists());
    // Nothing else is left.
    drop(file);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_file_that_is_no_store_is_down_and_not_empty() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.redb");
    std::fs::write(&path, "no store at all").unwrap();
    let store = Embedded::at(&path);
    assert!(matches!(store.open().err(), Some(StoreError::Down(_))));
    // A build takes its place.
    publish(&store, false, vec![entry(Space::Users, "a", b"1")]);
    assert!(store.open().is_ok());
}

/// The bytes of a small store.
fn small_store() -> &'static [u8] {
    static BYTES: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    BYTES.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.redb");
        let entries = (0..60).map(|n| entry(Space::ALL[n % 3], &n.to_string(), &[n as u8; 90]));
        publish(&*store_at(path.to_str().unwrap()).unwrap(), false, entries.collect());
        std::fs::read(path).unwrap()
    })
}

#[test]
fn records_of_redis_expire_and_what_answers_fall_back_to_stays() {
    let Some(server) = RedisServer::start() else { return };
    let store = Remote::at(&server.url("life")).unwrap().keeping(Duration::from_secs(1));
    let entries = vec![entry(Space::Users, "a", b"1"), entry(Space::Shared, "m", b"1")];
    publish(&store, false, entries);
    let build = store.open().unwrap();
    assert!(read(&*build, Space::Users, "a").is_some());
    let begun = std::time::Instant::now();
    while read(&*build, Space::Users, "a").is_some() {
        assert!(begun.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(read(&*build, Space::Shared, "m").as_deref(), Some(&b"1"[..]));
    // An unfinished build expires, and so does the one that was replaced.
    let mut writer = store.begin(false).unwrap();
    writer
        .put(vec![entry(Space::Users, "a", b"2"), entry(Space::Shared, "m", b"2")])
        .unwrap();
    let mut connection = server.connection();
    let keys: Vec<String> = ::redis::cmd("KEYS").arg("life:*:users").query(&mut connection).unwrap();
    assert_eq!(keys.len(), 1);
    let life = |key: &str, connection: &mut ::redis::Connection| -> i64 {
        ::redis::cmd("TTL").arg(key).query(connection).unwrap()
    };
    assert!((1..=3600).contains(&life(&keys[0], &mut connection)));
    let old = format!("life:{}:shared", build.version());
    assert_eq!(life(&old, &mut connection), -1);
    writer.publish().unwrap();
    assert!((1..=60).contains(&life(&old, &mut connection)));
}

#[test]
fn a_server_that_is_gone_is_down_and_one_that_hangs_is_slow() {
    let Some(server) = RedisServer::start() else { return };
    let store = Remote::at(&server.url("gone")).unwrap();
    publish(&store, false, vec![entry(Space::Users, "a", b"1")]);
    let build = store.open().unwrap();
    let key = [Key {
        space: Space::Users,
        id: "a",
    }];
    assert!(build.read(&key).unwrap()[0].is_some());
    let mut connection = server.connection();
    let () = ::redis::cmd("CLIENT")
        .arg("PAUSE")
        .arg(600)
        .arg("ALL")
        .query(&mut connection)
        .unwrap();
    assert_eq!(build.read(&key), Err(StoreError::Slow(50)));
    drop(server);
    assert!(matches!(build.read(&key), Err(StoreError::Down(_))));
    assert!(matches!(store.open().err(), Some(StoreError::Down(_))));
}

#[test]
fn addresses_are_read_and_passwords_not_shown() {
    let store = store_at("redis://somebody:secret@localhost:7000/3#shop").unwrap();
    assert_eq!(store.name(), "redis://localhost:7000/3#shop");
    assert!(store_at("").is_err() && store_at("http://x").is_err());
    assert_eq!(store_at("a/b.redb").unwrap().name(), "a/b.redb");
}

fn record() -> impl Strategy<Value = UserRecord> {
    let candidate = (any::<u32>(), -1e30f32..1e30, any::<u8>()).prop_map(|(item, score, sources)| Candidate {
        item,
        score,
        sources,
    });
    let features = prop::collection::vec((".{0,8}", ".{0,8}"), 0..3);
    let seen = prop::collection::vec(any::<u32>(), 0..20);
    let numbers = (any::<u64>(), any::<i64>(), any::<u64>(), any::<u64>(), any::<u64>());
    (
        ".{0,12}",
        numbers,
        features,
        prop::collection::vec(candidate, 0..20),
        seen,
    )
        .prop_map(
            |(user, (version, built_at, model, dataset, profile), features, candidates, seen)| UserRecord {
                user,
                version,
                built_at,
                model,
                dataset,
                profile,
                features,
                candidates,
                seen,
            },
        )
}

proptest! {
    #![proptest_config(crate::pipeline::tests_common::cases(256))]

    #[test]
    fn a_record_reads_back_and_half_of_it_never_does(record in record(), cut in 0.0..1.0f64, flip in any::<(u32, u8)>()) {
        let bytes = record.encode();
        prop_assert_eq!(UserRecord::decode(&bytes), Ok(record));
        let cut = (bytes.len() as f64 * cut) as usize;
        prop_assert_eq!(UserRecord::decode(&bytes[..cut]), Err(Damaged));
        let mut wrong = bytes.clone();
        let at = flip.0 as usize % wrong.len();
        wrong[at] ^= 1 << (flip.1 % 8);
        prop_assert_eq!(UserRecord::decode(&wrong), Err(Damaged));
    }

    /// Whatever is wrong with the file, somebody who asks has an answer or an error.
    #[test]
    fn a_damaged_file_is_down_or_answers(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = small_store().to_vec();
        let written: Vec<usize> = (0..bytes.len()).filter(|at| bytes[*at] != 0).collect();
        for (at, byte) in flips {
            bytes[*at.get(&written)] = byte;
        }
        bytes.truncate(cut.map_or(bytes.len(), |cut| cut.index(bytes.len())));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.redb");
        std::fs::write(&path, bytes).unwrap();
        let store = store_at(path.to_str().unwrap()).unwrap();
        if let Ok(build) = store.open() {
            for space in Space::ALL {
                let _ = build.len(space);
                let _ = build.read(&["0", "1", "59", "x"].map(|id| Key { space, id }));
            }
        }
        if let Ok(mut writer) = store.begin(true)
            && writer.put(vec![entry(Space::Users, "3", b"new")]).is_ok()
        {
            let _ = writer.publish();
        }
        // A whole build takes the place of whatever is there.
        publish(&*store, false, vec![entry(Space::Users, "a", b"1")]);
        prop_assert_eq!(read(&*store.open().unwrap(), Space::Users, "a"), Some(b"1".to_vec()));
    }

    #[test]
    fn a_row_reads_back(row in prop::collection::vec((any::<u32>(), -1.0f32..1.0), 0..30)) {
        let row: Vec<Similar> = row.into_iter().map(|(item, similarity)| Similar { item, similarity }).collect();
        let bytes = encode_row(&row);
        prop_assert_eq!(decode_row(&bytes), Ok(row));
        prop_assert!(decode_row(&bytes[..bytes.len() - 1]).is_err());
    }

    #[test]
    fn any_bytes_are_a_record_or_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = UserRecord::decode(&sealed(&bytes));
        let _ = decode_row(&sealed(&bytes));
    }
}
