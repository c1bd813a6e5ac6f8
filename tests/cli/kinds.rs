//! What values mean: detected, said, told; and that every answer follows it.

use super::{failure, json, printed};

/// A file of rows, and its path.
fn file(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let path = path.to_string_lossy().into_owned();
    (folder, path)
}

const PLAYS: &str = "user,item,plays\nA,x,13883\nA,y,1\nB,x,4\nB,y,260\nC,x,614\nC,z,2\nD,x,33\nD,z,12\nD,z,5\n";
const VOTES: &str = "user,item,vote\nA,x,1\nA,y,-1\nB,x,1\nB,y,-1\nC,x,-1\nC,z,0\nD,z,1\nD,y,-1\n";

#[test]
fn counts_are_no_ratings() {
    let (_folder, path) = file("plays.csv", PLAYS);
    let info = json(&["info", &path]);
    let feedback = &info["feedback"];
    assert_eq!(feedback["kind"], "counts");
    assert_eq!(
        (&feedback["zero"], &feedback["duplicates"]),
        (&"value".into(), &"sum".into())
    );
    assert_eq!(
        (&feedback["like"], &info["duplicates"]),
        (&"item-median".into(), &1.into())
    );
    assert_eq!(
        feedback["why"],
        "half of the values are at most 12, but the largest is 13,883"
    );
    let text = printed(&["info", &path]);
    assert!(text.contains("counts of plays: half of the values"), "{text}");
    // The two plays of z by D add up, and a guest may have played more often than anybody.
    assert_eq!(json(&["profile", &path, "--user", "D"])["rows"][1]["rating"], 17.0);
    let guest = printed(&["profile", &path, "--profile", "x=500000,y=3"]);
    assert!(
        guest.contains("2 counts, median 250001.5, 500003 plays in all"),
        "{guest}"
    );
    let (code, sentence) = failure(&["profile", &path, "--profile", "x=-1"]);
    assert_eq!(code, 2);
    assert!(sentence.contains("count \"-1\" is below 0"), "{sentence}");
    // Of four users two play x at least as often as its median user.
    let arms = json(&["bandit", &path, "--n-arms", "3", "--horizon", "10", "--runs", "1"]);
    assert_eq!(
        (&arms["arms"][0]["id"], &arms["arms"][0]["mean"]),
        (&"x".into(), &0.5.into())
    );
    assert_eq!(arms["run"]["success"], "as many plays as its median user has, or more");
}

#[test]
fn what_is_told_counts() {
    let (_folder, path) = file("plays.csv", PLAYS);
    let told = json(&["info", &path, "--feedback", "ratings"]);
    assert_eq!(
        (&told["feedback"]["kind"], &told["feedback"]["duplicates"]),
        (&"ratings".into(), &"last".into())
    );
    let events = json(&["info", &path, "--feedback", "events"]);
    assert_eq!(
        (&events["implicit"], &events["scale"]),
        (&true.into(), &serde_json::Value::Null)
    );
    let (_folder, path) = file("log.csv", "user,item\nA,x\nA,x\nA,y\nB,x\n");
    let counted = json(&["profile", &path, "--user", "A", "--feedback", "counts"]);
    assert_eq!(counted["rows"][0]["rating"], 2.0);
    let (code, sentence) = failure(&["info", &path, "--feedback", "votes"]);
    assert_eq!(code, 1);
    assert!(
        sentence.contains("there is no column of votes (name it with --columns"),
        "{sentence}"
    );
}

#[test]
fn a_zero_may_say_that_there_is_none() {
    let (_folder, path) = file("votes.csv", VOTES);
    assert_eq!(json(&["info", &path])["feedback"]["kind"], "ratings");
    let info = json(&["info", &path, "--zero", "missing"]);
    assert_eq!(
        (&info["feedback"]["kind"], &info["feedback"]["zero"]),
        (&"votes".into(), &"missing".into())
    );
    assert_eq!(
        (&info["ratings"], &info["feedback"]["like"]),
        (&7.into(), &"above 0".into())
    );
    assert!(
        info["notes"]
            .to_string()
            .contains("1 rows with the value 0 were left out")
    );
}

#[test]
fn errors_of_counts_are_not_measured_and_dislikes_are_no_hits() {
    let (_folder, path) = file("plays.csv", PLAYS);
    let report = json(&[
        "evaluate",
        &path,
        "--split",
        "kfold:k=2",
        "--models",
        "baseline",
        "--metrics",
        "rmse",
    ]);
    let rmse = report["rows"][0]["metrics"]["rmse"].to_string();
    assert!(rmse.contains("counts have no scale"), "{rmse}");
    let (folder, test) = file("test.csv", "user,item,vote\nA,z,-1\nB,z,1\n");
    let train = folder.path().join("train.csv");
    std::fs::write(&train, VOTES.replace(",0\n", ",1\n")).unwrap();
    let train = train.to_string_lossy().into_owned();
    let measured = json(&[
        "evaluate",
        "--train",
        &train,
        "--test",
        &test,
        "--models",
        "popularity",
        "--metrics",
        "hit@1",
    ]);
    // A is not counted: what A voted against is no test item to be found.
    assert_eq!(measured["rows"][0]["metrics"]["hit@1"]["mean"], 1.0, "{measured}");
}
