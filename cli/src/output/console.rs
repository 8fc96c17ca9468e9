//! Standard output and standard error, and whether they are terminals.

use std::env;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Set once a write to standard output found nobody reading.
static BROKEN_PIPE: AtomicBool = AtomicBool::new(false);

/// True if the reader of standard output went away (`thermocline sql … | head`).
///
/// That ends a command early but is no failure of it. It is remembered here, because the writers
/// in between wrap the error until its kind cannot be told.
pub(crate) fn broken_pipe() -> bool {
    BROKEN_PIPE.load(Ordering::Relaxed)
}

/// Where a command talks to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Console {
    /// Standard error goes to a person: progress and notes are welcome there.
    pub(crate) err_terminal: bool,
    colour: bool,
}

impl Console {
    /// Looks at the process's own streams and at `NO_COLOR`.
    pub(crate) fn detect() -> Self {
        let out_terminal = io::stdout().is_terminal();
        let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            err_terminal: io::stderr().is_terminal(),
            colour: out_terminal && !no_colour && !dumb,
        }
    }

    /// Buffered standard output.
    pub(crate) fn out(self) -> BufWriter<Stdout> {
        BufWriter::with_capacity(64 * 1024, Stdout(io::stdout()))
    }

    /// Prints a finished text and flushes it.
    pub(crate) fn print(self, text: &str) -> io::Result<()> {
        let mut out = self.out();
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// A note for a person: only if standard error is a terminal.
    pub(crate) fn note(self, text: &str) {
        if self.err_terminal {
            // A note that cannot be shown is no reason to stop.
            let _unshown = writeln!(io::stderr(), "{text}");
        }
    }

    /// How to colour what goes to standard output.
    pub(crate) fn paint(self) -> Paint {
        Paint { on: self.colour }
    }
}

/// Standard output that remembers a broken pipe.
#[derive(Debug)]
pub(crate) struct Stdout(io::Stdout);

impl Stdout {
    fn noticing<T>(result: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &result
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            BROKEN_PIPE.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Write for Stdout {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        Self::noticing(self.0.write(buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        Self::noticing(self.0.flush())
    }
}

/// ANSI styles, or none when nobody would see them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    fn wrap(self, code: &str, text: &str) -> String {
        if self.on {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    /// No colours.
    pub(crate) fn plain() -> Self {
        Self { on: false }
    }

    pub(crate) fn is_on(self) -> bool {
        self.on
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(crate) fn good(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub(crate) fn bad(self, text: &str) -> String {
        self.wrap("31", text)
    }
}
