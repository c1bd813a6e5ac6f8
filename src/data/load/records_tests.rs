use super::*;
use proptest::prelude::*;

fn comma() -> Syntax {
    Syntax::of(Separator::Byte(b','))
}

fn all(text: &[u8], syntax: Syntax) -> Vec<Vec<String>> {
    let mut records = Records::with_block(text, syntax, 3).unwrap();
    let mut rows = Vec::new();
    while records.advance().unwrap() {
        rows.push(
            (0..records.len())
                .map(|i| String::from_utf8_lossy(records.field(i)).into_owned())
                .collect(),
        );
    }
    rows
}

#[test]
fn lines_end_as_they_do_anywhere() {
    assert_eq!(
        all(b"a,b\r\nc,d\n\n\r\ne,f\rg,\n  \n,h", comma()),
        [["a", "b"], ["c", "d"], ["e", "f"], ["g", ""], ["", "h"]]
    );
    assert!(all(b"", comma()).is_empty() && all(b"\n\r\n", comma()).is_empty());
}

#[test]
fn other_separators() {
    let double = Syntax::of(Separator::Text(b"::".to_vec()));
    assert_eq!(
        all(b"1::\"Cats\" (1998)::a:b\n2:::::c", double),
        [["1", "\"Cats\" (1998)", "a:b"], ["2", "", ":c"]]
    );
    assert_eq!(
        all(b"  1 \t 2  3 \n4 5 6", Syntax::of(Separator::Blanks)),
        [["1", "2", "3"], ["4", "5", "6"]]
    );
}

#[test]
fn places_count_lines_and_characters() {
    let mut records = Records::new(&b"\xc3\xa9,b\n\"x\n\xc3\xa9y\",\"q\"\"r\",z\nlast,1"[..], comma()).unwrap();
    let place = |line, column| Place { line, column };
    assert!(records.advance().unwrap());
    assert_eq!(
        (records.place(0), records.place(1), records.place(2)),
        (place(1, 1), place(1, 3), place(1, 4))
    );
    assert!(records.advance().unwrap());
    assert_eq!(records.field(1), b"q\"r");
    assert_eq!((records.place(0), records.place(1)), (place(2, 1), place(3, 5)));
    assert_eq!((records.place(2), records.place(3)), (place(3, 12), place(3, 13)));
    assert!(records.advance().unwrap());
    assert_eq!(records.place(1), place(4, 6));
}

#[test]
fn an_open_quote_is_reported_where_it_opens_and_costs_one_line() {
    let mut records = Records::new(&b"a,b\nc,\"d\ne,f\n"[..], comma()).unwrap();
    assert!(records.advance().unwrap());
    let fault = records.advance().unwrap_err();
    assert!(
        matches!(fault, Fault::OpenQuote(Place { line: 2, column: 3 })),
        "{fault:?}"
    );
    assert!(records.advance().unwrap());
    assert_eq!((records.begins_at_line(), records.field(1)), (3, &b"f"[..]));
    assert!(!records.advance().unwrap());
}

#[test]
fn a_huge_line_is_skipped_in_bounded_memory() {
    let head = io::Cursor::new(b"a,b\n".to_vec());
    let huge = io::repeat(b'x').take(50_000_000);
    let reader = head.chain(huge).chain(&b"\r\nc,d\n"[..]);
    let mut records = Records::new(reader, comma()).unwrap();
    assert!(records.advance().unwrap());
    assert!(matches!(
        records.advance(),
        Err(Fault::TooLong(Place { line: 2, column: 1 }))
    ));
    assert!(records.advance().unwrap());
    assert_eq!((records.begins_at_line(), records.field(0)), (3, &b"c"[..]));
    assert!(records.buffer.len() < 4 * MAX_RECORD);
}

/// The csv crate's reading of the same bytes.
fn by_csv_crate(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut rows = Vec::new();
    let mut record = csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).unwrap() {
        rows.push(record.iter().map(<[u8]>::to_vec).collect());
    }
    rows
}

proptest! {
    #[test]
    fn quoting_is_that_of_the_csv_crate(text in "[ab\",\n\r]{0,40}", block in 1usize..7) {
        let mut records = Records::with_block(text.as_bytes(), comma(), block).unwrap();
        let mut rows: Vec<Vec<Vec<u8>>> = Vec::new();
        let closed = loop {
            match records.advance() {
                Ok(true) => rows.push((0..records.len()).map(|i| records.field(i).to_vec()).collect()),
                Ok(false) => break true,
                Err(_) => break false,
            }
        };
        if closed {
            prop_assert_eq!(rows, by_csv_crate(text.as_bytes()));
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), block in 1usize..9) {
        for separator in [Separator::Byte(b','), Separator::Text(b"::".to_vec()), Separator::Blanks] {
            let mut records = Records::with_block(&bytes[..], Syntax::of(separator), block).unwrap();
            for _ in 0..400 {
                if let Ok(false) = records.advance() { break; }
                for i in 0..=records.len() { let _ = (records.field(i), records.place(i)); }
            }
        }
    }
}
