//! A file that has its name only once it is whole.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

/// A file that is being written, for its owner alone. Dropped before [`Whole::keep`], it has never been.
#[derive(Debug)]
pub struct Whole {
    file: NamedTempFile,
    path: PathBuf,
    replace: bool,
}

impl Whole {
    /// Begins a file that will be `path`; `replace` lets it take the place of another.
    ///
    /// # Errors
    /// If there is one and it is not to be replaced, or its folder can't be written.
    pub fn begin(path: &Path, replace: bool) -> io::Result<Self> {
        match path.symlink_metadata() {
            Ok(about) if !about.is_file() => {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidInput,
                    "it is there, and no file",
                ));
            }
            Ok(_) if !replace => return Err(io::ErrorKind::AlreadyExists.into()),
            _ => {}
        }
        let file = tempfile::Builder::new().prefix(".floorwalker-").tempfile_in(folder(path))?;
        Ok(Self { file, path: path.to_owned(), replace })
    }

    /// Gives it its name, once it is on disk.
    ///
    /// # Errors
    /// If it can't be written, or somebody else has made one of that name.
    pub fn keep(self) -> io::Result<()> {
        self.file.as_file().sync_all()?;
        match self.replace {
            true => self.file.persist(&self.path),
            false => self.file.persist_noclobber(&self.path),
        }
        .map_err(|e| e.error)?;
        File::open(folder(&self.path))?.sync_all()
    }
}

impl Write for Whole {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_there_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let count = || std::fs::read_dir(folder.path()).unwrap().count();
        let mut half = Whole::begin(&path, false).unwrap();
        half.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(half);
        assert_eq!(count(), 0, "nothing is left behind");
        let mut whole = Whole::begin(&path, false).unwrap();
        whole.write_all(b"whole").unwrap();
        whole.keep().unwrap();
        assert_eq!((std::fs::read(&path).unwrap(), count()), (b"whole".to_vec(), 1));
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let refused = Whole::begin(&path, false).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        Whole::begin(&path, true).unwrap().keep().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"");
        assert!(Whole::begin(folder.path(), true).is_err(), "a folder is no file");
    }
}
