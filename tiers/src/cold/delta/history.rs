//! The table's log, commit by commit.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::action::{Action, Add, Metadata, Protocol, Remove};
use crate::error::{Error, Result};

/// The key in `commitInfo` under which a commit of ours has its uuid.
pub(super) const MARK: &str = "thermocline";

/// One commit, by whomever.
#[derive(Debug, Clone, Default)]
pub(crate) struct Commit {
    pub(crate) version: u64,
    /// Ours have one.
    pub(crate) uuid: Option<String>,
    /// When it was made, in milliseconds since 1970, as its writer says.
    pub(crate) timestamp: Option<i64>,
    pub(crate) operation: Option<String>,
    pub(crate) protocol: Option<Protocol>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) txns: BTreeMap<String, i64>,
    pub(crate) add: Vec<Add>,
    pub(crate) remove: Vec<Remove>,
}

impl Commit {
    /// Reads a commit file.
    ///
    /// # Errors
    /// When a line is no action.
    pub(super) fn parse(version: u64, name: &str, bytes: &Bytes) -> Result<Self> {
        let mut commit = Self {
            version,
            ..Self::default()
        };
        let lines = bytes.split(|byte| *byte == b'\n');
        for line in lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace)) {
            let action: Action = serde_json::from_slice(line)
                .map_err(|e| Error::corrupt(name, format!("a line of it is no action: {e}")))?;
            commit.take(action);
        }
        Ok(commit)
    }

    fn take(&mut self, action: Action) {
        if let Some(info) = action.commit_info {
            let text = |key: &str| info.get(key).and_then(|v| v.as_str()).map(str::to_owned);
            self.uuid = text(MARK);
            self.operation = text("operation");
            self.timestamp = info.get("timestamp").and_then(serde_json::Value::as_i64);
        }
        self.protocol = action.protocol.or(self.protocol.take());
        self.metadata = action.meta_data.or(self.metadata.take());
        self.txns
            .extend(action.txn.map(|txn| (txn.app_id, txn.version)));
        self.add.extend(action.add);
        self.remove.extend(action.remove);
    }

    /// Whether it changes which rows there are.
    pub(crate) fn changes_data(&self) -> bool {
        self.add.iter().any(|add| add.data_change)
            || self.remove.iter().any(|remove| remove.data_change)
    }
}

/// Where the table is now, as far as this process knows.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) version: u64,
    /// The sequence number of our newest commit.
    pub(crate) sequence: u64,
    /// The newest epoch: that of the process that may write.
    pub(crate) epoch: u64,
    pub(crate) metadata: Metadata,
    /// The newest version that has a checkpoint.
    pub(crate) checkpoint: u64,
}

impl Head {
    /// A table that was just made.
    pub(crate) fn new(metadata: Metadata) -> Self {
        Self {
            version: 0,
            sequence: 0,
            epoch: 0,
            metadata,
            checkpoint: 0,
        }
    }
}
