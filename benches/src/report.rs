//! The figures, for people and for programs.

use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

use crate::harness::{Line, Outcome, Target, Unit};

/// The lines of a run.
#[derive(Debug)]
pub(crate) struct Report {
    quick: bool,
    lines: Vec<(&'static str, Line)>,
}

impl Report {
    pub(crate) fn new(quick: bool) -> Self {
        Self {
            quick,
            lines: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, benchmark: &'static str, lines: Vec<Line>) {
        self.lines
            .extend(lines.into_iter().map(|line| (benchmark, line)));
    }

    /// A table in Markdown, medians and their ratio.
    pub(crate) fn print_table(&self) {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN).set_header([
            "benchmark",
            "measured",
            "ours",
            "against",
            "theirs",
            "ratio",
            "rounds",
            "target",
            "",
        ]);
        for column in table.column_iter_mut().skip(2) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for (benchmark, line) in &self.lines {
            table.add_row([
                (*benchmark).to_owned(),
                line.what.clone(),
                figure(line, line.ours),
                line.yardstick.clone(),
                figure(line, line.theirs),
                format!("{:.2}", line.ratio),
                line.spread.map_or_else(String::new, |(least, greatest)| {
                    format!("{least:.2} … {greatest:.2}")
                }),
                line.target.map_or_else(String::new, target),
                verdict(line).to_owned(),
            ]);
        }
        println!("{table}");
        if self.quick {
            println!("\nA quick run: the answers were checked, the ratios mean little.");
        }
    }

    pub(crate) fn print_json(&self) -> Outcome<()> {
        let lines: Vec<_> = self
            .lines
            .iter()
            .map(|(benchmark, line)| {
                json!({
                    "benchmark": benchmark,
                    "measured": line.what,
                    "against": line.yardstick,
                    "unit": match line.unit {
                        Unit::Seconds => Some("s"),
                        Unit::Bytes => Some("B"),
                        Unit::None => None,
                    },
                    "ours": has_figures(line).then_some(line.ours),
                    "theirs": has_figures(line).then_some(line.theirs),
                    "bytes": line.volume,
                    "ratio": line.ratio,
                    "least_ratio": line.spread.map(|(least, _)| least),
                    "greatest_ratio": line.spread.map(|(_, greatest)| greatest),
                    "target": line.target.map(target),
                    "met": line.target.map(|target| target.is_met(line.ratio)),
                })
            })
            .collect();
        let report = json!({ "quick": self.quick, "lines": lines });
        println!("{}", serde_json::to_string_pretty(&report)?);
        Ok(())
    }
}

fn has_figures(line: &Line) -> bool {
    !matches!(line.unit, Unit::None)
}

fn target(target: Target) -> String {
    match target {
        Target::AtLeast(limit) => format!("≥ {limit}"),
        Target::AtMost(limit) => format!("≤ {limit}"),
    }
}

fn verdict(line: &Line) -> &'static str {
    match line.target.map(|target| target.is_met(line.ratio)) {
        Some(true) => "met",
        Some(false) => "missed",
        None => "",
    }
}

fn figure(line: &Line, value: f64) -> String {
    match (line.unit, line.volume) {
        (Unit::Seconds, Some(bytes)) => {
            format!(
                "{} ({}/s)",
                seconds(value),
                bytes_text(bytes as f64 / value)
            )
        }
        (Unit::Seconds, None) => seconds(value),
        (Unit::Bytes, _) => bytes_text(value),
        (Unit::None, _) => String::new(),
    }
}

fn seconds(value: f64) -> String {
    if value < 1e-3 {
        format!("{:.0} µs", value * 1e6)
    } else if value < 1.0 {
        format!("{:.1} ms", value * 1e3)
    } else {
        format!("{value:.2} s")
    }
}

fn bytes_text(value: f64) -> String {
    if value < 1e4 {
        format!("{value:.1} B")
    } else if value < 1e9 {
        format!("{:.1} MB", value / 1e6)
    } else {
        format!("{:.2} GB", value / 1e9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_the_unit_that_fits_their_size() {
        assert_eq!(seconds(0.000_25), "250 µs");
        assert_eq!(seconds(0.25), "250.0 ms");
        assert_eq!(seconds(2.5), "2.50 s");
        assert_eq!(bytes_text(62.0), "62.0 B");
        assert_eq!(bytes_text(2.5e9), "2.50 GB");
    }

    #[test]
    fn a_target_that_is_missed_says_so() {
        let line = Line::ratio("", "", 0.79).with_target(Target::AtLeast(0.8));
        assert_eq!(verdict(&line), "missed");
        assert_eq!(verdict(&Line::ratio("", "", 9.0)), "");
    }
}
