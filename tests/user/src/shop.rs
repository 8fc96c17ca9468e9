//! Structs with everything that a field can be.

use thermocline::prelude::*;
use thermocline::soa::SoaField;

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
pub enum Status {
    /// Not sent yet.
    Pending,
    /// On its way.
    #[soa(rename = "sent")]
    Shipped = 4,
}

/// Where somebody lives.
#[derive(Debug, Clone, PartialEq, Eq, SoA)]
pub struct Address {
    /// The town.
    pub town: String,
    /// The house.
    pub number: Option<u16>,
}

/// An order.
#[derive(Debug, Clone, PartialEq, SoA, SoAStore)]
#[soa_store(key = "order_id", shards = 8)]
pub struct Order {
    /// Its number.
    pub order_id: u64,
    /// Where it is.
    pub status: Status,
    /// The same by name.
    #[soa(dictionary)]
    pub status_name: Option<Status>,
    /// When it came in.
    #[soa(timestamp(us, "Europe/Berlin"), rename = "placed_at")]
    pub placed: i64,
    /// When it is due.
    #[soa(date)]
    pub due: Option<i32>,
    /// Cents.
    #[soa(decimal(18, 2))]
    pub total: i128,
    /// Where it goes.
    pub destination: Address,
    /// What the customer said.
    pub notes: Vec<String>,
    /// Its checksum.
    pub digest: [u8; 32],
    /// The invoice.
    pub invoice: Option<Vec<u8>>,
    /// Whether it is paid.
    pub r#type: bool,
    /// For this process only.
    #[soa(skip)]
    pub cached: u8,
    /// For this process only.
    #[soa(skip, default = "3")]
    pub attempts: u32,
}

/// Who knows what only this module needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, SoAEnum)]
enum Secret {
    Kept,
    Told,
}

/// A customer, of whom not everything is public.
#[derive(Debug, Clone, PartialEq, Eq, SoA, SoAStore)]
#[soa_store(key = "name")]
pub struct Customer {
    /// The name.
    pub name: String,
    cents: i64,
    secret: Option<Secret>,
}

impl Customer {
    /// Somebody who owes nothing.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            cents: 0,
            secret: Some(if name.is_empty() {
                Secret::Kept
            } else {
                Secret::Told
            }),
        }
    }

    /// What all of them owe.
    #[must_use]
    pub fn debts(customers: &CustomerSoA) -> i64 {
        customers.cents_raw_array().iter().sum()
    }
}

/// A value with a name.
#[derive(Debug, Clone, PartialEq, Eq, SoA)]
pub struct Labelled<T>
where
    T: SoaField,
{
    /// The name.
    pub label: String,
    /// The value.
    pub value: T,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(order_id: u64) -> Order {
        Order {
            order_id,
            status: Status::Shipped,
            status_name: Some(Status::Pending),
            placed: 7,
            due: None,
            total: 1_999,
            destination: Address {
                town: "Kiel".to_owned(),
                number: Some(4),
            },
            notes: vec!["at the door".to_owned()],
            digest: [9; 32],
            invoice: None,
            r#type: true,
            cached: 0,
            attempts: 3,
        }
    }

    #[test]
    fn orders_go_through_a_store_and_a_batch() {
        let mut store = OrderStore::new();
        assert_eq!(store.add_batch([order(1), order(2), order(1)]), [0, 1, 0]);
        let batch = store.kernel().to_record_batch().unwrap();
        assert_eq!(batch.num_rows(), 2);
        let back = OrderSoA::from_record_batch(&batch).unwrap();
        assert_eq!(back.to_rows(), [order(1), order(2)]);
        let shards = OrderShards::new();
        shards.add(order(5));
        assert_eq!(shards.get(&5), Some(order(5)));
    }

    #[test]
    fn generic_structs_work_through_the_facade() {
        let row = Labelled {
            label: "a".to_owned(),
            value: vec![Some(1_u8)],
        };
        let columns = LabelledSoA::from_iter([row.clone()]);
        let back = LabelledSoA::from_record_batch(&columns.to_record_batch().unwrap()).unwrap();
        assert_eq!(back.to_rows(), [row]);
    }
}
