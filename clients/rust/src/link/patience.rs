//! For how long, and how often, somebody who is turned away tries again.

use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// As good as for ever.
const LONGEST: Duration = Duration::from_secs(1 << 32);

/// When a time that begins now is over; `None`: never.
pub(crate) fn until(length: Duration) -> Option<Instant> {
    Instant::now().checked_add(length)
}

#[derive(Debug)]
pub(crate) struct Patience {
    length: Duration,
    /// Where nobody listens yet it is tried again as well.
    awaits: bool,
    until: Option<Instant>,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new(length: Duration, awaits: bool) -> Self {
        Self {
            length,
            awaits,
            until: None,
            pause: FIRST_PAUSE,
        }
    }

    /// It may be otherwise a moment later: too many wait there, or nobody listens yet and somebody waits for that.
    pub(crate) fn passes(&self, error: &io::Error) -> bool {
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::AGAIN) => true,
            Some(Errno::NOENT | Errno::CONNREFUSED) => self.awaits,
            _ => false,
        }
    }

    /// How long to wait before the next attempt; `None`: it has been tried for long enough.
    pub(crate) fn pause(&mut self, now: Instant) -> Option<Duration> {
        let until = *self.until.get_or_insert(now + self.length.min(LONGEST));
        if now >= until {
            return None;
        }
        let pause = self.pause;
        self.pause = (2 * pause).min(LONGEST_PAUSE);
        Some(pause.min(until - now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let begin = Instant::now();
        let mut patience = Patience::new(Duration::from_secs(1), false);
        assert_eq!(patience.pause(begin), Some(FIRST_PAUSE));
        assert_eq!(patience.pause(begin), Some(2 * FIRST_PAUSE));
        assert_eq!(patience.pause(begin + Duration::from_millis(999)), Some(Duration::from_millis(1)));
        assert_eq!(patience.pause(begin + Duration::from_secs(1)), None);
    }

    #[test]
    fn no_length_is_too_long() {
        assert_eq!(Patience::new(Duration::MAX, false).pause(Instant::now()), Some(FIRST_PAUSE));
        assert_eq!(until(Duration::MAX), None);
    }
}
