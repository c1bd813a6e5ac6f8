use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::options::Format;
use super::table::{Left, Table};
use super::{CliError, Run};
use crate::answers::ModelsView;
use crate::answers::models::{ModelRow, compute};

/// The models.
#[derive(Debug, Args)]
pub struct Models {
    /// Print Markdown tables for the README
    #[arg(long, hide = true)]
    markdown: bool,
    /// Show only this model
    #[arg(value_name = "NAME")]
    name: Option<String>,
}

impl Run for Models {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let mut view = compute(&context.catalog);
        if let Some(name) = &self.name {
            let model = context.catalog.find(name).map_err(CliError::Usage)?;
            view.models.retain(|m| m.name == model.name());
        }
        if self.markdown {
            return context.output(Format::Text).text(markdown(&view));
        }
        let header = ["model", "unit", "parameter", "range", "default", "doc"];
        let text = |view: &ModelsView| view.models.iter().map(text).collect::<Vec<_>>().join("\n");
        context.print(&view, &header, rows, text)
    }
}

fn rows(view: &ModelsView) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for model in &view.models {
        let mut row = |name: &str, range: &str, default: &str, doc: &str| {
            rows.push([&model.name, model.unit, name, range, default, doc].map(str::to_owned));
        };
        if model.parameters.is_empty() {
            row("", "", "", &model.summary);
        }
        for p in &model.parameters {
            row(p.name, &p.range, &p.default, p.doc);
        }
    }
    rows
}

fn text(model: &ModelRow) -> String {
    let mut text = format!("{}: {}\n  {}\n", model.name, model.title, model.summary);
    for (name, what) in [
        ("formula", model.formula),
        ("good at", model.strengths),
        ("unit", model.unit),
        ("paper", model.paper),
    ] {
        if !what.is_empty() {
            let _ = writeln!(text, "  {name:<8} {what}");
        }
    }
    let mut parameters = Table::new([("", Left), ("", Left), ("", Left)]);
    for p in &model.parameters {
        let setting = format!("  {}={}", p.name, p.default);
        let tried = p
            .search
            .as_ref()
            .map(|s| format!("; tune tries {s}"))
            .unwrap_or_default();
        parameters.row([String::new(), setting, format!("{} ({}{tried})", p.doc, p.range)]);
    }
    let _ = write!(text, "{parameters}");
    text
}

fn markdown(view: &ModelsView) -> String {
    let escape = |text: &str| text.replace('|', "\\|");
    let mut text = String::from("| model | what it does | unit | parameters (defaults) |\n|---|---|---|---|\n");
    for model in &view.models {
        let parameters = model.parameters.iter().map(|p| format!("`{}={}`", p.name, p.default));
        let parameters = parameters.collect::<Vec<_>>().join(" ");
        let summary = escape(&model.summary);
        let _ = writeln!(
            text,
            "| `{}` | {summary} | {} | {} |",
            model.name,
            model.unit,
            escape(&parameters)
        );
    }
    text
}
