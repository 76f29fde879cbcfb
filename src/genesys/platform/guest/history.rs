//! What was said while a guest's connection was gone.

use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;

use super::wire::{Message, Told};
use crate::genesys::{
    Error,
    client::{Client, decode_hiding},
    transport::Transport,
    unsaid::Unsaid,
};

/// Messages a page, and how many pages are read at most.
const PAGE: usize = 100;
const PAGES: u32 = 50;

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    entities: Vec<Message>,
}

/// All messages of the guest, oldest first. They come newest first, and more may be said meanwhile: what
/// then comes twice is the record's affair.
pub async fn read<T: Transport>(
    client: Arc<Client<T>>,
    jwt: SecretString,
) -> Result<Vec<Told>, Error> {
    const READ: &str = "read the guest's messages";
    let mut all = Vec::new();
    for page in 1..=PAGES {
        let path = format!("/api/v2/webmessaging/messages?pageSize={PAGE}&pageNumber={page}");
        let answer = client.read_as(READ, &path, &jwt).await?;
        let unsaid = Unsaid::default().and(&jwt);
        let listing: Listing = decode_hiding(READ, &answer, &unsaid)?;
        let count = listing.entities.len();
        all.extend(listing.entities.into_iter().map(Message::told));
        if count < PAGE {
            break;
        }
    }
    all.reverse();
    Ok(all)
}
