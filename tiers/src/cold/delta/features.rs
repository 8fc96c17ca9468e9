//! Features of the protocol that are not known here: a table that needs one is refused,
//! and the error names it.

use super::snapshot::DeltaSnapshot;
use crate::error::{Error, ErrorKind, Result};

/// Features under which rows are read as they are read without them. The first two only
/// where they are not made use of.
const READ: &[&str] = &[
    "deletionVectors",
    "columnMapping",
    "timestampNtz",
    "v2Checkpoint",
    "vacuumProtocolCheck",
];

/// Features that ask nothing of who only adds files, in addition to those above. Some ask
/// something of columns or properties that must not be there.
const APPEND: &[&str] = &[
    "allowColumnDefaults",
    "appendOnly",
    "changeDataFeed",
    "checkConstraints",
    "domainMetadata",
    "generatedColumns",
    "identityColumns",
    "invariants",
];

/// What a column is described with that a writer has to see to.
const COLUMNS: &[(&str, &str)] = &[
    ("\"delta.invariants\"", "invariants"),
    ("\"delta.generationExpression\"", "generatedColumns"),
    ("\"delta.identity.", "identityColumns"),
];

impl DeltaSnapshot {
    /// Refuses a version whose rows would be read wrongly.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported), naming the feature.
    pub(crate) fn check_readable(&self, name: &str) -> Result<()> {
        let protocol = self.kernel.table_configuration().protocol();
        let features = protocol.reader_features().unwrap_or_default();
        let unknown = features.iter().find(|f| !READ.contains(&f.as_ref()));
        if let Some(unknown) = unknown {
            return Err(unsupported(name, unknown.as_ref()));
        }
        let mapping = self.property("delta.columnMapping.mode");
        if mapping.is_some_and(|mode| mode != "none") {
            return Err(unsupported(name, "columnMapping"));
        }
        if self.files.values().any(|f| f.deletion_vector.is_some()) {
            return Err(unsupported(name, "deletionVectors"));
        }
        Ok(())
    }

    /// Refuses a table to which files may not simply be added.
    ///
    /// # Errors
    /// [`Unsupported`](ErrorKind::Unsupported), naming the feature.
    pub(crate) fn check_appendable(&self, name: &str) -> Result<()> {
        self.check_readable(name)?;
        let protocol = self.kernel.table_configuration().protocol();
        let features = protocol.writer_features().unwrap_or_default();
        let is_known = |f: &str| READ.contains(&f) || APPEND.contains(&f);
        if let Some(unknown) = features.iter().find(|f| !is_known(f.as_ref())) {
            return Err(unsupported(name, unknown.as_ref()));
        }
        let metadata = self.metadata();
        // How far a job has come would be forgotten, and its rows come in again.
        let forgets = "delta.setTransactionRetentionDuration";
        if metadata.configuration.contains_key(forgets) {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "the Delta table `{name}` has the property `{forgets}`, so it forgets which rows a \
                     job has added; take the property away, or archive to another table"
                ),
            ));
        }
        let constraint = |key: &String| key.starts_with("delta.constraints.");
        if metadata.configuration.keys().any(constraint) {
            return Err(unsupported(name, "checkConstraints"));
        }
        for (mark, feature) in COLUMNS {
            if metadata.schema_string.contains(mark) {
                return Err(unsupported(name, feature));
            }
        }
        Ok(())
    }

    fn property(&self, key: &str) -> Option<String> {
        let metadata = self.kernel.table_configuration().metadata();
        metadata.configuration().get(key).cloned()
    }
}

fn unsupported(name: &str, feature: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!(
            "the Delta table `{name}` needs the feature `{feature}`, which is not supported here; \
             write the table anew without it, or use another engine"
        ),
    )
}
