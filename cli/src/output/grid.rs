//! A plain table: a header, a thin rule, rows; numbers to the right.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle,
};

use super::Paint;

const STYLE: TableStyle = TableStyle::new().header_separator(LineStyle::none().fill('─'));

/// Which side of its column a value stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// A table under construction.
#[derive(Debug)]
pub(crate) struct Grid {
    table: Table,
    aligns: Vec<Align>,
}

impl Grid {
    /// A table with these columns.
    pub(crate) fn new<T: AsRef<str>>(columns: &[(T, Align)], paint: Paint) -> Self {
        let mut table = Table::new();
        // Lines are never wrapped: a long value makes a long line, as `grep` and `awk` like it.
        table
            .load_style(STYLE)
            .set_content_arrangement(ContentArrangement::Disabled);
        if paint.is_on() {
            table.enforce_styling();
        } else {
            table.force_no_tty();
        }
        let aligns: Vec<Align> = columns.iter().map(|(_, align)| *align).collect();
        let header = columns.iter().map(|(name, align)| {
            place(Cell::new(one_line(name.as_ref())), *align).add_attribute(Attribute::Bold)
        });
        table.set_header(header.collect::<Vec<_>>());
        for (place, column) in table.column_iter_mut().enumerate() {
            // Two spaces between columns, none behind the last.
            let after = if place + 1 == columns.len() { 0 } else { 2 };
            column.set_padding((0, after));
        }
        Self { table, aligns }
    }

    /// Adds a row; a value that names a tier takes the tier's colour.
    pub(crate) fn row<T: AsRef<str>>(&mut self, values: impl IntoIterator<Item = T>) {
        let cells = values.into_iter().zip(&self.aligns).map(|(value, align)| {
            let value = one_line(value.as_ref());
            let colour = tier_colour(&value);
            let cell = place(Cell::new(value), *align);
            match colour {
                Some(colour) => cell.fg(colour),
                None => cell,
            }
        });
        self.table.add_row(cells.collect::<Vec<_>>());
    }

    /// The lines of the table, each after `indent`, each ended by a newline.
    pub(crate) fn render(&self, indent: &str) -> String {
        self.table
            .lines()
            .map(|line| format!("{indent}{}\n", line.trim_end()))
            .collect()
    }
}

fn place(cell: Cell, align: Align) -> Cell {
    cell.set_alignment(match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    })
}

fn tier_colour(value: &str) -> Option<Color> {
    match value {
        "hot" => Some(Color::DarkRed),
        "warm" => Some(Color::DarkYellow),
        "cold" => Some(Color::DarkBlue),
        _ => None,
    }
}

/// Control characters as escapes, so that a value can neither break its row nor drive the terminal.
fn one_line(value: &str) -> String {
    if value.chars().any(char::is_control) {
        value
            .chars()
            .map(|c| {
                if c.is_control() {
                    c.escape_default().to_string()
                } else {
                    c.into()
                }
            })
            .collect()
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_control_characters_stay_harmless() {
        let columns = [("name", Align::Left), ("rows", Align::Right)];
        let mut grid = Grid::new(&columns, Paint::plain());
        grid.row(["hot", "1"]);
        grid.row(["a\n\u{1b}[2J", "1,000"]);
        let text = grid.render("  ");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "  name           rows");
        assert!(lines[1].trim().chars().all(|c| c == '─'), "{}", lines[1]);
        assert_eq!(lines[2], "  hot               1");
        assert_eq!(lines[3], "  a\\n\\u{1b}[2J  1,000");
    }
}
