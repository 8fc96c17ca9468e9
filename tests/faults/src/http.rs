//! As much of HTTP/1.1 as a proxy needs whose every connection carries one request.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The longest head that is read.
const LONGEST_HEAD: usize = 64 << 10;

/// A request as it came.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    head: String,
    body: Vec<u8>,
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Request {
    /// Reads one; `None` if the other side has no more.
    pub(crate) async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let end = loop {
            if let Some(end) = end_of_head(&bytes) {
                break end;
            }
            if bytes.len() > LONGEST_HEAD {
                return Err(broken("the head has no end"));
            }
            if from.read_buf(&mut bytes).await? == 0 {
                return match bytes.is_empty() {
                    true => Ok(None),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        };
        let mut body = bytes.split_off(end);
        let head = String::from_utf8(bytes).map_err(|_| broken("the head is no text"))?;
        let method = head.split(' ').next().unwrap_or_default().to_owned();
        if header(&head, "transfer-encoding").is_some() {
            return Err(broken("requests in chunks are not spoken here"));
        }
        let length = match header(&head, "content-length") {
            Some(length) => length.parse().map_err(|_| broken("the length is none"))?,
            None => 0,
        };
        while body.len() < length {
            if from.read_buf(&mut body).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(Some(Self { method, head, body }))
    }

    /// The same request, on a connection that ends with its answer.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.head.len() + self.body.len() + 32);
        for line in self.head.trim_end().split("\r\n") {
            if !line.to_ascii_lowercase().starts_with("connection:") {
                bytes.extend_from_slice(line.as_bytes());
                bytes.extend_from_slice(b"\r\n");
            }
        }
        bytes.extend_from_slice(b"Connection: close\r\n\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Where the body begins.
fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(at + 4)
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.split("\r\n").skip(1).find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then_some(value.trim())
    })
}

/// An answer of the proxy's own, as S3 writes errors.
pub(crate) fn error(status: &str, code: &str) -> Vec<u8> {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>made by the proxy</Message></Error>"
    );
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(bytes: &[u8]) -> io::Result<Option<Request>> {
        Request::read(&mut &*bytes).await
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_request_is_passed_on_as_it_came() {
        let bytes = b"PUT /b/k HTTP/1.1\r\nHost: h:1\r\ncontent-length: 3\r\nconnection: keep-alive\r\n\r\nabc";
        let request = read(bytes).await.unwrap().unwrap();
        assert_eq!(request.method, "PUT");
        let expected =
            b"PUT /b/k HTTP/1.1\r\nHost: h:1\r\ncontent-length: 3\r\nConnection: close\r\n\r\nabc";
        assert_eq!(request.to_bytes(), expected);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_end_is_no_request_and_half_a_request_is_an_error() {
        assert!(read(b"").await.unwrap().is_none());
        read(b"GET / HT").await.unwrap_err();
        read(b"PUT / HTTP/1.1\r\nContent-Length: 4\r\n\r\nabc")
            .await
            .unwrap_err();
        read(b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
            .await
            .unwrap_err();
    }
}
