//! For how long, and how often, somebody who is turned away tries again.

use std::time::{Duration, Instant};

const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(crate) struct Patience {
    length: Duration,
    until: Option<Instant>,
    pause: Duration,
}

impl Patience {
    pub(crate) fn new(length: Duration) -> Self {
        Self {
            length,
            until: None,
            pause: FIRST_PAUSE,
        }
    }

    /// How long to wait before the next attempt; `None`: it has been tried for long enough.
    pub(crate) fn pause(&mut self, now: Instant) -> Option<Duration> {
        let until = *self.until.get_or_insert(now + self.length);
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
        let mut patience = Patience::new(Duration::from_secs(1));
        assert_eq!(patience.pause(begin), Some(FIRST_PAUSE));
        assert_eq!(patience.pause(begin), Some(2 * FIRST_PAUSE));
        assert_eq!(patience.pause(begin + Duration::from_millis(999)), Some(Duration::from_millis(1)));
        assert_eq!(patience.pause(begin + Duration::from_secs(1)), None);
    }
}
