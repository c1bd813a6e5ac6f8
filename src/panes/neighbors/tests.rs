use super::*;
use crate::answers::{Entity, Lines, Named, Naming, NeighborRow, VectorLine};
use crate::data::{ItemIx, UserIx};
use crate::panes::tests_common::{assert_contract, text, texts};

fn named(entity: Entity, label: &str) -> Named {
    Named {
        entity,
        kind: if matches!(entity, Entity::User(_)) {
            "user"
        } else {
            "item"
        },
        id: label.to_owned(),
        label: label.to_owned(),
    }
}

fn neighbors() -> NeighborsView {
    let row = |n: usize| NeighborRow {
        entity: Entity::User(UserIx(n as u32)),
        id: (867 - 13 * n).to_string(),
        label: (867 - 13 * n).to_string(),
        similarity: 0.584 - 0.013 * n as f64,
        significance: None,
        support: 91 - n as u32,
        ratings: 1518 - n * 50,
        mean: (n != 4).then_some(3.925 - n as f64 * 0.1),
        focus_rating: (n % 3 != 1).then_some(5.0 - (n % 4) as f64),
    };
    NeighborsView {
        words: crate::data::Words::default(),
        subject: Some(named(Entity::User(UserIx(41)), "42")),
        similarity: "cosine".into(),
        neighbors: (0..20).map(row).collect(),
        defined: 942,
        edited: false,
        bootstrap: None,
    }
}

struct Titles;

impl Naming for Titles {
    fn id(&self, _: Entity) -> &'static str {
        "50"
    }

    fn label(&self, entity: Entity) -> String {
        let titles = [
            "Star Wars (1977)",
            "Raiders of the Lost Ark (1981)",
            "千と千尋の神隠し (2001)",
        ];
        match entity {
            Entity::Item(item) => titles[item.at()].to_owned(),
            Entity::User(user) => user.0.to_string(),
        }
    }
}

fn vector(item: u32, a: f64, b: f64) -> VectorLine {
    VectorLine {
        entity: Entity::Item(ItemIx(item)),
        ratings: (Some(a), Some(b)),
        seen: (a, b),
    }
}

/// Rows 5 3 1 and 4 2 1 of two users: cosine over what both rated is (20 + 6 + 1) / (√35 √21).
fn pair() -> PairView {
    let item = |n: u32| Entity::Item(ItemIx(n));
    PairView {
        words: crate::data::Words::default(),
        a: Some(named(Entity::User(UserIx(41)), "42")),
        b: named(Entity::User(UserIx(0)), "867"),
        similarity: "cosine-common".into(),
        value: Some(27.0 / (35.0_f64 * 21.0).sqrt()),
        support: 3,
        common: Lines::new(
            Arc::new(Titles),
            vec![(item(0), 5.0, 4.0), (item(1), 3.0, 2.0), (item(2), 1.0, 1.0)],
        ),
        shares: vec![20.0, 6.0, 1.0],
        sum: "Σa·b",
        vectors: Lines::new(
            Arc::new(Titles),
            vec![vector(0, 5.0, 4.0), vector(1, 3.0, 2.0), vector(2, 1.0, 1.0)],
        ),
        left_out: None,
        columns: &[("a·b", |a, b| a * b)],
        sums: vec![("Σ ab".into(), 27.0), ("Σ a²".into(), 35.0), ("Σ b²".into(), 21.0)],
        arithmetic: vec![
            "Σ ab = 27, Σ a² = 35, Σ b² = 21".into(),
            "Σ ab / (√Σ a² √Σ b²) = 27 / (5.916 × 4.583) = .996".into(),
        ],
        all: vec![
            ("cosine".into(), Some(0.42)),
            ("cosine-common".into(), Some(0.996)),
            ("pearson".into(), None),
            ("llr".into(), Some(12.5)),
        ],
    }
}

fn view() -> NeighborsPaneView {
    NeighborsPaneView {
        table: Arc::new(neighbors()),
        pair: Some(Arc::new(pair())),
    }
}

fn paired() -> PaneState {
    PaneState {
        mode: 1,
        ..PaneState::default()
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Neighbors, &view(), &PaneState::default()));
}

#[test]
fn three_sizes_of_a_pair() {
    insta::assert_snapshot!(texts(&Neighbors, &view(), &paired()));
}

#[test]
fn they_keep_the_contract() {
    assert_contract(&Neighbors, &view());
    let mut alone = neighbors();
    alone.neighbors.clear();
    let alone = NeighborsPaneView {
        table: Arc::new(alone),
        pair: None,
    };
    assert_contract(&Neighbors, &alone);
    assert!(text(&Neighbors, &alone, &PaneState::default(), (40, 5)).contains("nobody has anything in common"));
    assert!(text(&Neighbors, &alone, &paired(), (40, 5)).contains("no neighbor is in focus"));
    let strangers = PairView {
        a: None,
        value: None,
        common: Lines::new(Arc::new(Titles), Vec::new()),
        arithmetic: vec![],
        ..pair()
    };
    let strangers = NeighborsPaneView {
        pair: Some(Arc::new(strangers)),
        ..view()
    };
    assert_contract(&Neighbors, &strangers);
    assert!(text(&Neighbors, &strangers, &paired(), (40, 6)).contains("undefined"));
}

#[test]
fn columns_go_in_order_where_there_is_no_room() {
    let head = |width| {
        text(&Neighbors, &view(), &PaneState::default(), (width, 6))
            .lines()
            .next()
            .unwrap()
            .to_owned()
    };
    for (width, there, gone) in [
        (76, "gave it", "nothing"),
        (58, "mean", "nothing"),
        (26, "gave", "ratings"),
        (18, "common", "gave"),
        (11, "sim", "common"),
    ] {
        assert!(
            head(width).contains(there) && !head(width).contains(gone),
            "{width}: {}",
            head(width)
        );
    }
}

#[test]
fn titles_say_what_is_shown() {
    let selection = Selection::default();
    assert_eq!(
        Neighbors.title(Some(&view()), &selection),
        "Neighbors · 20 of 942 · cosine"
    );
}

#[test]
fn rows_of_either_mode_have_their_own_targets_and_arithmetic() {
    assert_eq!(
        Neighbors.target(&view(), &PaneState::default(), 2),
        Some(Target::Entity(Entity::User(UserIx(2))))
    );
    assert_eq!(
        Neighbors.target(&view(), &paired(), 2),
        Some(Target::Entity(Entity::Item(ItemIx(2))))
    );
    let lines = Neighbors.arithmetic(&view(), &PaneState::default(), 0).unwrap();
    assert_eq!(lines[5].split_whitespace().collect::<Vec<_>>(), ["sum", "9", "7", "27"]);
    assert_eq!(
        lines.last().unwrap(),
        "Σ ab / (√Σ a² √Σ b²) = 27 / (5.916 × 4.583) = .996"
    );
    // The pair that is known is that of row 0 alone.
    assert_eq!(Neighbors.arithmetic(&view(), &PaneState::default(), 1), None);
    assert_eq!(
        Neighbors.arithmetic(&view(), &paired(), 0).unwrap()[2],
        "product 5 × 4 = 20"
    );
}
