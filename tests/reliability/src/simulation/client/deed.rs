//! The things that a client may do, and how often it does each.

use thermocline_testing::Random;
use thermocline_tiers::{Durability, Tier};

/// One thing to do.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    Append { rows: i64, durability: Durability },
    AppendThenWait { rows: i64, until: Durability },
    Seal,
    Move { tier: Tier, one: bool },
    Step,
    Apply,
    SetPolicy,
    AddColumn,
    CreateTable,
    DropTable,
    Query,
    Reader { reports: bool },
    SecondWriter,
    KeepSnapshot,
    RereadSnapshot,
    DropSnapshot,
    Verify,
    Flush,
    Backup,
    Compact,
    Vacuum,
    Repair,
    Mark,
    Archive,
    Figures,
    Cold,
    Record(Recording),
}

/// What to do about the recording of accesses.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Recording {
    Begin,
    End,
    Read,
}

impl Recording {
    fn draw(random: &mut Random) -> Self {
        match random.below(5) {
            0 | 1 => Self::Begin,
            2 => Self::End,
            _ => Self::Read,
        }
    }
}

impl Deed {
    /// `archives` says whether there are any.
    pub(crate) fn draw(random: &mut Random, archives: bool) -> Self {
        if archives && random.one_in(10) {
            return Self::Archive;
        }
        let durability = match random.below(3) {
            0 => Durability::Memory,
            _ => Durability::Disk,
        };
        let rows = match random.below(12) {
            0 => 0,
            1 => 150,
            _ => 1 + i64::try_from(random.below(30)).unwrap_or_default(),
        };
        let tier = *[Tier::Hot, Tier::Warm, Tier::Warm, Tier::Cold]
            .get(random.below(4))
            .unwrap_or(&Tier::Hot);
        match random.below(100) {
            0..=29 => Self::Append { rows, durability },
            30 | 31 => Self::Figures,
            32..=35 => Self::AppendThenWait {
                rows,
                until: match random.below(8) {
                    0 => Durability::Remote,
                    _ => Durability::Disk,
                },
            },
            36..=40 => Self::Seal,
            41..=52 => Self::Move {
                tier,
                one: random.one_in(2),
            },
            53 | 54 => Self::Mark,
            55 | 56 => Self::Compact,
            57..=61 => Self::Step,
            62..=64 => Self::Apply,
            65 => Self::SetPolicy,
            66 | 92 => Self::Record(Recording::draw(random)),
            67 | 68 => Self::AddColumn,
            69..=72 => Self::CreateTable,
            73 | 74 => Self::DropTable,
            75..=80 => Self::Query,
            81 | 82 => Self::Cold,
            83..=86 => Self::Reader {
                reports: random.one_in(3),
            },
            87 | 88 => Self::KeepSnapshot,
            89..=91 => Self::RereadSnapshot,
            93 | 94 => Self::DropSnapshot,
            95 => Self::Verify,
            96 | 97 => Self::Flush,
            98 if random.one_in(2) => Self::SecondWriter,
            98 => Self::Backup,
            _ if random.one_in(2) => Self::Repair,
            _ => Self::Vacuum,
        }
    }
}
