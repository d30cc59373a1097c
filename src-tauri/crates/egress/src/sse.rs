//! Server-sent events, read from chunks that may be cut anywhere: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.

use crate::SendError;

/// One event: its name, empty where the server gave none, and its data lines joined.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) data: String,
}

/// Reads events. Lines are decoded when they are whole, so that a character may be split over chunks.
pub(crate) struct Parser {
    /// Bytes of the line that is not yet whole.
    line: Vec<u8>,
    /// The last byte was a CR: a LF that follows belongs to it.
    after_cr: bool,
    /// No line was read yet: a byte order mark may stand here.
    at_start: bool,
    name: String,
    data: Option<String>,
    limit: usize,
}

impl Parser {
    /// A parser that refuses lines and events of more than `limit` bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { line: Vec::new(), after_cr: false, at_start: true, name: String::new(), data: None, limit }
    }

    /// Takes the next chunk and hands every event that it completes to `on_event`, until that returns false.
    pub(crate) fn push(&mut self, chunk: &[u8], mut on_event: impl FnMut(Event) -> Result<bool, SendError>) -> Result<(), SendError> {
        let mut rest = chunk;
        while let Some((first, tail)) = rest.split_first() {
            if std::mem::take(&mut self.after_cr) && *first == b'\n' {
                rest = tail;
                continue;
            }
            let end = rest.iter().position(|b| matches!(b, b'\n' | b'\r'));
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            if self.line.len() + part.len() > self.limit {
                return Err(SendError::TooLarge);
            }
            self.line.extend_from_slice(part);
            let Some((mark, after)) = after.split_first() else { return Ok(()) };
            self.after_cr = *mark == b'\r';
            rest = after;
            if let Some(event) = self.line_ended()?
                && !on_event(event)?
            {
                return Ok(());
            }
        }
        Ok(())
    }

    fn line_ended(&mut self) -> Result<Option<Event>, SendError> {
        let line = String::from_utf8(std::mem::take(&mut self.line)).map_err(|_| SendError::Malformed)?;
        let line = if std::mem::take(&mut self.at_start) { line.trim_start_matches('\u{feff}') } else { &line };
        if line.is_empty() {
            let name = std::mem::take(&mut self.name);
            return Ok(self.data.take().map(|data| Event { name, data }));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => match &mut self.data {
                Some(data) if data.len() + value.len() >= self.limit => return Err(SendError::TooLarge),
                Some(data) => data.extend(["\n", value]),
                None => self.data = Some(value.to_owned()),
            },
            "event" => value.clone_into(&mut self.name),
            // A comment has an empty field name; `id` and `retry` serve reconnecting, which is never done.
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&[u8]], limit: usize) -> Result<Vec<(String, String)>, SendError> {
        let mut parser = Parser::new(limit);
        let mut events = Vec::new();
        for chunk in chunks {
            parser.push(chunk, |e| {
                events.push((e.name, e.data));
                Ok(true)
            })?;
        }
        Ok(events)
    }

    fn pair(name: &str, data: &str) -> (String, String) {
        (name.into(), data.into())
    }

    #[test]
    fn n37_every_cut_into_two_chunks_reads_the_same() {
        let stream = "\u{feff}: hello\r\nevent: a\rdata:x\u{fc}\u{1f600}\n\ndata: one\r\ndata:  two\r\n\r\nid: 7\nretry: 9\nevent:left\n\ndata\n\nodd line\ndata: last\r\r\
                      data: never ended\n";
        let expected = vec![pair("a", "x\u{fc}\u{1f600}"), pair("", "one\n two"), pair("", ""), pair("", "last")];
        for cut in 0..=stream.len() {
            let (head, tail) = stream.as_bytes().split_at(cut);
            assert_eq!(read(&[head, tail], 100).unwrap(), expected, "cut at {cut}");
        }
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(read(&bytes, 100).unwrap(), expected);
    }

    #[test]
    fn n37_bad_utf8_is_malformed() {
        assert_eq!(read(&[b"data: \xff\n\n"], 100), Err(SendError::Malformed));
    }

    #[test]
    fn n38_lines_and_events_are_bounded() {
        let long = vec![b'x'; 101];
        assert_eq!(read(&[&long], 100), Err(SendError::TooLarge));
        assert_eq!(read(&[&long[..60], &long[..60]], 100), Err(SendError::TooLarge));
        let line = [b"data:".as_slice(), &long[..60], b"\n"].concat();
        assert_eq!(read(&[&line, &line], 100), Err(SendError::TooLarge));
    }

    #[test]
    fn reading_stops_where_it_is_told_to() {
        let mut seen = 0;
        let mut parser = Parser::new(100);
        parser
            .push(b"data: 1\n\ndata: 2\n\n", |_| {
                seen += 1;
                Ok(false)
            })
            .unwrap();
        assert_eq!(seen, 1);
    }
}
