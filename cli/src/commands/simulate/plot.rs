//! Byte miss ratios by budget, a line for each policy, as SVG.

use std::fmt::Display;
use std::io::Write;
use std::path::Path;

use plotters::prelude::*;
use thermocline::policy::eviction::EvictionPolicy;
use thermocline::policy::simulate::Outcome as Replay;

use crate::failure::{Failure, Outcome};
use crate::files::OutputFile;
use crate::output::{as_float, bytes};

const SIZE: (u32, u32) = (900, 560);

/// Colours that can be told apart, also by most who see few: P. Tol's "bright" and "vibrant" sets.
const COLOURS: [RGBColor; 13] = [
    RGBColor(0x44, 0x77, 0xaa),
    RGBColor(0xee, 0x66, 0x77),
    RGBColor(0x22, 0x88, 0x33),
    RGBColor(0xcc, 0xbb, 0x44),
    RGBColor(0x66, 0xcc, 0xee),
    RGBColor(0xaa, 0x33, 0x77),
    RGBColor(0xee, 0x77, 0x33),
    RGBColor(0x00, 0x99, 0x88),
    RGBColor(0x88, 0x55, 0x33),
    RGBColor(0xbb, 0xbb, 0xbb),
    RGBColor(0x33, 0x22, 0x88),
    RGBColor(0xcc, 0x33, 0x11),
    RGBColor(0x00, 0x00, 0x00),
];

/// Writes the plot; the file appears when it is whole.
pub(super) fn write(path: &Path, replays: &[Replay]) -> Outcome {
    let mut svg = String::new();
    draw(&mut svg, replays)
        .map_err(|e| Failure::new(format!("cannot draw {}: {e}", path.display())))?;
    let mut file = OutputFile::create(path)?;
    file.write_all(svg.as_bytes())
        .map_err(|e| Failure::file("write", path, &e))?;
    file.keep()
}

/// What went wrong, in words: the backend's own error type says nothing more.
struct Undrawn(String);

impl Display for Undrawn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error + Send + Sync> From<DrawingAreaErrorKind<E>> for Undrawn {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self(error.to_string())
    }
}

fn draw(svg: &mut String, replays: &[Replay]) -> Result<(), Undrawn> {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let largest = replays.iter().map(|replay| replay.budget_bytes).max();
    let worst = replays.iter().map(|replay| replay.byte_miss_ratio);
    let worst = worst.fold(0.01, f64::max);
    let mut chart = ChartBuilder::on(&area)
        .caption("Bytes missed by budget", ("sans-serif", 20))
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(64)
        .build_cartesian_2d(
            0.0..as_float(largest.unwrap_or(0).max(1)) * 1.02,
            0.0..(worst * 1.05).min(1.0),
        )?;
    chart
        .configure_mesh()
        .x_desc("budget")
        .y_desc("byte miss ratio")
        .x_label_formatter(&|x| bytes(whole(*x)))
        .y_label_formatter(&|y| format!("{:.0}%", y * 100.0))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for (policy, colour) in EvictionPolicy::ALL.into_iter().zip(COLOURS) {
        let mut points: Vec<(f64, f64)> = replays
            .iter()
            .filter(|replay| replay.policy == policy)
            .map(|replay| (as_float(replay.budget_bytes), replay.byte_miss_ratio))
            .collect();
        if points.is_empty() {
            continue;
        }
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        chart
            .draw_series(LineSeries::new(
                points.iter().copied(),
                colour.stroke_width(2),
            ))?
            .label(policy.as_str())
            .legend(move |(x, y)| {
                PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2))
            });
        chart.draw_series(
            points
                .into_iter()
                .map(|point| Circle::new(point, 3, colour.filled())),
        )?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

/// A place on the axis as bytes.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a label; `as` saturates"
)]
fn whole(x: f64) -> u64 {
    x as u64
}
