//! Lines out of pieces as they come.

/// A line is longer than any of the protocol.
#[derive(Debug, PartialEq)]
pub(crate) struct TooLong;

#[derive(Debug)]
pub(crate) struct Frames {
    held: Vec<u8>,
    /// What of `held` has been given away already, and up to where there is no newline.
    begin: usize,
    searched: usize,
    longest: usize,
}

impl Frames {
    pub(crate) fn new(longest: usize) -> Self {
        Self {
            held: Vec::new(),
            begin: 0,
            searched: 0,
            longest,
        }
    }

    pub(crate) fn push(&mut self, piece: &[u8]) {
        if self.begin > 0 {
            self.held.drain(..self.begin);
            self.searched -= self.begin;
            self.begin = 0;
        }
        self.held.extend_from_slice(piece);
    }

    /// The next whole line, without its newline.
    pub(crate) fn next(&mut self) -> Result<Option<Vec<u8>>, TooLong> {
        let found = self.held[self.searched..].iter().position(|&byte| byte == b'\n');
        let end = found.map_or(self.held.len(), |at| self.searched + at);
        if end - self.begin > self.longest {
            return Err(TooLong);
        }
        if found.is_none() {
            self.searched = end;
            return Ok(None);
        }
        let line = self.held[self.begin..end].to_vec();
        self.begin = end + 1;
        self.searched = self.begin;
        Ok(Some(line))
    }

    /// No line has begun.
    pub(crate) fn is_empty(&self) -> bool {
        self.begin == self.held.len()
    }

    /// Nothing of a line that has not ended is kept for the next connection.
    pub(crate) fn clear(&mut self) {
        self.held.clear();
        self.begin = 0;
        self.searched = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut frames = Frames::new(8);
        let mut all = Vec::new();
        for piece in pieces {
            frames.push(piece);
            while let Some(line) = frames.next().unwrap() {
                all.push(line);
            }
        }
        all
    }

    #[test]
    fn lines_are_the_same_however_they_are_cut() {
        let whole = b"{}\n\n{\"a\":1}\nrest";
        let expected = lines(&[whole]);
        assert_eq!(expected, [&b"{}"[..], b"", b"{\"a\":1}"]);
        for cut in 0..whole.len() {
            assert_eq!(lines(&[&whole[..cut], &whole[cut..]]), expected, "cut at {cut}");
        }
        assert_eq!(lines(&whole.chunks(1).collect::<Vec<_>>()), expected);
    }

    #[test]
    fn a_line_beyond_the_limit_is_told_before_it_has_ended() {
        let mut frames = Frames::new(8);
        frames.push(b"12345678");
        assert_eq!(frames.next(), Ok(None));
        frames.push(b"9");
        assert_eq!(frames.next(), Err(TooLong));
    }
}
