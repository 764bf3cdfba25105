//! How a client connects.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// How a client connects, and how long it waits.
///
/// ```
/// use std::time::Duration;
/// let options = peinit::Options::new().patience(Duration::from_secs(30)).timeout(Duration::from_secs(10));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub(crate) path: Option<PathBuf>,
    pub(crate) patience: Duration,
    pub(crate) awaited: bool,
    pub(crate) timeout: Option<Duration>,
    pub(crate) longest_line: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            path: None,
            patience: Duration::from_secs(5),
            awaited: false,
            timeout: None,
            longest_line: 64 << 20,
        }
    }
}

impl Options {
    /// The usual socket, 5 s of patience, and no timeout.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Another socket than the usual one.
    #[must_use]
    pub fn path(mut self, path: impl AsRef<Path>) -> Self {
        self.path = Some(path.as_ref().to_owned());
        self
    }

    /// A socket that is not there yet, or where nobody listens yet, is waited for as well, within the patience.
    #[must_use]
    pub fn awaited(mut self, awaited: bool) -> Self {
        self.awaited = awaited;
        self
    }

    /// For how long it tries again where the daemon has no place for one more connection. 5 s by default.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How long each answer may take. By default as long as it takes: a start waits until the service is up.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How many bytes a line from the daemon may have; a longer one is the end of the connection. 64 MiB by default.
    #[must_use]
    pub fn longest_line(mut self, bytes: usize) -> Self {
        self.longest_line = bytes;
        self
    }
}
