//! The 22 queries of TPC-H, with the parameters that its validation prescribes.
//!
//! Texts: *TPC Benchmark H Standard Specification*, revision 3, chapter 2.4; the parameters stand
//! there under "Query Validation", the numbers of rows under "Functional Query Definition".

use tpchgen::q_and_a::queries;

/// The numbers of all queries.
pub(super) const NUMBERS: std::ops::RangeInclusive<i32> = 1..=22;

/// Query 15 makes a view in the specification; this is the same with a common table expression,
/// as its appendix allows for systems whose queries cannot make one.
const Q15: &str = "
with revenue (supplier_no, total_revenue) as (
    select l_suppkey, sum(l_extendedprice * (1 - l_discount))
    from lineitem
    where l_shipdate >= date ':1' and l_shipdate < date ':1' + interval '3' month
    group by l_suppkey
)
select s_suppkey, s_name, s_address, s_phone, total_revenue
from supplier, revenue
where s_suppkey = supplier_no and total_revenue = (select max(total_revenue) from revenue)
order by s_suppkey";

/// The text of a query.
pub(super) fn text(number: i32, scale: f64) -> Option<String> {
    let template = if number == 15 {
        Q15
    } else {
        queries::query(number)?
    };
    let mut text = template.trim().trim_end_matches(';').to_owned();
    // From the last on: `:1` is the beginning of `:10` too.
    for (index, value) in parameters(number, scale).iter().enumerate().rev() {
        text = text.replace(&format!(":{}", index + 1), value);
    }
    // The precision of an interval, which the dialect does not have.
    text = text.replace("day (3)", "day");
    if let Some(rows) = first_rows(number) {
        text = format!("{text}\nlimit {rows}");
    }
    Some(text)
}

fn parameters(number: i32, scale: f64) -> Vec<String> {
    let fixed: &[&str] = match number {
        1 => &["90"],
        2 => &["15", "BRASS", "EUROPE"],
        3 => &["BUILDING", "1995-03-15"],
        4 => &["1993-07-01"],
        5 => &["ASIA", "1994-01-01"],
        6 => &["1994-01-01", "0.06", "24"],
        7 => &["FRANCE", "GERMANY"],
        8 => &["BRAZIL", "AMERICA", "ECONOMY ANODIZED STEEL"],
        9 => &["green"],
        10 => &["1993-10-01"],
        11 => return vec!["GERMANY".to_owned(), format!("{:.10}", 0.0001 / scale)],
        12 => &["MAIL", "SHIP", "1994-01-01"],
        13 => &["special", "requests"],
        14 => &["1995-09-01"],
        15 => &["1996-01-01"],
        16 => &[
            "Brand#45",
            "MEDIUM POLISHED",
            "49",
            "14",
            "23",
            "45",
            "19",
            "3",
            "36",
            "9",
        ],
        17 => &["Brand#23", "MED BOX"],
        18 => &["300"],
        19 => &["Brand#12", "Brand#23", "Brand#34", "1", "10", "20"],
        20 => &["forest", "1994-01-01", "CANADA"],
        21 => &["SAUDI ARABIA"],
        22 => &["13", "31", "23", "29", "30", "18", "17"],
        _ => &[],
    };
    fixed.iter().map(|value| (*value).to_owned()).collect()
}

/// How many rows of its answer a query wants.
fn first_rows(number: i32) -> Option<u32> {
    match number {
        2 | 18 | 21 => Some(100),
        3 => Some(10),
        10 => Some(20),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_has_a_value() {
        for number in NUMBERS {
            let text = text(number, 1.0).unwrap();
            assert!(!text.contains(':'), "query {number}: {text}");
            assert!(!text.contains(';'), "query {number}: {text}");
        }
    }

    #[test]
    fn the_tenth_parameter_is_not_taken_for_the_first() {
        assert!(
            text(16, 1.0)
                .unwrap()
                .contains("(49, 14, 23, 45, 19, 3, 36, 9)")
        );
    }

    #[test]
    fn the_fraction_of_query_11_shrinks_with_the_scale() {
        assert!(text(11, 10.0).unwrap().contains("* 0.0000100000"));
    }
}
