//! Records of an Excel workbook of 1993 to 2003 (MS-XLS 2.1.4), joined with their continuations, and the strings in them.

use std::ops::Range;

const CONTINUE: u16 = 0x003c;

/// A record: what it is, where it stands, and its bytes in as many stretches as it has continuations and one.
pub(crate) struct Record<'b> {
    pub kind: u16,
    pub at: usize,
    bytes: &'b [u8],
    segments: Vec<Range<usize>>,
}

/// The records of a stream; what is cut off ends them.
pub(crate) fn records(bytes: &[u8]) -> impl Iterator<Item = Record<'_>> {
    let mut at = 0;
    let head = |at: usize| {
        let [a, b, c, d] = *bytes.get(at..)?.first_chunk::<4>()?;
        let start = at + 4;
        let end = (start + usize::from(u16::from_le_bytes([c, d]))).min(bytes.len());
        Some((u16::from_le_bytes([a, b]), start..end))
    };
    std::iter::from_fn(move || {
        let begin = at;
        let (kind, body) = head(at)?;
        at = body.end;
        let mut segments = vec![body];
        while let Some((CONTINUE, more)) = head(at) {
            at = more.end;
            segments.push(more);
        }
        Some(Record { kind, at: begin, bytes, segments })
    })
}

impl<'b> Record<'b> {
    /// A reader at the start of the record.
    pub fn read(&self) -> Reader<'_> {
        Reader { record: self, segment: 0, at: self.segments.first().map_or(0, |s| s.start) }
    }

    /// The bytes of the record itself.
    pub fn body(&self) -> &'b [u8] {
        self.segments.first().and_then(|s| self.bytes.get(s.clone())).unwrap_or_default()
    }

    /// The bytes of its first continuation.
    pub fn continued(&self) -> &'b [u8] {
        self.segments.get(1).and_then(|s| self.bytes.get(s.clone())).unwrap_or_default()
    }

    /// From its first byte to its last, continuations with their heads included.
    pub fn range(&self) -> Range<usize> {
        self.segments.first().map_or(0, |s| s.start)..self.segments.last().map_or(0, |s| s.end)
    }
}

/// Reads a record from front to back, over the ends of its stretches.
pub(crate) struct Reader<'r> {
    record: &'r Record<'r>,
    segment: usize,
    pub at: usize,
}

impl Reader<'_> {
    fn end(&self) -> usize {
        self.record.segments.get(self.segment).map_or(0, |s| s.end)
    }

    /// Whether a new stretch has begun.
    fn next_segment(&mut self) -> Option<()> {
        self.segment += 1;
        self.at = self.record.segments.get(self.segment)?.start;
        Some(())
    }

    pub fn u8(&mut self) -> Option<u8> {
        while self.at >= self.end() {
            self.next_segment()?;
        }
        let byte = self.record.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    pub fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    pub fn f64(&mut self) -> Option<f64> {
        let mut bytes = [0; 8];
        for byte in &mut bytes {
            *byte = self.u8()?;
        }
        Some(f64::from_le_bytes(bytes))
    }

    pub fn skip(&mut self, mut count: usize) -> Option<()> {
        loop {
            let here = self.end().saturating_sub(self.at);
            if count <= here {
                self.at += count;
                return Some(());
            }
            count -= here;
            self.next_segment()?;
        }
    }

    /// A string of so many characters, with its flags before it (2.5.293, 2.5.294); where a stretch ends inside, the next one begins
    /// with flags anew.
    pub fn unicode(&mut self, count: usize) -> Option<String> {
        let flags = self.u8()?;
        let runs = if flags & 8 != 0 { usize::from(self.u16()?) } else { 0 };
        let extra = if flags & 4 != 0 { self.u32()? as usize } else { 0 };
        let mut wide = flags & 1 != 0;
        let mut units: Vec<u16> = Vec::new();
        while units.len() < count {
            if self.at >= self.end() {
                self.next_segment()?;
                wide = self.u8()? & 1 != 0;
            }
            units.push(if wide { self.u16()? } else { u16::from(self.u8()?) });
        }
        // How it is formatted and pronounced.
        let _ = self.skip(runs.saturating_mul(4).saturating_add(extra));
        Some(String::from_utf16_lossy(&units))
    }

    /// A string of the older workbooks, in their character set.
    pub fn bytes(&mut self, count: usize, encoding: &'static encoding_rs::Encoding) -> Option<String> {
        let bytes: Option<Vec<u8>> = (0..count).map(|_| self.u8()).collect();
        Some(encoding.decode_without_bom_handling(&bytes?).0.into_owned())
    }
}
