//! Certificates and keys, as files of PEM hold them.

use std::{fs, path::Path};

use reqwest::Identity;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};

use super::ClientFiles;
use crate::config::secret::SecretSource;

/// The certificates in a file.
///
/// # Errors
/// If it can't be read, or there is none in it.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let failed = |why: String| format!("{}: {why}", path.display());
    let text = fs::read(path).map_err(|e| failed(e.to_string()))?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match read {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(failed("there is no certificate in PEM in it".into())),
        Err(error) => Err(failed(format!("it can't be read as PEM: {error}"))),
    }
}

/// Whether there is a key in a file that nobody else may read.
///
/// # Errors
/// Says who else could read it, or that there is none.
pub fn key(path: &Path) -> Result<(), String> {
    SecretSource::File(path.into()).look()?;
    let text = fs::read(path).map_err(|e| format!("{}: {e}", path.display()))?;
    // What is in it is not said again.
    let read = PrivateKeyDer::from_pem_slice(&text);
    read.map(drop).map_err(|_| format!("{}: there is no private key in PEM in it", path.display()))
}

/// What proves who asks.
///
/// # Errors
/// Says which file can't be used.
pub fn identity(files: &ClientFiles) -> Result<Identity, String> {
    certificates(&files.certificate)?;
    key(&files.key)?;
    let read = |path: &Path| fs::read(path).map_err(|e| format!("{}: {e}", path.display()));
    let both = [read(&files.certificate)?, b"\n".to_vec(), read(&files.key)?].concat();
    Identity::from_pem(&both)
        .map_err(|_| format!("{} and its key can't be used", files.certificate.display()))
}
