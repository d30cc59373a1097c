//! Excel workbooks of 1993 to 2003 (MS-XLS): every sheet as a person sees its cells, hidden ones too, and what stands beside them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::rc::Rc;

use deid::EntityType;
use encoding_rs::Encoding;

use crate::archive::origin;
use crate::biff::{Reader, Record, records};
use crate::draft::Draft;
use crate::number_format::{built_in, show};
use crate::ole::{Ole, pictures, u16_at};
use crate::sheet::Sheet;
use crate::unlock::old::FILE_PASS;
use crate::xlsx::header;
use crate::{Format, Limits, Note, ReadError};

/// What a workbook's records say on the way.
struct Book {
    /// Strings are Unicode since 1997.
    unicode: bool,
    encoding: &'static Encoding,
    since_1904: bool,
    /// Shared by the cells that show them.
    strings: Vec<(Rc<str>, Range<usize>)>,
    codes: HashMap<u32, String>,
    styles: Vec<u32>,
    /// Sheets by where their records begin: name, and whether it is hidden.
    sheets: HashMap<usize, (String, Range<usize>, bool)>,
    cells: BTreeMap<(u16, u16), Cell>,
    /// The cell of a formula whose string follows.
    pending: Option<(u16, u16)>,
    beside: Vec<(&'static str, String, Range<usize>)>,
    authors: Vec<(String, Range<usize>)>,
    images: usize,
    part: &'static str,
}

type Cell = (Rc<str>, Range<usize>, Option<EntityType>);

/// Reads a workbook.
pub(crate) fn read(ole: &mut Ole<'_>, root: &str, _: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let mut book = Book::new();
    let mut bytes = ole.stream(root, "Workbook", draft)?;
    if bytes.is_none() {
        book.part = "Book";
        bytes = ole.stream(root, "Book", draft)?;
    }
    let bytes = bytes.unwrap_or_default();
    let (mut read, mut broken) = (0, 0);
    for record in records(&bytes) {
        read += 1;
        // FILEPASS: all that follows is encrypted.
        if record.kind == FILE_PASS {
            let by_password = root.is_empty() && u16_at(record.body(), 0) == Some(1);
            return Err(if by_password { ReadError::PasswordNeeded } else { ReadError::Encrypted });
        }
        if record.kind == 0x0809 {
            book.begin(draft, &record)?;
        } else if book.record(draft, &record)?.is_none() {
            broken += 1;
        }
    }
    draft.notes.extend((broken > 0).then_some(Note::PartsNotRead { count: broken }));
    book.end_sheet(draft)?;
    if read < 2 {
        return Err(ReadError::Corrupt { format: Format::Xls });
    }
    // What pivot tables keep of their source.
    for name in ole.names(&format!("{root}/_SX_DB_CUR")) {
        let bytes = ole.stream(&format!("{root}/_SX_DB_CUR"), &name, draft)?.unwrap_or_default();
        draft.end_line()?;
        draft.made("Pivot cache:\n")?;
        for record in records(&bytes).filter(|r| r.kind == 0x00cd) {
            if let Some(text) = book.long(&mut record.read()) {
                draft.shown(&text, origin(&format!("_SX_DB_CUR/{name}"), record.range()))?;
                draft.made("\n")?;
            }
        }
        draft.notes.push(Note::HiddenText);
    }
    draft.notes.extend((book.images > 0).then_some(Note::ImagesNotRead { count: book.images }));
    Ok(())
}

impl Book {
    fn new() -> Self {
        Self {
            unicode: true,
            encoding: encoding_rs::WINDOWS_1252,
            since_1904: false,
            strings: Vec::new(),
            codes: HashMap::new(),
            styles: Vec::new(),
            sheets: HashMap::new(),
            cells: BTreeMap::new(),
            pending: None,
            beside: Vec::new(),
            authors: Vec::new(),
            images: 0,
            part: "Workbook",
        }
    }

    /// A sheet, or the book itself, begins.
    fn begin(&mut self, draft: &mut Draft, record: &Record<'_>) -> Result<(), ReadError> {
        if record.at == 0 {
            // Microsoft Graph counts on from there.
            self.unicode = record.read().u16() >= Some(0x0600);
        }
        if let Some((name, range, hidden)) = self.sheets.remove(&record.at) {
            self.end_sheet(draft)?;
            draft.end_line()?;
            draft.made(if hidden { "Hidden sheet: " } else { "Sheet: " })?;
            draft.shown(&name, origin(self.part, range))?;
            draft.made("\n")?;
            draft.notes.extend(hidden.then_some(Note::HiddenText));
        }
        Ok(())
    }

    /// Takes one record in; none where it is cut short.
    fn record(&mut self, draft: &mut Draft, record: &Record<'_>) -> Result<Option<()>, ReadError> {
        let r = &mut record.read();
        let range = record.range();
        match record.kind {
            0x00fc => return Ok(self.shared(r)),
            // HEADER and FOOTER.
            0x0014 | 0x0015 if !range.is_empty() => {
                let text = if self.unicode { self.long(r) } else { self.short(r) };
                if let Some(said) = text.map(|text| header(&text)) {
                    self.beside.push((if record.kind == 0x0014 { "Header: " } else { "Footer: " }, said, range));
                }
            }
            // ROW: hidden, or as high as nothing.
            0x0208 => {
                if record.body().get(12).is_some_and(|flags| flags & 0x20 != 0) {
                    draft.notes.push(Note::HiddenText);
                }
            }
            // TXO: the words of a comment or a text box stand in its continuation, after flags.
            0x01b6 => {
                let length = usize::from(u16_at(record.body(), 10).unwrap_or(0));
                let text = r.skip(record.body().len()).and_then(|()| r.unicode(length));
                self.beside.extend(text.map(|text| ("", text, range)));
            }
            // NOTE: its author, or in older books its words.
            0x001c => {
                let _ = r.skip(if self.unicode { 8 } else { 4 });
                if let Some(text) = self.long(r) {
                    if self.unicode { self.authors.push((text, range)) } else { self.beside.push(("Comment: ", text, range)) }
                }
            }
            // SERIESTEXT.
            0x100d => {
                let _ = r.skip(2);
                if let Some(text) = self.short(r) {
                    self.beside.push(("", text, range));
                }
            }
            // MSODRAWINGGROUP.
            0x00eb => self.images += pictures(record.body()) + pictures(record.continued()),
            _ => return Ok(self.values(record, r, range)),
        }
        Ok(Some(()))
    }

    fn values(&mut self, record: &Record<'_>, r: &mut Reader<'_>, range: Range<usize>) -> Option<()> {
        match record.kind {
            0x0022 => self.since_1904 = r.u16()? == 1,
            // CODEPAGE.
            0x0042 => {
                let page = r.u16()?;
                self.encoding = Encoding::for_label(format!("windows-{page}").as_bytes()).unwrap_or(match page {
                    932 => encoding_rs::SHIFT_JIS,
                    936 => encoding_rs::GBK,
                    949 => encoding_rs::EUC_KR,
                    950 => encoding_rs::BIG5,
                    10000 => encoding_rs::MACINTOSH,
                    _ => encoding_rs::WINDOWS_1252,
                });
            }
            // FORMAT and XF.
            0x041e => {
                let id = r.u16()?;
                let code = if self.unicode { self.long(r)? } else { self.short(r)? };
                self.codes.insert(u32::from(id), code);
            }
            0x00e0 => {
                r.skip(2)?;
                self.styles.push(u32::from(r.u16()?));
            }
            // BOUNDSHEET.
            0x0085 => {
                let at = r.u32()? as usize;
                let hidden = r.u8()? & 3 != 0;
                r.skip(1)?;
                let name = self.short(r)?;
                self.sheets.insert(at, (name, range, hidden));
            }
            // NAME: one that a person gave has its letters right after the head.
            0x0018 => {
                let flags = r.u16()?;
                r.skip(1)?;
                let length = usize::from(r.u8()?);
                r.skip(10)?;
                let name = if self.unicode { r.unicode(length)? } else { r.bytes(length, self.encoding)? };
                if flags & 0x20 == 0 {
                    self.beside.push(("Defined name: ", name, range));
                }
            }
            // LABELSST, LABEL, RSTRING.
            0x00fd => {
                let at = self.place(r)?.0;
                let string = self.strings.get(r.u32()? as usize)?;
                self.cells.insert(at, (string.0.clone(), string.1.clone(), None));
            }
            0x0204 | 0x00d6 => {
                let at = self.place(r)?.0;
                let text = self.long(r)?;
                self.cells.insert(at, (text.into(), range, None));
            }
            // NUMBER, RK, MULRK.
            0x0203 => {
                let (at, style) = self.place(r)?;
                self.number(at, style, r.f64()?, range);
            }
            0x027e => {
                let (at, style) = self.place(r)?;
                self.number(at, style, rk(r.u32()?), range);
            }
            0x00bd => {
                let (row, mut column) = (r.u16()?, r.u16()?);
                for _ in 0..record.body().len().saturating_sub(6) / 6 {
                    let (style, value, start) = (r.u16()?, r.u32()?, r.at - 4);
                    self.number((row, column), style, rk(value), start..start + 4);
                    column = column.checked_add(1)?;
                }
            }
            // FORMULA: its value as it was last computed; a string follows in a record of its own.
            0x0006 => {
                let (at, style) = self.place(r)?;
                let value = *record.body().get(6..)?.first_chunk::<8>()?;
                match value {
                    [0, .., 0xff, 0xff] => self.pending = Some(at),
                    [1, _, truth, .., 0xff, 0xff] => {
                        self.cells.insert(at, (if truth == 0 { "FALSE" } else { "TRUE" }.into(), range, None));
                    }
                    [.., 0xff, 0xff] => {}
                    _ => self.number(at, style, f64::from_le_bytes(value), range),
                }
            }
            0x0207 => {
                if let Some(at) = self.pending.take() {
                    let text = self.long(r)?;
                    self.cells.insert(at, (text.into(), range, None));
                }
            }
            _ => {}
        }
        Some(())
    }

    /// Row, column and style of a cell.
    fn place(&self, r: &mut Reader<'_>) -> Option<((u16, u16), u16)> {
        Some(((r.u16()?, r.u16()?), r.u16()?))
    }

    fn number(&mut self, at: (u16, u16), style: u16, value: f64, range: Range<usize>) {
        let id = self.styles.get(usize::from(style)).copied().unwrap_or(0);
        let code = self.codes.get(&id).map(String::as_str).or_else(|| built_in(id)).unwrap_or_default();
        let (text, entity) = show(value, code, self.since_1904);
        self.cells.insert(at, (text.into(), range, entity));
    }

    /// The table of strings.
    fn shared(&mut self, r: &mut Reader<'_>) -> Option<()> {
        r.skip(4)?;
        for _ in 0..r.u32()? {
            let start = r.at;
            let text = self.long(r)?;
            self.strings.push((text.into(), start..r.at.max(start)));
        }
        Some(())
    }

    /// A string with its length in two bytes, or in one.
    fn long(&self, r: &mut Reader<'_>) -> Option<String> {
        let count = usize::from(r.u16()?);
        if self.unicode { r.unicode(count) } else { r.bytes(count, self.encoding) }
    }

    fn short(&self, r: &mut Reader<'_>) -> Option<String> {
        let count = usize::from(r.u8()?);
        if self.unicode { r.unicode(count) } else { r.bytes(count, self.encoding) }
    }

    /// Writes the cells of a sheet in their order, and what stands beside them.
    fn end_sheet(&mut self, draft: &mut Draft) -> Result<(), ReadError> {
        let mut sheet = Sheet::default();
        let mut last = None;
        for ((row, column), (text, range, entity)) in std::mem::take(&mut self.cells) {
            if last.is_some_and(|last| last != row) {
                sheet.end_row(draft)?;
            }
            last = Some(row);
            if text.trim().is_empty() {
                continue;
            }
            sheet.begin_cell(draft, usize::from(column))?;
            let span = draft.shown(&text, origin(self.part, range))?;
            sheet.end_cell(usize::from(column), span);
            if let Some(entity) = entity {
                draft.field(span, entity, "number format");
            }
        }
        sheet.end_row(draft)?;
        sheet.fields(draft);
        for (label, text, range) in std::mem::take(&mut self.beside) {
            if text.chars().any(char::is_alphanumeric) {
                draft.made(label)?;
                draft.shown(&text, origin(self.part, range))?;
                draft.end_line()?;
            }
        }
        for (author, range) in std::mem::take(&mut self.authors) {
            draft.made("Comment by ")?;
            let span = draft.shown(&author, origin(self.part, range))?;
            draft.field(span, EntityType::Person, "comment author");
            draft.made("\n")?;
            draft.notes.push(Note::Comments);
        }
        Ok(())
    }
}

/// A number in four bytes (2.5.122): whole or the upper half of a float, perhaps a hundred times too large.
fn rk(bits: u32) -> f64 {
    let value = if bits & 2 != 0 { f64::from(bits.cast_signed() >> 2) } else { f64::from_bits(u64::from(bits & !3) << 32) };
    if bits & 1 != 0 { value / 100.0 } else { value }
}
