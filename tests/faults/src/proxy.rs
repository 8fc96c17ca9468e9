//! The proxy.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::fault::{self, Fault, Odds};
use crate::http::{self, Request};

/// Pieces of a slow answer, and the pause between two of them.
const PIECES: usize = 8;
const PAUSE: Duration = Duration::from_millis(2);

/// A proxy on this machine; it ends when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    listening: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    upstream: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    odds: Option<Odds>,
    read_only: bool,
    requests: u64,
    faults: BTreeMap<Fault, u64>,
}

impl Proxy {
    /// A proxy in front of the server at `upstream` (`http://host:port`). Nothing goes
    /// wrong before [`misbehave`](Self::misbehave).
    ///
    /// # Errors
    /// When there is no free port.
    pub async fn start(upstream: &str) -> io::Result<Self> {
        let upstream = upstream.trim_end_matches('/');
        let upstream = upstream.strip_prefix("http://").unwrap_or(upstream);
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            upstream: upstream.to_owned(),
            state: Mutex::default(),
        });
        let listening = tokio::spawn(listen(listener, Arc::clone(&shared)));
        Ok(Self {
            address,
            shared,
            listening,
        })
    }

    /// Where it listens: `http://host:port`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on, requests go wrong by these odds.
    pub fn misbehave(&self, odds: Odds) {
        self.shared.state.lock().odds = Some(odds);
    }

    /// From now on, nothing goes wrong.
    pub fn behave(&self) {
        self.shared.state.lock().odds = None;
    }

    /// From now on, nobody may change anything (403), or everybody again.
    pub fn read_only(&self, read_only: bool) {
        self.shared.state.lock().read_only = read_only;
    }

    /// Requests so far.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.shared.state.lock().requests
    }

    /// How often what went wrong so far.
    #[must_use]
    pub fn faults(&self) -> BTreeMap<Fault, u64> {
        self.shared.state.lock().faults.clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

impl Shared {
    /// Counts a request and says what goes wrong with it, if anything; `None` when nobody may
    /// make it.
    fn begin(&self, method: &str) -> Option<Option<Fault>> {
        let mut state = self.state.lock();
        state.requests += 1;
        if state.read_only && fault::writes(method) {
            return None;
        }
        let fault = state.odds.as_mut().and_then(|odds| odds.draw(method));
        if let Some(fault) = fault {
            *state.faults.entry(fault).or_default() += 1;
        }
        Some(fault)
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    // A connection that cannot be accepted is one that the client has to try again.
    while let Ok((client, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // Broken connections are what this is about.
            let _ = serve(client, &shared).await;
        });
    }
}

async fn serve(mut client: TcpStream, shared: &Shared) -> io::Result<()> {
    let Some(request) = Request::read(&mut client).await? else {
        return Ok(());
    };
    let Some(fault) = shared.begin(&request.method) else {
        let denied = http::error("403 Forbidden", "AccessDenied");
        client.write_all(&denied).await?;
        return client.shutdown().await;
    };
    let answer = match fault {
        Some(fault) if !fault.is_done() => Vec::new(),
        _ => forward(&request, &shared.upstream).await?,
    };
    match fault {
        None => client.write_all(&answer).await?,
        Some(Fault::TooMany) => {
            let busy = http::error("429 Too Many Requests", "TooManyRequests");
            client.write_all(&busy).await?;
        }
        Some(Fault::Busy) => {
            let busy = http::error("503 Service Unavailable", "SlowDown");
            client.write_all(&busy).await?;
        }
        Some(Fault::DoneThen500) => {
            let failed = http::error("500 Internal Server Error", "InternalError");
            client.write_all(&failed).await?;
        }
        Some(Fault::DoneThen409 | Fault::Conflict) => {
            let conflict = http::error("409 Conflict", "ConditionalRequestConflict");
            client.write_all(&conflict).await?;
        }
        Some(Fault::Reset | Fault::DoneThenReset) => return reset(&client),
        Some(Fault::Slow) => trickle(&mut client, &answer).await?,
        Some(Fault::Partial) => {
            let (half, _) = answer.split_at(answer.len() / 2);
            client.write_all(half).await?;
        }
        Some(Fault::DoneThenNothing) => {
            // Until the client has had enough.
            let mut nothing = [0];
            let _ = client.read(&mut nothing).await;
            return Ok(());
        }
    }
    client.shutdown().await
}

/// The server's answer.
async fn forward(request: &Request, upstream: &str) -> io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(upstream).await?;
    server.write_all(&request.to_bytes()).await?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer).await?;
    Ok(answer)
}

async fn trickle(client: &mut TcpStream, answer: &[u8]) -> io::Result<()> {
    for piece in answer.chunks(answer.len().div_ceil(PIECES).max(1)) {
        client.write_all(piece).await?;
        client.flush().await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Closing a socket that does not linger sends a reset.
fn reset(client: &TcpStream) -> io::Result<()> {
    client.set_zero_linger()
}
