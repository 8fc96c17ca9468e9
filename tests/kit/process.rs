//! Tests that need another process: the test program starts itself again, with
//! one test and a role in the environment.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

/// Set in a child: the store's directory.
const ROLE: &str = "THERMOCLINE_TEST_CHILD";

/// The directory to work on, if this process is the child of a test.
pub fn child_dir() -> Option<PathBuf> {
    std::env::var_os(ROLE).map(PathBuf::from)
}

/// A line from a child to its parent.
pub fn tell(line: &str) {
    use std::io::Write;
    // Not `println`: the test harness may keep that for itself.
    let mut out = std::io::stdout().lock();
    out.write_all(format!("\n@{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

/// A child that runs `test` of this program on the store in `dir`. It is killed
/// when it goes out of scope.
pub struct Forked {
    pub child: Child,
    /// What it [tells](tell).
    pub lines: Receiver<String>,
}

impl Forked {
    pub fn run(test: &str, dir: &OsStr) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture", "--test-threads=1"])
            .env(ROLE, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            while out.read_line(&mut line).is_ok_and(|read| read > 0) {
                // A killed child may leave half a line.
                if let Some(told) = line.strip_prefix('@').and_then(|l| l.strip_suffix('\n')) {
                    let _ = sender.send(told.to_owned());
                }
                line.clear();
            }
        });
        Self { child, lines }
    }

    /// Closes its standard input, which asks it to end, and checks that it ended well.
    pub fn finish(mut self) -> Vec<String> {
        drop(self.child.stdin.take());
        assert!(
            self.child.wait().unwrap().success(),
            "the child failed; see its output above"
        );
        self.lines.iter().collect()
    }

    /// Ends it with SIGKILL, and says what it told before.
    pub fn kill(mut self) -> Vec<String> {
        let ended = self.child.try_wait().unwrap();
        assert!(
            ended.is_none(),
            "the child ended by itself; see its output above"
        );
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.lines.iter().collect()
    }
}

impl Drop for Forked {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In a child: becomes true when the parent asks it to end.
pub fn asked_to_end() -> std::sync::Arc<std::sync::atomic::AtomicBool> {
    use std::sync::atomic::{AtomicBool, Ordering};
    let end = std::sync::Arc::new(AtomicBool::new(false));
    let set = std::sync::Arc::clone(&end);
    std::thread::spawn(move || {
        let mut nothing = String::new();
        let _ = std::io::stdin().read_line(&mut nothing);
        set.store(true, Ordering::Release);
    });
    end
}
