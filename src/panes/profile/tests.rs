use std::sync::Arc;

use super::*;
use crate::answers::{Lines, Named, Naming, ProfileLine};
use crate::data::{ItemIx, UserIx};
use crate::panes::tests_common::{assert_contract, draw, lines, text, texts};

const TITLES: [&str; 12] = [
    "Star Wars (1977)",
    "Raiders of the Lost Ark (1981)",
    "Empire Strikes Back, The (1980)",
    "One Flew Over the Cuckoo's Nest (1975)",
    "Fargo (1996)",
    "Léon: The Professional (1994)",
    "千と千尋の神隠し (2001)",
    "Contact (1997)",
    "Grease (1978)",
    "Rock, The (1996)",
    "Twister (1996)",
    "Volcano (1997)",
];

fn line(n: usize) -> ProfileLine {
    ProfileLine {
        entity: Entity::Item(ItemIx(n as u32)),
        rating: Some((5 - n * 5 / 30).max(1) as f64),
        stored: None,
        time: Some(crate::data::Moment::of_seconds(881_250_949 - n as i64 * 40_000)),
    }
}

struct Titles;

impl Naming for Titles {
    fn id(&self, _: Entity) -> &'static str {
        "50"
    }

    fn label(&self, entity: Entity) -> String {
        let Entity::Item(item) = entity else { unreachable!() };
        TITLES[item.at() % 12].to_owned()
    }
}

fn person() -> ProfileView {
    let mut rows: Vec<ProfileLine> = (0..30).map(line).collect();
    rows[1].stored = Some(Some(3.0));
    rows[3].stored = Some(Some(4.0));
    rows[3].rating = None;
    rows[4].stored = Some(None);
    let count = [1, 3, 6, 12, 8];
    ProfileView {
        words: crate::data::Words::default(),
        median: Some(4.0),
        subject: Some(Named {
            entity: Entity::User(UserIx(41)),
            kind: "user",
            id: "42".into(),
            label: "42".into(),
        }),
        ratings: 30,
        mean: Some(3.7667),
        deviation: Some(1.0392),
        histogram: (0..5)
            .map(|n| Bar::Value {
                value: n as f64 + 1.0,
                count: count[n],
            })
            .collect(),
        attributes: vec![
            ("age".into(), "30".into()),
            ("gender".into(), "M".into()),
            ("occupation".into(), "administrator".into()),
        ],
        rows: Lines::new(Arc::new(Titles), rows),
        edits: 3,
    }
}

fn nobody() -> ProfileView {
    ProfileView {
        words: crate::data::Words::default(),
        median: Some(4.0),
        subject: None,
        ratings: 0,
        mean: None,
        deviation: None,
        histogram: Vec::new(),
        attributes: Vec::new(),
        rows: Lines::new(Arc::new(Titles), Vec::new()),
        edits: 0,
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Profile, &person(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Profile, &person());
    assert_contract(&Profile, &nobody());
    let mut half_stars = person();
    half_stars.histogram = (1..=10)
        .map(|n| Bar::Value {
            value: f64::from(n) / 2.0,
            count: 3,
        })
        .collect();
    half_stars.rows.lines_mut()[0].rating = Some(4.5);
    assert_contract(&Profile, &half_stars);
    let mut continuous = person();
    continuous.histogram = (0..20)
        .map(|n| Bar::Bin {
            from: f64::from(n) - 10.0,
            to: f64::from(n) - 9.0,
            count: 1,
        })
        .collect();
    assert_contract(&Profile, &continuous);
}

#[test]
fn edits_are_told_in_words_and_removed_rows_struck() {
    let shown = text(&Profile, &person(), &PaneState::default(), (60, 12));
    for part in ["was 3", "removed 4", "added", "3 edited"] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    let (buffer, _) = draw(&Profile, &person(), &PaneState::default(), (60, 12), &Theme::default());
    let y = lines(&buffer).iter().position(|l| l.contains("removed")).unwrap() as u16;
    assert!(buffer[(3, y)].modifier.contains(Modifier::CROSSED_OUT));
    assert!(!buffer[(3, y - 1)].modifier.contains(Modifier::CROSSED_OUT));
}

#[test]
fn numbers_stand_above_each_other() {
    let mut view = person();
    view.edits = 0;
    view.rows.lines_mut().iter_mut().for_each(|r| r.stored = None);
    view.histogram[0] = Bar::Value { value: 0.5, count: 1 };
    view.rows.lines_mut()[2].rating = Some(3.5);
    view.rows.lines_mut()[3].rating = Some(5.0);
    let (buffer, drawn) = draw(&Profile, &view, &PaneState::default(), (44, 14), &Theme::default());
    let point = |y: u16| (0..44).rev().find(|&x| buffer[(x, y)].symbol() == ".");
    let points: Vec<Option<u16>> = (drawn.rows.top()..drawn.rows.bottom()).map(point).collect();
    assert!(points.len() > 5 && points[0].is_some(), "{drawn:?}");
    assert!(points.iter().all(|p| *p == points[0]), "{points:?}");
}

#[test]
fn a_row_explains_itself() {
    let lines = Profile.arithmetic(&person(), &PaneState::default(), 1).unwrap();
    assert_eq!(lines[1], "rating 5, stored 3");
    assert_eq!(
        lines[2..],
        [
            "from the mean = rating − mean",
            "= 5 − 3.7667",
            "= 1.2333",
            "in deviations = (rating − mean) / deviation",
            "= 1.2333 / 1.0392",
            "= 1.186778"
        ]
    );
    assert_eq!(
        Profile.arithmetic(&person(), &PaneState::default(), 3).unwrap()[1],
        "removed; stored: 4"
    );
    assert_eq!(Profile.arithmetic(&person(), &PaneState::default(), 99), None);
}

#[test]
fn attributes_leave_whole_where_there_is_no_room() {
    let pairs = [
        ("age", "39"),
        ("gender", "F"),
        ("occupation", "executive"),
        ("zip", "00000"),
    ];
    let view = ProfileView {
        attributes: pairs.map(|(name, value)| (name.into(), value.into())).to_vec(),
        ..person()
    };
    let theme = Theme::default();
    for (cells, expected) in [
        (60, "age 39 · gender F · occupation executive · zip 00000"),
        (30, "39 · F · executive · 00000"),
        (25, "39 · F · executive"),
        (17, "39 · F"),
        (3, "39"),
    ] {
        let spans = attribute_spans(&view, &theme, cells);
        let text: String = spans.iter().map(|(text, _)| text.as_ref()).collect();
        assert_eq!(text, expected, "{cells}");
    }
}
