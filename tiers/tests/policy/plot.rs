//! The week as a picture: each day's rows are a lane, time goes to the right, colours are tiers.

use plotters::prelude::*;
use thermocline_tiers::Tier;

/// Rows that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    Backfill,
    January,
    /// Of a day, counted from the week's Monday.
    Day(i64),
}

impl Lane {
    fn name(self) -> String {
        let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        match self {
            Self::Backfill => "backfill of November".to_owned(),
            Self::January => "January, with the report".to_owned(),
            Self::Day(day) if day < 0 => format!("{} before", days[day.rem_euclid(7) as usize]),
            Self::Day(day) => days[day.rem_euclid(7) as usize].to_owned(),
        }
    }
}

/// Where a lane's rows were at an hour.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown {
    pub(crate) hour: i64,
    pub(crate) lane: Lane,
    pub(crate) tier: Tier,
}

fn colour(tier: Tier) -> RGBColor {
    match tier {
        Tier::Hot => RGBColor(0xd9, 0x5f, 0x3b),
        Tier::Warm => RGBColor(0xf2, 0xc1, 0x5b),
        Tier::Cold => RGBColor(0x4b, 0x86, 0xb4),
    }
}

const GREY: RGBColor = RGBColor(0x80, 0x80, 0x80);
const LEFT: i32 = 190;
const TOP: i32 = 40;
const LANE: i32 = 24;
/// Pixels an hour.
const HOUR: i32 = 4;

/// Draws the week as SVG.
pub(crate) fn draw(shown: &[Shown], reports: &[i64], step: i64) -> String {
    let mut lanes: Vec<_> = shown.iter().map(|s| s.lane).collect();
    lanes.sort();
    lanes.dedup();
    let bottom = TOP + LANE * lanes.len() as i32;
    let x = |hour: i64| LEFT + HOUR * hour as i32;
    let size = (x(7 * 24) as u32 + 20, bottom as u32 + 50);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        area.fill(&WHITE).unwrap();
        let text = |words: String, at: (i32, i32)| {
            let style = ("sans-serif", 14).into_font().color(&GREY);
            area.draw(&Text::new(words, at, style)).unwrap();
        };
        let rectangle = |from: (i32, i32), to: (i32, i32), tier| {
            let style = colour(tier).filled();
            area.draw(&Rectangle::new([from, to], style)).unwrap();
        };
        for (n, tier) in Tier::ALL.into_iter().enumerate() {
            let left = LEFT + 90 * n as i32;
            rectangle((left, 12), (left + 14, 26), tier);
            text(tier.to_string(), (left + 20, 13));
        }
        for (n, lane) in lanes.iter().enumerate() {
            let top = TOP + LANE * n as i32;
            text(lane.name(), (8, top + 4));
            // Steps of the same tier are one rectangle.
            let mut runs: Vec<(i64, i64, Tier)> = Vec::new();
            for point in shown.iter().filter(|s| s.lane == *lane) {
                match runs.last_mut() {
                    Some((_, end, tier)) if *end == point.hour && *tier == point.tier => {
                        *end += step;
                    }
                    _ => runs.push((point.hour, point.hour + step, point.tier)),
                }
            }
            for (from, to, tier) in runs {
                rectangle((x(from), top + 2), (x(to), top + LANE - 2), tier);
            }
            if *lane == Lane::January {
                for report in reports {
                    let centre = (x(*report), top + LANE / 2);
                    area.draw(&Circle::new(centre, 4, BLACK.filled())).unwrap();
                }
            }
        }
        for day in 0..7 {
            let line = [(x(day * 24), TOP), (x(day * 24), bottom + 4)];
            area.draw(&PathElement::new(line, GREY)).unwrap();
            text(Lane::Day(day).name(), (x(day * 24) + 34, bottom + 8));
        }
        text("● a report is read".to_owned(), (LEFT + 300, 13));
        area.present().unwrap();
    }
    svg
}
