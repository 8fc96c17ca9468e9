//! A struct of fifty columns.

use thermocline::SoA;

/// A row of many values.
#[expect(clippy::struct_excessive_bools, reason = "every tenth type is one")]
#[derive(Debug, Clone, Default, PartialEq, SoA)]
pub struct Wide {
    /// Value 0.
    pub value_0: u64,
    /// Value 1.
    pub value_1: i32,
    /// Value 2.
    pub value_2: f64,
    /// Value 3.
    pub value_3: String,
    /// Value 4.
    pub value_4: Option<u64>,
    /// Value 5.
    pub value_5: bool,
    /// Value 6.
    pub value_6: Vec<u8>,
    /// Value 7.
    pub value_7: Option<String>,
    /// Value 8.
    pub value_8: [u8; 16],
    /// Value 9.
    pub value_9: Vec<f32>,
    /// Value 10.
    pub value_10: u64,
    /// Value 11.
    pub value_11: i32,
    /// Value 12.
    pub value_12: f64,
    /// Value 13.
    pub value_13: String,
    /// Value 14.
    pub value_14: Option<u64>,
    /// Value 15.
    pub value_15: bool,
    /// Value 16.
    pub value_16: Vec<u8>,
    /// Value 17.
    pub value_17: Option<String>,
    /// Value 18.
    pub value_18: [u8; 16],
    /// Value 19.
    pub value_19: Vec<f32>,
    /// Value 20.
    pub value_20: u64,
    /// Value 21.
    pub value_21: i32,
    /// Value 22.
    pub value_22: f64,
    /// Value 23.
    pub value_23: String,
    /// Value 24.
    pub value_24: Option<u64>,
    /// Value 25.
    pub value_25: bool,
    /// Value 26.
    pub value_26: Vec<u8>,
    /// Value 27.
    pub value_27: Option<String>,
    /// Value 28.
    pub value_28: [u8; 16],
    /// Value 29.
    pub value_29: Vec<f32>,
    /// Value 30.
    pub value_30: u64,
    /// Value 31.
    pub value_31: i32,
    /// Value 32.
    pub value_32: f64,
    /// Value 33.
    pub value_33: String,
    /// Value 34.
    pub value_34: Option<u64>,
    /// Value 35.
    pub value_35: bool,
    /// Value 36.
    pub value_36: Vec<u8>,
    /// Value 37.
    pub value_37: Option<String>,
    /// Value 38.
    pub value_38: [u8; 16],
    /// Value 39.
    pub value_39: Vec<f32>,
    /// Value 40.
    pub value_40: u64,
    /// Value 41.
    pub value_41: i32,
    /// Value 42.
    pub value_42: f64,
    /// Value 43.
    pub value_43: String,
    /// Value 44.
    pub value_44: Option<u64>,
    /// Value 45.
    pub value_45: bool,
    /// Value 46.
    pub value_46: Vec<u8>,
    /// Value 47.
    pub value_47: Option<String>,
    /// Value 48.
    pub value_48: [u8; 16],
    /// Value 49.
    pub value_49: Vec<f32>,
}

#[cfg(test)]
mod tests {
    use thermocline::soa::{ArrowSchemaGen, ToArrow};

    use super::*;

    #[test]
    fn fifty_columns_come_back() {
        let rows = [
            Wide::default(),
            Wide {
                value_49: vec![0.5],
                ..Wide::default()
            },
        ];
        let columns: WideSoA = rows.iter().cloned().collect();
        assert_eq!(WideSoA::arrow_schema().fields().len(), 50);
        let back = WideSoA::from_record_batch(&columns.to_record_batch().unwrap()).unwrap();
        assert_eq!(back.to_rows(), rows);
    }
}
