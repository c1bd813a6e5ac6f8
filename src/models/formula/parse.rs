use super::{Comparison, Formula, Norm, Test, Variable};
use crate::data::nearest;
use crate::models::catalog::Catalog;

/// A syntax error, an unknown name or a wrong parameter value in a formula.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("formula, column {column}: {message}")]
pub struct FormulaError {
    /// In characters, from 1.
    pub column: usize,
    pub message: String,
}

/// Maximum nesting of formulas; deeper ones could overflow the stack.
const MAX_DEPTH: usize = 32;

impl Catalog {
    /// Parses a formula of these models.
    pub fn parse(&self, text: &str) -> Result<Formula, FormulaError> {
        let mut parser = Parser {
            catalog: self,
            text: text.chars().collect(),
            at: 0,
            depth: 0,
        };
        let formula = parser.formula()?;
        parser.skip_blanks();
        if parser.at < parser.text.len() {
            return Err(parser.error("nothing more is expected here; join terms by + or -"));
        }
        Ok(formula)
    }
}

struct Parser<'a> {
    catalog: &'a Catalog,
    text: Vec<char>,
    at: usize,
    depth: usize,
}

type Parsed<T> = Result<T, FormulaError>;

impl Parser<'_> {
    fn error(&self, message: impl Into<String>) -> FormulaError {
        FormulaError {
            column: self.at + 1,
            message: message.into(),
        }
    }

    fn error_at(at: usize, message: impl Into<String>) -> FormulaError {
        FormulaError {
            column: at + 1,
            message: message.into(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Skips blanks and `symbol`, if it comes next.
    fn take(&mut self, symbol: &str) -> bool {
        let before = self.at;
        self.skip_blanks();
        let end = self.at + symbol.chars().count();
        if end <= self.text.len() && self.text[self.at..end].iter().copied().eq(symbol.chars()) {
            self.at = end;
            return true;
        }
        self.at = before;
        false
    }

    fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(symbol) {
            return Ok(());
        }
        self.skip_blanks();
        Err(self.error(format!("{symbol} is expected here")))
    }

    /// The longest run of characters that `belongs` accepts, given each character and the next one.
    fn take_while(&mut self, belongs: impl Fn(char, Option<char>) -> bool) -> String {
        let start = self.at;
        while self
            .peek()
            .is_some_and(|c| belongs(c, self.text.get(self.at + 1).copied()))
        {
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }

    /// A name, empty if none comes next, and its position.
    fn name(&mut self) -> (usize, String) {
        self.skip_blanks();
        let start = self.at;
        let name = self.take_while(|c, next| {
            c.is_ascii_alphanumeric() || (c == '-' && next.is_some_and(|n| n.is_ascii_alphanumeric()))
        });
        (start, name)
    }

    /// A number, if one comes next.
    fn number(&mut self) -> Parsed<Option<f64>> {
        self.skip_blanks();
        let start = self.at;
        let mut digits = self.take_while(|c, _| c.is_ascii_digit() || c == '.');
        if digits.is_empty() {
            return Ok(None);
        }
        if matches!(self.peek(), Some('e' | 'E')) {
            self.at += 1;
            digits.push('e');
            if let Some(sign @ ('+' | '-')) = self.peek() {
                self.at += 1;
                digits.push(sign);
            }
            digits.push_str(&self.take_while(|c, _| c.is_ascii_digit()));
        }
        match digits.parse::<f64>() {
            Ok(x) if x.is_finite() => Ok(Some(x)),
            _ => Err(Self::error_at(start, format!("{digits} is not a number"))),
        }
    }

    fn formula(&mut self) -> Parsed<Formula> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error("parentheses are nested too deeply"));
        }
        let mut terms = Vec::new();
        let mut sign = if self.take("-") { -1.0 } else { 1.0 };
        loop {
            let (weight, formula) = self.term()?;
            terms.push((sign * weight, formula));
            // The arrow of an augmentation begins like a minus.
            let is_arrow = {
                let before = self.at;
                let seen = self.take("->");
                self.at = before;
                seen
            };
            if self.take("+") {
                sign = 1.0;
            } else if !is_arrow && self.take("-") {
                sign = -1.0;
            } else {
                break;
            }
        }
        let norm = self.norm()?;
        self.depth -= 1;
        Ok(match (norm, terms.len()) {
            (None, 1) if terms[0].0 == 1.0 => terms.remove(0).1,
            (norm, n) => Formula::Weighted {
                terms,
                norm: norm.unwrap_or(if n == 1 { Norm::None } else { Norm::MinMax }),
            },
        })
    }

    fn norm(&mut self) -> Parsed<Option<Norm>> {
        if !self.take("|") {
            return Ok(None);
        }
        let (start, name) = self.name();
        if let Some(norm) = Norm::ALL.into_iter().find(|n| n.name() == name) {
            return Ok(Some(norm));
        }
        let names: Vec<&str> = Norm::ALL.iter().map(|n| n.name()).collect();
        let message = match nearest(&name, names.iter().copied()) {
            Some(close) => format!("there is no normalization {name}; did you mean {close}?"),
            None => format!("a normalization is expected here: {}", names.join(", ")),
        };
        Err(Self::error_at(start, message))
    }

    fn term(&mut self) -> Parsed<(f64, Formula)> {
        let weight = match self.number()? {
            Some(weight) => {
                self.expect("*")?;
                weight
            }
            None => 1.0,
        };
        Ok((weight, self.atom()?))
    }

    fn atom(&mut self) -> Parsed<Formula> {
        if self.take("(") {
            let inner = self.formula()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let (start, name) = self.name();
        match name.as_str() {
            "" => Err(Self::error_at(
                start,
                "a model is expected here, such as item-knn or svd",
            )),
            "switch" => self.switch(),
            "cascade" => self.cascade(),
            "augment" => self.augment(),
            _ => self.model(start, &name),
        }
    }

    fn model(&mut self, start: usize, name: &str) -> Parsed<Formula> {
        let found = self.catalog.find(name);
        let model = found.map_err(|message| Self::error_at(start, message))?;
        let mut params = model.defaults();
        // A colon with a blank on either side belongs to a switch.
        let has_params = self.peek() == Some(':') && self.text.get(self.at + 1).is_some_and(|c| !c.is_whitespace());
        if has_params {
            self.at += 1;
            loop {
                let key_at = self.at;
                let key = self.take_while(|c, _| c.is_ascii_alphanumeric() || c == '-' || c == '_');
                if key.is_empty() {
                    return Err(self.error("a parameter is expected here, such as k=40"));
                }
                if !self.take("=") {
                    return Err(self.error("= is expected here, as in k=40; the : of a switch has blanks around it"));
                }
                self.skip_blanks();
                let value = self.value();
                params
                    .set(&key, &value)
                    .map_err(|message| Self::error_at(key_at, message))?;
                if self.peek() != Some(',') {
                    break;
                }
                self.at += 1;
                self.skip_blanks();
            }
        }
        Ok(Formula::Model { model, params })
    }

    /// A parameter value: a number or a hyphenated word.
    fn value(&mut self) -> String {
        let start = self.at;
        let numeric = self.peek().is_some_and(|c| c.is_ascii_digit() || c == '.');
        while let Some(c) = self.peek() {
            let last = self.text[start..self.at].last().copied();
            let next_is_text = self.text.get(self.at + 1).is_some_and(char::is_ascii_alphanumeric);
            let exponent = numeric && matches!(last, Some('e' | 'E'));
            let belongs = c.is_ascii_alphanumeric()
                || matches!(c, '.' | '_')
                || (c == '-' && next_is_text)
                || (c == '+' && exponent && next_is_text);
            if !belongs {
                break;
            }
            self.at += 1;
        }
        self.text[start..self.at].iter().collect()
    }

    fn switch(&mut self) -> Parsed<Formula> {
        self.expect("(")?;
        let (start, name) = self.name();
        let variable = match name.as_str() {
            "ratings" => Variable::Ratings,
            "raters" => Variable::Raters,
            _ => {
                let message = "a switch tests ratings (of the profile) or raters (of the item), as in ratings<5";
                return Err(Self::error_at(start, message));
            }
        };
        let operators = [
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("==", Comparison::Equal),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
            ("=", Comparison::Equal),
        ];
        let found = operators.into_iter().find(|(symbol, _)| self.take(symbol));
        let Some((_, comparison)) = found else {
            self.skip_blanks();
            return Err(self.error("one of < <= > >= == is expected here"));
        };
        let threshold = self.number()?;
        let threshold = threshold.ok_or_else(|| self.error("a number is expected here"))?;
        self.expect("?")?;
        let yes = Box::new(self.formula()?);
        self.expect(":")?;
        let no = Box::new(self.formula()?);
        self.expect(")")?;
        let test = Test {
            variable,
            comparison,
            threshold,
        };
        Ok(Formula::Switch { test, yes, no })
    }

    fn cascade(&mut self) -> Parsed<Formula> {
        self.expect("(")?;
        let mut stages = vec![self.formula()?];
        self.skip_blanks();
        if self.peek() != Some('>') {
            return Err(
                self.error("> and the next stage are expected here, as in cascade(item-knn > content; keep=200)")
            );
        }
        while self.take(">") {
            stages.push(self.formula()?);
        }
        let mut keep = 200;
        if self.take(";") {
            let (start, key) = self.name();
            if key != "keep" {
                return Err(Self::error_at(start, "keep=N is expected here"));
            }
            self.expect("=")?;
            let n = self.number()?.filter(|n| *n >= 1.0 && n.fract() == 0.0);
            keep = n.ok_or_else(|| self.error("keep takes a whole number from 1"))? as usize;
        }
        self.expect(")")?;
        Ok(Formula::Cascade { stages, keep })
    }

    fn augment(&mut self) -> Parsed<Formula> {
        self.expect("(")?;
        let from = Box::new(self.formula()?);
        self.expect("->")?;
        self.skip_blanks();
        let start = self.at;
        let into = Box::new(self.formula()?);
        if !matches!(*into, Formula::Model { .. }) {
            let message = "only a single model takes features, such as content in augment(svd -> content)";
            return Err(Self::error_at(start, message));
        }
        self.expect(")")?;
        Ok(Formula::Augment { from, into })
    }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
