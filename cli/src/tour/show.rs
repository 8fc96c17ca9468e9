//! How the tour looks: acts with a heading, figures, and quiet remarks, within 100 columns.

use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::failure::Outcome;
use crate::output::{Console, Paint};

const WIDTH: usize = 98;

/// Prints the acts, or nothing but the report.
#[derive(Debug, Clone, Copy)]
pub(super) struct Show {
    console: Console,
    json: bool,
}

impl Show {
    pub(super) fn new(console: Console, json: bool) -> Self {
        Self { console, json }
    }

    pub(super) fn paint(self) -> Paint {
        self.console.paint()
    }

    /// Prints text of an act.
    pub(super) fn say(self, text: &str) -> Outcome {
        if self.json {
            Ok(())
        } else {
            Ok(self.console.print(text)?)
        }
    }

    pub(super) fn title(self, place: &Path, kept: bool) -> Outcome {
        let paint = self.paint();
        let what = if kept {
            "a new store in"
        } else {
            "a temporary store in"
        };
        self.say(&format!(
            "\n  {}  {}\n  {}\n",
            paint.bold("THERMOCLINE"),
            paint.dim("the line that data crosses as it cools"),
            paint.dim(&format!("{what} {}", place.display()))
        ))
    }

    /// The heading of an act.
    pub(super) fn act(self, number: u32, title: &str) -> Outcome {
        let paint = self.paint();
        let used = title.chars().count() + 4;
        let rule = "─".repeat(WIDTH.saturating_sub(used + 2));
        self.say(&format!(
            "\n  {} {} {}\n",
            paint.bold(&format!("{number}")),
            paint.bold(title),
            paint.dim(&rule)
        ))
    }

    /// A remark under what it is about.
    pub(super) fn remark(self, text: &str) -> Outcome {
        self.say(&format!("    {}\n", self.paint().dim(text)))
    }

    /// A progress bar on standard error, if a person is there to see it.
    pub(super) fn progress(self, of: u64, what: &str) -> ProgressBar {
        let target = if self.console.err_terminal && !self.json {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(Some(of), target);
        if let Ok(style) =
            ProgressStyle::with_template("    {msg:24} {bar:40} {human_pos} of {human_len}")
        {
            bar.set_style(style.progress_chars("━╸─"));
        }
        bar.set_message(what.to_owned());
        bar
    }

    /// The last words.
    pub(super) fn next(self, commands: &[String], took: &str) -> Outcome {
        let paint = self.paint();
        let mut text = format!(
            "\n  {} {}\n",
            paint.bold("Next"),
            paint.dim(&format!("(the tour took {took})"))
        );
        for command in commands {
            text.push_str(&format!("    {command}\n"));
        }
        text.push('\n');
        self.say(&text)
    }

    /// The report as one object, if that was asked for.
    pub(super) fn report(self, report: &impl Serialize) -> Outcome {
        if self.json {
            self.console
                .print(&format!("{}\n", serde_json::to_string_pretty(report)?))?;
        }
        Ok(())
    }
}

/// For the report: milliseconds with three digits behind the point.
pub(super) fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
