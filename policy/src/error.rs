//! The crate's one error.

/// The result of a fallible function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// A setting or a text that this crate can't accept.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(transparent)]
pub struct Error(Cause);

/// What the caller of a failed function can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The input has to be changed; the same call will fail again.
    InvalidInput,
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum Cause {
    #[error(
        "watermarks must satisfy 0 <= low <= high <= 1, but low is {low} and high is {high}; \
         the defaults are 0.7 and 0.9"
    )]
    Watermarks { high: f64, low: f64 },
    #[error("`{0}` is not a tier; write hot, warm or cold")]
    Tier(String),
    #[error("`{0}` is not a segment id; write it as 32 hexadecimal digits, hyphens as in a UUID")]
    SegmentId(String),
    #[error(
        "the retention of {table} counts {clock}, which starts again and again; count event time or \
         ingest time"
    )]
    RetentionClock {
        table: String,
        clock: crate::AgeClock,
    },
    #[error("{0}")]
    Toml(String),
    #[error(
        "a copy can't be made at {promote_at} whole reads and dropped below {drop_below}; write \
         0 <= drop_below < promote_at"
    )]
    Heat { promote_at: f64, drop_below: f64 },
    #[error(
        "the half-life of heat is zero, so every read would be forgotten at once; write 1d, say"
    )]
    HalfLife,
    #[error("moves may take 0 bytes a second, so nothing would ever move; leave the limit out")]
    MoveRate,
    #[error(
        "the rules of {table} contradict each other: {shorter} after {} comes before {longer} after \
         {} on the same clock, {clock}",
        crate::span::print(*short), crate::span::print(*long)
    )]
    Contradiction {
        table: String,
        clock: crate::AgeClock,
        shorter: &'static str,
        short: std::time::Duration,
        longer: &'static str,
        long: std::time::Duration,
    },
    #[error("a move can't have to save {0} of the cost; write a share from 0 up to, but not, 1")]
    Saving(f64),
    #[error(
        "the rules of {table} have a cost, and the policy no prices; add [prices.warm] and [prices.cold]"
    )]
    NoPrices { table: String },
    #[error("`{0}` is no eviction policy; choose from {names}", names = policy_names())]
    EvictionPolicy(String),
    #[error("belady needs to know the future of its trace; make it by Belady::new with NextUses")]
    NeedsFuture,
    #[error("a store can't evict by {0}, which has to know the future; it is for `simulate` alone")]
    BudgetNeedsFuture(crate::eviction::EvictionPolicy),
    #[error(
        "a miss can't cost {request} a request and {byte} a byte; neither may be negative or \
         infinite, and one must be more than zero"
    )]
    MissCost { request: f64, byte: f64 },
    #[error("`{0}` is no format of traces; choose from {names}", names = format_names())]
    TraceFormat(String),
    #[error("{place}: {why}")]
    Trace { place: String, why: String },
    #[error("the price {name} is {price}; prices are numbers from zero up")]
    Price { name: &'static str, price: f64 },
}

fn format_names() -> String {
    crate::trace::TraceFormat::ALL
        .map(crate::trace::TraceFormat::as_str)
        .join(", ")
}

fn policy_names() -> String {
    crate::eviction::EvictionPolicy::ALL
        .map(crate::eviction::EvictionPolicy::as_str)
        .join(", ")
}

impl Error {
    /// What can be done about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }

    /// The table whose rules are at fault, if the error concerns one.
    #[must_use]
    pub fn table(&self) -> Option<&str> {
        match &self.0 {
            Cause::RetentionClock { table, .. }
            | Cause::NoPrices { table }
            | Cause::Contradiction { table, .. } => Some(table),
            _ => None,
        }
    }
}

impl From<Cause> for Error {
    fn from(cause: Cause) -> Self {
        Self(cause)
    }
}
