//! Whatever road a row takes, through whatever blocks and on however many threads: the result is the same.

use super::*;
use crate::data::compact::CompactRows;
use crate::task::Pool;
use proptest::prelude::*;

/// All that can be seen of a reading, values by their bits.
#[derive(Debug, PartialEq)]
struct Seen {
    users: Vec<String>,
    items: Vec<String>,
    rows: Vec<(u32, u32, u64, Option<i64>)>,
    origins: Vec<(u32, u32)>,
    report: LoadReport,
}

fn seen(text: &[u8], options: &LoadOptions, threads: usize, tuning: Tuning) -> Result<Seen, LoadError> {
    let source = Source::Bytes {
        name: "x.csv".into(),
        bytes: text.to_vec(),
    };
    let mut task = Task::unattended();
    task.pool = Pool::new("roads", threads);
    let loaded = read_tuned(&source, options, &task, tuning, |rows, _, _, _| rows)?;
    let CompactRows {
        users,
        items,
        values,
        times,
    } = loaded.made;
    let row = |k: usize| {
        (
            users[k],
            items[k],
            values.stored.get(k, &values.table).to_bits(),
            times.get(k),
        )
    };
    Ok(Seen {
        rows: (0..users.len()).map(row).collect(),
        users: loaded.parts.users.iter().map(str::to_owned).collect(),
        items: loaded.parts.items.iter().map(str::to_owned).collect(),
        origins: loaded.origins,
        report: loaded.parts.report,
    })
}

/// One row after the other through the general reader: lines are all longer than a block.
const GENERAL: Tuning = tuning(1, false);

const fn tuning(block: usize, quick: bool) -> Tuning {
    Tuning {
        block,
        most: block,
        quick,
    }
}

/// A field of a file: mostly usual, sometimes odd, sometimes wrong.
fn field(usual: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![
        20 => usual,
        2 => usual.prop_map(|f| format!("\"{f}\"")),
        1 => usual.prop_map(|f| format!(" {f} ")),
        1 => prop_oneof![
            Just("a-long-identifier".to_owned()),
            Just("12345678".to_owned()),
            Just("\"two\nlines\"".to_owned()),
            Just("\"a \"\"quoted\"\", b\"".to_owned()),
            Just("\"open".to_owned()),
            Just("\"closed\"later".to_owned()),
            Just("an end\"".to_owned()),
            Just("\"a\\\"".to_owned()),
            Just("\"a \\\"b\\\" \\\\\"".to_owned()),
            Just("d\u{e9}j\u{e0}".to_owned()),
            Just("0.30000000000000004".to_owned()),
            Just("1e3".to_owned()),
            Just("2001-02-03".to_owned()),
            Just("1700000000000".to_owned()),
            Just("-5".to_owned()),
            Just("\0".to_owned()),
            Just(String::new()),
        ],
    ]
}

fn line() -> impl Strategy<Value = String> {
    let fields = (
        field("[0-9]{1,3}"),
        field("[a-c0-3]{1,2}"),
        field("[0-5](\\.[05])?"),
        field("[0-9]{9,10}"),
    );
    let more = prop_oneof![8 => Just(""), 1 => Just(",more"), 1 => Just(",\"mo,re\""), 1 => Just(",")];
    let end = prop_oneof![20 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r"), 1 => Just("\n\n"), 1 => Just(" \n")];
    (fields, more, end)
        .prop_map(|((user, item, rating, time), more, end)| format!("{user},{item},{rating},{time}{more}{end}"))
}

/// A file with a header; now and then cut off, or with a byte that does not belong there.
fn file() -> impl Strategy<Value = Vec<u8>> {
    let lines = proptest::collection::vec(line(), 1..40);
    let wound = proptest::option::weighted(0.2, (any::<prop::sample::Index>(), any::<u8>()));
    let cut = proptest::option::weighted(0.2, any::<prop::sample::Index>());
    (lines, wound, cut).prop_map(|(lines, wound, cut)| {
        let mut text = lines.concat().into_bytes();
        if let Some((at, byte)) = wound {
            let at = at.index(text.len());
            text[at] = byte;
        }
        if let Some(at) = cut {
            text.truncate(at.index(text.len()));
        }
        [b"user,item,rating,time\n".to_vec(), text].concat()
    })
}

fn options(lenient: bool, error: bool) -> LoadOptions {
    LoadOptions {
        lenient,
        duplicates: if error {
            Some(DuplicatePolicy::Error)
        } else {
            Some(DuplicatePolicy::Last)
        },
        ..LoadOptions::default()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn all_roads_lead_to_the_same_ratings(
        text in file(), lenient in any::<bool>(), error in any::<bool>(), block in 1usize..200, threads in 1usize..4,
    ) {
        let options = options(lenient, error);
        let wanted = seen(&text, &options, 1, GENERAL);
        for how in [Tuning::default(), Tuning { most: MAX_RECORD, ..tuning(block, true) }, tuning(block, true), tuning(block, false)] {
            prop_assert_eq!(&seen(&text, &options, threads, how), &wanted, "{:?}", how);
        }
    }

    #[test]
    fn other_separators_too(
        rows in proptest::collection::vec(("[0-9]{1,9}", "[a-z:]{1,2}", "[0-5]", "[0-9]{8,11}"), 2..40),
        separator in prop_oneof![Just("::"), Just("\t"), Just(";")], block in 1usize..200,
    ) {
        let lines = rows.iter().map(|(a, b, c, d)| [a.as_str(), b, c, d].join(separator) + "\n");
        let text = lines.collect::<String>().into_bytes();
        let options = LoadOptions { separator: Some(separator.to_owned()), ..options(true, false) };
        let wanted = seen(&text, &options, 1, GENERAL);
        prop_assert_eq!(seen(&text, &options, 2, tuning(block, true)), wanted);
    }
}

#[test]
fn many_blocks_on_many_threads_keep_the_order_of_the_file() {
    use std::fmt::Write;
    let mut text = "user,item,rating,time\n".to_owned();
    for n in 0..60_000u32 {
        let (user, item) = (n.wrapping_mul(2_654_435_761) % 4000, n.wrapping_mul(40_503) % 3000);
        // Every value is new for a while: more than there are codes.
        let value = if n < 30_000 {
            f64::from(n) / 8.0
        } else {
            f64::from(n % 7)
        };
        writeln!(text, "u{user},film number {item},{value},{}", 900_000_000 + n).unwrap();
    }
    let options = options(false, false);
    let wanted = seen(text.as_bytes(), &options, 1, GENERAL).unwrap();
    assert_eq!(wanted.rows.len(), 60_000);
    for (threads, block) in [(1, 1000), (4, 1000), (3, 5000), (4, MAX_RECORD)] {
        assert_eq!(
            seen(text.as_bytes(), &options, threads, tuning(block, true)).unwrap(),
            wanted
        );
    }
}

#[test]
fn values_beyond_all_codes_are_kept_on_every_road() {
    use std::fmt::Write;
    let mut text = String::new();
    for n in 0..140_000u32 {
        // The first half repeats few values, then every row brings another.
        let value = if n < 40_000 {
            f64::from(n % 300)
        } else {
            f64::from(n) / 16.0
        };
        writeln!(text, "u{},i{},{value},{}", n / 100, n % 100, 900_000_000 + n).unwrap();
    }
    let options = options(false, false);
    let wanted = seen(text.as_bytes(), &options, 1, GENERAL).unwrap();
    for (threads, block) in [(1, 100_000), (3, 100_000), (2, MAX_RECORD)] {
        assert_eq!(
            seen(text.as_bytes(), &options, threads, tuning(block, true)).unwrap(),
            wanted
        );
    }
}
