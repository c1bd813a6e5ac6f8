use super::*;
use crate::answers::info::findings::findings;
use crate::answers::{Bar, FeedbackView, MemoryView, Month, PerHead, TookView};
use crate::data::{DuplicatePolicy, Reject, Scale, Words, Zero};
use crate::panes::PaneState;
use crate::panes::tests_common::{assert_contract, text};
use crate::task::Stage;

/// What ml-100k's figures look like, with a tail of the same kind.
fn info() -> InfoView {
    let counts = [6110, 11370, 27145, 34174, 21201];
    counted(InfoView {
        name: "ml-100k".into(),
        users: 943,
        items: 1682,
        items_without_ratings: 0,
        users_without_ratings: 0,
        ratings: 100_000,
        density: 0.063_047,
        feedback: FeedbackView {
            kind: FeedbackKind::Ratings,
            zero: Zero::Value,
            duplicates: DuplicatePolicy::Last,
            like: None,
            why: "there are 5 distinct values, from 1 to 5".into(),
            words: Words::default(),
        },
        default_formula: crate::models::DEFAULT_FORMULA.into(),
        scale: Some(Scale {
            min: 1.0,
            max: 5.0,
            step: Some(1.0),
        }),
        implicit: false,
        timestamps: true,
        mean: Some(3.52986),
        histogram: (0..5)
            .map(|n| Bar::Value {
                value: n as f64 + 1.0,
                count: counts[n],
            })
            .collect(),
        duplicates: 0,
        duplicate_policy: "last".into(),
        rejected: vec![],
        rejected_count: 0,
        format: "movielens-100k".into(),
        separator: "tab".into(),
        encoding: "iso-8859-1".into(),
        files: ["u.data", "u.item", "u.user", "u.genre"].map(str::to_owned).to_vec(),
        rows_read: 100_000,
        items_without_metadata: 0,
        users_without_metadata: 0,
        item_columns: vec!["genres".into(), "year".into()],
        user_columns: ["age", "gender", "occupation", "zip"].map(str::to_owned).to_vec(),
        time_range: Some([874_724_710, 893_286_638].map(crate::data::Moment::of_seconds).into()),
        synthetic: false,
        filters: Vec::new(),
        notes: vec!["u.item is not UTF-8; it was read as ISO-8859-1".into()],
        memory: MemoryView {
            ratings_bytes: 1_600_000,
            catalog_bytes: 210_000,
            models_bytes: 4_100_000,
            by_user_bytes: 500_000,
            by_item_bytes: 500_000,
            times_bytes: 400_000,
            order_bytes: 200_000,
            ids_bytes: 50_000,
            labels_bytes: 60_000,
            attributes_bytes: 100_000,
            process_bytes: Some(21_000_000),
            process_peak_bytes: Some(24_000_000),
        },
        took: TookView::default(),
        activity: (
            (1..=943).map(|r| 737 / (1 + r / 40) + 20).collect(),
            (1..=1682).map(|r| 583 / (1 + r / 12)).collect(),
        ),
        per_user: PerHead::default(),
        per_item: PerHead::default(),
        months: [
            ("1997-09", 6704),
            ("1997-10", 10_370),
            ("1997-11", 24_030),
            ("1997-12", 11_911),
            ("1998-01", 14_000),
        ]
        .map(|(month, count)| Month {
            month: month.to_owned(),
            count,
        })
        .to_vec(),
        findings: vec![],
    })
}

/// The view with what is computed from the rest of it.
fn counted(mut view: InfoView) -> InfoView {
    (view.per_user, view.per_item) = (PerHead::of(&view.activity.0), PerHead::of(&view.activity.1));
    view.findings = findings(&view);
    view
}

fn broken() -> InfoView {
    let mut view = info();
    view.rejected = vec![Reject {
        file: "ratings.csv".into(),
        line: 17,
        column: 9,
        reason: "rating \"abc\" is not a number".into(),
    }];
    view.rejected_count = 3;
    view.duplicates = 12;
    view.timestamps = false;
    view.time_range = None;
    view.months.clear();
    view.scale = Some(Scale {
        min: 4.0,
        max: 4.0,
        step: None,
    });
    counted(view)
}

fn empty() -> InfoView {
    let mut view = broken();
    (view.ratings, view.users, view.items, view.density, view.mean) = (0, 0, 0, 0.0, None);
    view.scale = None;
    view.histogram.clear();
    view.activity = (vec![], vec![]);
    view.rejected.clear();
    counted(view)
}

#[test]
fn three_sizes() {
    let one = |size: (u16, u16)| {
        format!(
            "[{}×{}]\n{}\n",
            size.0,
            size.1,
            text(&Data, &info(), &PaneState::default(), size)
        )
    };
    insta::assert_snapshot!([(78, 20), (118, 36), (198, 56)].map(one).join("\n"));
}

#[test]
fn it_keeps_the_contract() {
    for view in [info(), broken(), empty()] {
        assert_contract(&Data, &view);
    }
}

#[test]
fn findings_come_worst_first_and_name_the_place() {
    let found = findings(&broken());
    assert_eq!(
        found[0].text,
        "3 rows could not be used; the first is ratings.csv:17:9: rating \"abc\" is not a number"
    );
    assert_eq!(found[1].severity, Severity::Trouble);
    assert!(found.is_sorted_by_key(|f| f.severity));
    let texts: Vec<String> = findings(&info()).into_iter().map(|f| f.text).collect();
    let has = |part: &str| assert!(texts.iter().any(|t| t.contains(part)), "{part}: {texts:?}");
    has("every row could be used");
    has("all users have 5 ratings or more");
    has("items (");
    has("read as ISO-8859-1");
    assert!(findings(&empty())[0].text.contains("no ratings"));
}

#[test]
fn bytes_have_units() {
    assert_eq!(
        [0, 999, 1_600, 1_600_000, 25_000_000_000].map(bytes),
        ["0 B", "999 B", "1.6 kB", "1.6 MB", "25 GB"]
    );
}

#[test]
fn what_took_how_long_is_said_where_it_is_known() {
    assert_eq!(took(&info()), []);
    let reading = Stage {
        name: "reading ratings".into(),
        began: 0.0,
        seconds: 0.409,
    };
    let view = InfoView {
        took: TookView {
            stages: vec![reading],
            fits: vec![("als".into(), 1.5)],
        },
        ..info()
    };
    let expected = [("stages", "reading ratings 0.41 s"), ("fits", "als 1.50 s")];
    assert_eq!(took(&view), expected.map(|(name, text)| (name, text.to_owned())));
}
