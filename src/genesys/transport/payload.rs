//! What an answer brings, as it came: a poll that says nothing new is known by its packed bytes and never
//! unpacked.

use std::{borrow::Cow, io::Read, sync::OnceLock};

use flate2::read::MultiGzDecoder;

use super::{BODY_LIMIT, Failure};

/// A body, as the server sent it. It is unpacked when somebody reads it for the first time, and then kept.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    sent: Vec<u8>,
    is_packed: bool,
    text: OnceLock<Result<Vec<u8>, Failure>>,
}

impl Payload {
    /// What was sent by gzip.
    pub fn packed(sent: Vec<u8>) -> Self {
        Self { sent, is_packed: true, text: OnceLock::new() }
    }

    /// The bytes that were sent: the same again mean the same text.
    pub fn as_sent(&self) -> &[u8] {
        &self.sent
    }

    /// The text.
    ///
    /// # Errors
    /// If what is packed is damaged, or goes on past [`BODY_LIMIT`] once it is unpacked.
    pub fn text(&self) -> Result<&[u8], Failure> {
        if !self.is_packed {
            return Ok(&self.sent);
        }
        let text = self.text.get_or_init(|| unpacked(&self.sent));
        text.as_deref().map_err(Clone::clone)
    }

    /// The text; nothing where it can't be had.
    pub fn lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.text().unwrap_or_default())
    }
}

impl<T: Into<Vec<u8>>> From<T> for Payload {
    fn from(text: T) -> Self {
        Self { sent: text.into(), ..Self::default() }
    }
}

/// Unpacks, but not without an end: a few kilobytes can stand for gigabytes.
fn unpacked(sent: &[u8]) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    let most = u64::try_from(BODY_LIMIT).unwrap_or(u64::MAX);
    MultiGzDecoder::new(sent)
        .take(most.saturating_add(1))
        .read_to_end(&mut text)
        .map_err(|error| Failure::Broken(format!("the answer can't be unpacked: {error}")))?;
    if text.len() > BODY_LIMIT {
        return Err(Failure::TooLarge(BODY_LIMIT));
    }
    text.shrink_to_fit();
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(text).unwrap();
        packer.finish().unwrap()
    }

    #[test]
    fn what_was_packed_is_read_and_known_by_what_was_sent() {
        let sent = packed(br#"{"results":[]}"#);
        let payload = Payload::packed(sent.clone());
        assert_eq!(
            (payload.text().unwrap(), payload.as_sent()),
            (&br#"{"results":[]}"#[..], &*sent)
        );
        let plain = Payload::from("{}");
        assert_eq!((plain.text().unwrap(), plain.as_sent()), (&b"{}"[..], &b"{}"[..]));
    }

    #[test]
    fn what_is_damaged_or_without_an_end_is_refused() {
        let mut sent = packed(&[b' '; 4096]);
        sent.truncate(sent.len() - 12);
        let failure = Payload::packed(sent).text().unwrap_err();
        assert!(matches!(failure, Failure::Broken(_)), "{failure:?}");
        let bomb = Payload::packed(packed(&vec![b' '; BODY_LIMIT + 1]));
        assert!(bomb.as_sent().len() < BODY_LIMIT / 100);
        assert_eq!(bomb.text().unwrap_err(), Failure::TooLarge(BODY_LIMIT));
        assert!(Payload::packed(packed(&vec![b' '; BODY_LIMIT])).text().is_ok());
    }
}
