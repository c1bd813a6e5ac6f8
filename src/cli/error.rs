use std::io::{self, Write};
use std::process::ExitCode;

use crate::answers::AnswerError;
use crate::bandit::BanditError;
use crate::data::LoadError;
use crate::models::FormulaError;
use crate::task::Cancelled;

/// Why the program ends without an answer.
#[derive(Debug)]
pub enum CliError {
    /// Wrong usage: exit code 2.
    Usage(String),
    /// There is no answer: exit code 1.
    Failed(String),
    /// The reader of the answer closed the pipe: no error.
    Closed,
}

impl CliError {
    /// The sentence; empty for a closed pipe.
    pub fn into_sentence(self) -> String {
        match self {
            Self::Usage(sentence) | Self::Failed(sentence) => sentence,
            Self::Closed => String::new(),
        }
    }

    /// Says it in a sentence on standard error.
    pub fn report(&self) -> ExitCode {
        let (sentence, code) = match self {
            Self::Usage(sentence) => (sentence, 2),
            Self::Failed(sentence) => (sentence, 1),
            Self::Closed => return ExitCode::SUCCESS,
        };
        // Where standard error is closed, too, the exit code has to say it all.
        let _ = writeln!(io::stderr(), "recscope: {}", sentence.trim_end());
        ExitCode::from(code)
    }

    pub fn writing(name: &std::path::Path, error: &io::Error) -> Self {
        let name = crate::data::clean_label(&name.to_string_lossy()).into_owned();
        Self::Failed(format!("{name}: it cannot be written ({error})"))
    }
}

impl From<AnswerError> for CliError {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Usage(sentence) => Self::Usage(sentence),
            AnswerError::NoScore(reason) => Self::Failed(format!("{} ({reason})", reason.sentence())),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<LoadError> for CliError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Option(sentence) => Self::Usage(sentence),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<BanditError> for CliError {
    fn from(error: BanditError) -> Self {
        match error {
            BanditError::Load(error) => error.into(),
            BanditError::Cancelled(cancelled) => cancelled.into(),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<FormulaError> for CliError {
    fn from(error: FormulaError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<Cancelled> for CliError {
    fn from(error: Cancelled) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::Closed
        } else {
            Self::Failed(format!("the answer cannot be written ({error})"))
        }
    }
}

impl From<serde_json::Error> for CliError {
    fn from(error: serde_json::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl From<csv::Error> for CliError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => error.into(),
            other => Self::Failed(format!("the answer cannot be written ({other:?})")),
        }
    }
}
