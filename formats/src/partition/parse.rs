//! The text of a partitioning.

use std::fmt;

use super::{PartitionField, Transform};
use crate::{Error, Result};

/// Reads `carrier, month(time_hour), bucket(16, id)`.
pub(super) fn fields(text: &str) -> Result<Vec<PartitionField>> {
    let mut parser = Parser {
        text,
        rest: text.trim_start(),
    };
    let mut fields = Vec::new();
    if parser.rest.is_empty() {
        return Ok(fields);
    }
    loop {
        fields.push(parser.field()?);
        if parser.rest.is_empty() {
            return Ok(fields);
        }
        parser.expect(',')?;
    }
}

pub(super) fn write_field(field: &PartitionField, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let column = Name(&field.column);
    match field.transform {
        Transform::Identity => write!(f, "{column}"),
        Transform::Year => write!(f, "year({column})"),
        Transform::Month => write!(f, "month({column})"),
        Transform::Day => write!(f, "day({column})"),
        Transform::Hour => write!(f, "hour({column})"),
        Transform::Bucket(count) => write!(f, "bucket({count}, {column})"),
        Transform::Truncate(width) => write!(f, "truncate({width}, {column})"),
    }
}

/// A column's name, in quotes where it needs them.
struct Name<'a>(&'a str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() && self.0.chars().all(is_plain) {
            f.write_str(self.0)
        } else {
            write!(f, "\"{}\"", self.0.replace('"', "\"\""))
        }
    }
}

fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

struct Parser<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Parser<'_> {
    fn field(&mut self) -> Result<PartitionField> {
        let (word, quoted) = self.word()?;
        if quoted || !self.rest.starts_with('(') {
            return Ok(PartitionField {
                column: word,
                transform: Transform::Identity,
            });
        }
        self.expect('(')?;
        let transform = match word.to_ascii_lowercase().as_str() {
            "year" => Transform::Year,
            "month" => Transform::Month,
            "day" => Transform::Day,
            "hour" => Transform::Hour,
            "bucket" => Transform::Bucket(self.number()?),
            "truncate" => Transform::Truncate(self.number()?),
            _ => {
                return Err(self.wrong(&format!(
                    "`{word}` is no transform; there are year, month, day, hour, bucket and \
                     truncate"
                )));
            }
        };
        let (column, _) = self.word()?;
        self.expect(')')?;
        Ok(PartitionField { column, transform })
    }

    /// A name, and whether it stood in quotes.
    fn word(&mut self) -> Result<(String, bool)> {
        if let Some(rest) = self.rest.strip_prefix('"') {
            let mut word = String::new();
            let mut parts = rest;
            loop {
                let Some((part, behind)) = parts.split_once('"') else {
                    return Err(self.wrong("a quote is not closed"));
                };
                word.push_str(part);
                match behind.strip_prefix('"') {
                    Some(more) => {
                        word.push('"');
                        parts = more;
                    }
                    None => {
                        self.rest = behind.trim_start();
                        return Ok((word, true));
                    }
                }
            }
        }
        let end = self
            .rest
            .find(|character| !is_plain(character))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err(self.wrong("a column's name is missing"));
        }
        self.rest = rest.trim_start();
        Ok((word.to_owned(), false))
    }

    /// The number that stands first in the parentheses, and the comma behind it.
    fn number(&mut self) -> Result<u32> {
        let (word, _) = self.word()?;
        let number = word
            .parse()
            .ok()
            .filter(|number| (1..=MAX_NUMBER).contains(number));
        let Some(number) = number else {
            return Err(self.wrong(&format!("`{word}` is no number from 1 to {MAX_NUMBER}")));
        };
        self.expect(',')?;
        Ok(number)
    }

    fn expect(&mut self, character: char) -> Result<()> {
        match self.rest.strip_prefix(character) {
            Some(rest) => {
                self.rest = rest.trim_start();
                Ok(())
            }
            None => Err(self.wrong(&format!("a `{character}` is missing"))),
        }
    }

    fn wrong(&self, what: &str) -> Error {
        Error::invalid(format!(
            "the partitioning `{}` can't be read: {what}; an example is `carrier, \
             month(time_hour), bucket(16, id)`",
            self.text
        ))
    }
}

/// Iceberg's numbers are signed.
pub(super) const MAX_NUMBER: u32 = i32::MAX.unsigned_abs();
