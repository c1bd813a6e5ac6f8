use super::*;
use crate::models::Formula;
use crate::task::Task;

#[test]
fn the_table_is_well_formed() {
    let rows = table().unwrap();
    assert!(rows.len() > 60, "{}", rows.len());
    for row in &rows {
        assert!(KNOWN.iter().any(|k| k.key == row.data), "{row:?}");
        assert!(!row.figures.is_empty() && row.seeds > 0, "{row:?}");
        match &row.split {
            None => assert_eq!(row.model, "the data"),
            Some(split) => {
                assert!(crate::evaluate::Split::parse(split).is_ok(), "{split}");
                let formula = Formula::parse(&row.model).unwrap_or_else(|e| panic!("{}: {e}", row.model));
                // k and neighbors may be written out where they are the default of one side only.
                assert!(formula.to_string().len() <= row.model.len(), "{formula}");
                for figure in &row.figures {
                    assert!(crate::evaluate::Metric::parse(&figure.metric).is_ok(), "{figure:?}");
                }
            }
        }
    }
    for (at, row) in rows.iter().enumerate() {
        let same = |other: &&Row| {
            (&other.split, other.folds, &other.model, &other.data) == (&row.split, row.folds, &row.model, &row.data)
        };
        assert!(
            row.split.is_none() || rows[..at].iter().find(same).is_none(),
            "{row} comes twice"
        );
    }
    for known in KNOWN {
        assert!(known.rows().unwrap().iter().all(|row| row.data == known.key));
        assert!(!known.rows().unwrap().is_empty());
    }
}

#[test]
fn a_small_dataset_is_none_of_them_but_can_be_checked_by_hand() {
    let data = crate::models::tests_common::dataset(&[(0, 0, 1.0), (0, 1, 3.0), (1, 0, 5.0), (1, 1, 3.0)], 2);
    assert_eq!(Known::find(&data), None);
    let row = |figures: &[(&str, f64)], within: f64, model: &str, split: Option<&str>| Row {
        data: "ml-100k".into(),
        split: split.map(str::to_owned),
        folds: None,
        model: model.into(),
        seeds: 2,
        figures: figures
            .iter()
            .map(|(metric, value)| Figure {
                metric: (*metric).to_owned(),
                text: value.to_string(),
                value: *value,
            })
            .collect(),
        within,
        slow: false,
        source: SOURCES[0],
    };
    let mut checker = Checker::new(data, 1);
    let mut check = |row: &Row| checker.check(row, &Task::unattended()).unwrap().0;
    let facts = [
        ("users", 2.0),
        ("items", 2.0),
        ("ratings", 4.0),
        ("mean", 3.0),
        ("min", 1.0),
        ("max", 5.0),
        ("step", 2.0),
        ("rated-3", 2.0),
        ("rated-4", 0.0),
        ("rmse-of-global-mean", 2f64.sqrt()),
        ("mae-of-user-mean", 1.0),
        ("rmse-of-item-mean", 2f64.sqrt()),
    ];
    let seen = check(&row(&facts, 1e-9, "the data", None));
    assert!(seen.iter().all(|c| c.pass), "{seen:?}");
    let seen = check(&row(&[("mean", 3.11)], 0.1, "the data", None));
    assert!(!seen[0].pass && seen[0].ours == Some(3.0));
    assert!(!check(&row(&[("what", 1.0)], 9.0, "the data", None))[0].pass);
    // Every user's other rating of 3 is tested, or 3 is learned: the baseline's error is told, whatever the seed.
    let seen = check(&row(&[("rmse", 2.0)], 2.0, "baseline", Some("leave-one-out")));
    assert!(seen[0].pass, "{seen:?}");
    let seen = check(&row(&[("rmse", 2.0)], 2.0, "popularity", Some("leave-one-out")));
    assert!(!seen[0].pass && seen[0].reason.is_some(), "{seen:?}");
    let seen = check(&row(&[("rmse", 2.0)], 2.0, "unheard-of", Some("leave-one-out")));
    assert!(seen[0].reason.as_ref().is_some_and(|r| r.contains("unheard-of")));
}
