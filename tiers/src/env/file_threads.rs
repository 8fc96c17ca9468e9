//! Threads for the files of object stores that are local folders.

use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// Where an object store of local files finds threads to read and write them: a runtime for all
/// stores of the process, and for nothing else. `None` if the system gives no thread.
///
/// `object_store` takes a blocking thread of whatever runtime it is asked in. Scans and moves hold
/// blocking threads of the caller's runtime while they wait for such a store; if it waited for one
/// of those too, and scans held them all, nobody could go on.
pub(crate) fn file_threads() -> Option<Handle> {
    static THREADS: OnceLock<Option<Runtime>> = OnceLock::new();
    let start = || {
        let mut threads = Builder::new_multi_thread();
        threads.worker_threads(1).enable_all();
        threads.thread_name("thermocline-files").build().ok()
    };
    let threads = THREADS.get_or_init(start).as_ref();
    threads.map(|threads| threads.handle().clone())
}
