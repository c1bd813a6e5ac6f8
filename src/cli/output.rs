use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use super::CliError;
use super::json;
use super::options::Format;

/// Where answers go: standard output, which is locked until the answer is out.
pub(super) type Sink = BufWriter<Box<dyn Write>>;

fn sink() -> Sink {
    #[cfg(not(test))]
    let out = Box::new(io::stdout().lock());
    #[cfg(test)]
    let out = Box::new(tests::Captured);
    BufWriter::with_capacity(1 << 16, out)
}

/// Standard output, in the format that was asked for.
pub(super) struct Output {
    pub format: Format,
    out: Sink,
}

impl Output {
    pub fn new(format: Format) -> Self {
        Self { format, out: sink() }
    }

    /// One JSON object, `"schema"` first.
    pub fn object<T: Serialize>(mut self, view: &T) -> Result<(), CliError> {
        json::write_object(&mut self.out, view)?;
        Ok(self.out.flush()?)
    }

    /// A CSV table; a field that is `None` is empty.
    pub fn csv<R, F>(self, header: &[impl AsRef<[u8]>], rows: R) -> Result<(), CliError>
    where
        R: IntoIterator<Item = F>,
        F: IntoIterator<Item = String>,
    {
        let mut writer = csv::Writer::from_writer(self.out);
        writer.write_record(header)?;
        for row in rows {
            writer.write_record(row.into_iter().map(csv_field))?;
        }
        Ok(writer.flush()?)
    }

    pub fn text(mut self, text: impl std::fmt::Display) -> Result<(), CliError> {
        write!(self.out, "{text}")?;
        Ok(self.out.flush()?)
    }

    /// Whatever comes bit by bit.
    pub fn stream(self) -> Sink {
        self.out
    }
}

/// A field of a CSV table: verbatim, so that ids can be joined on, except that nothing that moves a cursor reaches a
/// terminal.
pub(super) fn csv_field(text: String) -> String {
    if io::stdout().is_terminal() {
        crate::data::clean_label(&text).into_owned()
    } else {
        text
    }
}

/// A number so that it reads back to the same value, as JSON has it; a zero without its sign.
pub(super) fn exact(x: f64) -> String {
    serde_json::Number::from_f64(x + 0.0).map_or_else(String::new, |n| n.to_string())
}

/// As [`exact`]; empty for nothing.
pub(super) fn exact_or_empty(x: Option<f64>) -> String {
    x.map_or_else(String::new, exact)
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::RefCell;
    use std::io::{self, Write};

    thread_local! {
        static SAID: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }

    /// What the test on this thread prints.
    pub struct Captured;

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            SAID.with_borrow_mut(|said| said.write(bytes))
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Takes what was printed since the last time.
    pub fn taken() -> String {
        String::from_utf8(SAID.take()).unwrap()
    }
}
