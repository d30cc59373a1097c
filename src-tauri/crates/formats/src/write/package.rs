//! Office packages (ECMA-376, part 2): parts go, change or stay as the bytes they are; relationships and content types follow.

use std::io::{Cursor, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::charset::{self, Charset};
use super::ground::Change;
use super::xml::{Kind, Xml};
use super::{Splice, WriteError, WriteNote, settle};
use crate::{Format, Limits, Origin, ReadError, Record, Stretch, decode};

/// Empty pictures of one point, by the end of the name; the last is for every other kind.
const BLANK: &[(&[&str], &str)] = &[
    (&["gif"], "R0lGODdhAQABAIEAAP///wAAAAAAAAAAACwAAAAAAQABAAAIBAABBAQAOw=="),
    (&["bmp", "dib"], "Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAADEDgAAxA4AAAAAAAAAAAAA////AA=="),
    (
        &["tif", "tiff"],
        "SUkqAAgAAAAIAAABBAABAAAAAQAAAAEBBAABAAAAAQAAAAMBAwABAAAAAQAAAAYBAwABAAAAAQAAABEBBAABAAAAbgAAABYBBAABAAAAAQAAABcBBAABAAAAAQAAABwBAwABAAAAAQAAAAAAAACA",
    ),
    (
        &["jpg", "jpeg", "jpe"],
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDACgcHiMeGSgjISMtKygwPGRBPDc3PHtYXUlkkYCZlo+AjIqgtObDoKrarYqMyP/L2u71////m8H////6/+b9//j/wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAABf/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AZf/Z",
    ),
    (
        &["emf"],
        "AQAAAFgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAAAAAQAAACBFTUYAAAEAbAAAAAIAAAABAAAAAAAAAAAAAAAAAAAAAQAAAAEAAAABAAAAAQAAAA4AAAAUAAAAAAAAABAAAAAUAAAA",
    ),
    (&["wmf"], "AQAJAAADDAAAAAAAAwAAAAAAAwAAAAAA"),
    (&["svg"], "PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciLz4="),
    (&["png"], "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg=="),
];

/// Kinds of pictures without an empty one of their own: they get the last of those, since programs look at the content.
const PICTURES: &[&str] = &["webp", "wdp", "jxr", "pct", "pict", "emz", "wmz", "heic", "avif"];

/// Parts that only say something about the file, by the start of their names. No other part names them by their relationship.
const ASIDE: &[&str] = &[
    "docprops/thumbnail",
    "docmetadata/",
    "customxml/",
    "_xmlsignatures/",
    "[trash]/",
    "word/people",
    "word/vba",
    "xl/vba",
    "ppt/vba",
    // The order of computing, which would name cells that compute no more.
    "xl/calcchain",
    "xl/revisions/",
    "xl/usernames",
    "ppt/tags/",
    "thumbnails/",
    "configurations2/",
    "layout-cache",
    "meta-inf/documentsignatures",
    "meta-inf/macrosignatures",
    "basic/",
    "scripts/",
    "versionlist.xml",
    "versions/",
    "manifest.rdf",
];

/// Properties: the root stays, what it holds goes.
const PROPERTIES: &[&str] = &["docprops/core", "docprops/app", "docprops/custom"];

/// What becomes of a part.
enum Fate {
    Stays,
    Becomes(Vec<u8>),
    Goes,
}

/// The archive's parts, at most as many and as large as the limits say.
pub(super) struct Parts<'b> {
    archive: ZipArchive<Cursor<&'b [u8]>>,
    left: u64,
}

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Docx };

impl<'b> Parts<'b> {
    pub fn of(bytes: &'b [u8], limits: &Limits) -> Result<Self, ReadError> {
        let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| CORRUPT)?;
        if archive.len() > limits.max_entries {
            return Err(ReadError::Bomb);
        }
        Ok(Self { archive, left: limits.max_unpacked })
    }

    pub fn len(&self) -> usize {
        self.archive.len()
    }

    /// Whether an entry has a comment or fields beside the usual ones.
    fn says_more(&mut self, index: usize) -> Result<bool, ReadError> {
        let entry = self.archive.by_index_raw(index).map_err(|_| CORRUPT)?;
        Ok(!entry.comment_raw().is_empty() || entry.extra_data().is_some_and(|extra| !extra.is_empty()))
    }

    /// A part's name and bytes; of a folder, there are none.
    pub fn part(&mut self, index: usize) -> Result<(String, Vec<u8>), ReadError> {
        let entry = self.archive.by_index(index).map_err(|_| CORRUPT)?;
        let name = entry.name().map_err(|_| CORRUPT)?.into_owned();
        let mut bytes = Vec::new();
        entry.take(self.left + 1).read_to_end(&mut bytes).map_err(|_| CORRUPT)?;
        self.left = self.left.checked_sub(bytes.len() as u64).ok_or(ReadError::Bomb)?;
        Ok((name, bytes))
    }
}

/// Edits of a part, and what else goes from it.
pub(super) type Done = (Vec<Splice>, Vec<Splice>);

/// The package with the changes made; `part` says what changes in one that is XML.
pub(super) fn write(
    bytes: &[u8],
    limits: &Limits,
    record: &Record,
    changes: &[(Stretch, Vec<Change>)],
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
    mut part: impl FnMut(&str, &Xml<'_>, &[(Stretch, Vec<Change>)]) -> Result<Done, WriteError>,
) -> Result<Vec<u8>, WriteError> {
    let mut count = Counts::default();
    let written = rewrite(bytes, limits, |name, content| {
        if let Some(fate) = common(name, &content, keep_unread, &mut count) {
            return Ok(fate);
        }
        // A part that the reader leaves alone may be in any character set.
        let text = if content.is_empty() { String::new() } else { decode::decode(&content, &mut Vec::new())? };
        let (mut splices, gone) = if name.ends_with(".rels") {
            (Vec::new(), relationships(name, &text, keep_unread))
        } else if name == "[Content_Types].xml" {
            (content_types(&text, keep_unread), Vec::new())
        } else if record.format == Format::OpenDocument && name == "META-INF/manifest.xml" {
            (manifest(&text, keep_unread), Vec::new())
        } else {
            let of_part = |origin: &Origin| matches!(origin, Origin::Part { name: part, .. } if part == name);
            let own: Vec<_> = changes.iter().filter(|(stretch, _)| of_part(&stretch.origin)).cloned().collect();
            part(name, &Xml::new(&text), &own)?
        };
        count.unseen += gone.len();
        splices.extend(gone);
        spliced(&content, &text, splices)
    })?;
    notes.extend(count.notes());
    Ok(written)
}

/// The package anew: parts by their fate, in their order.
fn rewrite(bytes: &[u8], limits: &Limits, mut fate: impl FnMut(&str, Vec<u8>) -> Result<Fate, WriteError>) -> Result<Vec<u8>, WriteError> {
    let mut parts = Parts::of(bytes, limits)?;
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..parts.len() {
        let (name, content) = parts.part(index)?;
        let anew = parts.says_more(index)?.then(|| content.clone());
        let fate = match (fate(&name, content)?, anew) {
            (Fate::Stays, Some(content)) => Fate::Becomes(content),
            (fate, _) => fate,
        };
        match fate {
            Fate::Goes => {}
            // When it was saved, and what was written beside it, is left behind.
            Fate::Stays => {
                let entry = parts.archive.by_index_raw(index).map_err(|_| CORRUPT)?;
                out.raw_copy_file_touch(entry, DateTime::default(), None).map_err(|_| CORRUPT)?;
            }
            Fate::Becomes(content) => {
                let method = parts.archive.by_index_raw(index).map_err(|_| CORRUPT)?.compression();
                let method = if method == CompressionMethod::Stored { method } else { CompressionMethod::Deflated };
                out.start_file(name, SimpleFileOptions::default().compression_method(method)).map_err(|_| CORRUPT)?;
                out.write_all(&content).map_err(|_| CORRUPT)?;
            }
        }
    }
    Ok(out.finish().map_err(|_| CORRUPT)?.into_inner())
}

/// The fate of a part that is the same in every kind of package; none where the kind has to say it.
fn common(name: &str, bytes: &[u8], keep_unread: bool, count: &mut Counts) -> Option<Fate> {
    let lower = name.to_ascii_lowercase();
    let kind = lower.rsplit_once('.').map_or("", |(_, kind)| kind);
    let is_xml = matches!(kind, "xml" | "rels" | "vml");
    if gone(&lower, keep_unread) {
        count.unseen += 1;
        return Some(Fate::Goes);
    }
    if lower.ends_with('/') {
        return Some(Fate::Stays);
    }
    if PROPERTIES.iter().any(|start| lower.starts_with(start)) || lower == "meta.xml" || lower.ends_with("/meta.xml") {
        count.unseen += 1;
        return Some(Fate::Becomes(emptied(bytes)));
    }
    if lower.contains("/printersettings/") {
        count.unseen += 1;
        return Some(Fate::Becomes(Vec::new()));
    }
    let blank = BLANK.iter().find(|(kinds, _)| kinds.contains(&kind)).or(BLANK.last().filter(|_| PICTURES.contains(&kind)));
    if let Some((_, blank)) = blank {
        if keep_unread {
            return Some(Fate::Stays);
        }
        count.images += 1;
        return Some(Fate::Becomes(STANDARD.decode(blank).unwrap_or_default()));
    }
    // Fonts are no one's words, and neither is the kind of an OpenDocument file.
    if matches!(kind, "odttf" | "ttf" | "otf" | "fntdata") || lower == "mimetype" || !is_xml && keep_unread {
        return Some(Fate::Stays);
    }
    if !is_xml {
        count.unread += 1;
        return Some(Fate::Becomes(Vec::new()));
    }
    None
}

/// What was taken out on the way.
#[derive(Default)]
struct Counts {
    images: usize,
    unread: usize,
    unseen: usize,
}

impl Counts {
    fn notes(self) -> Vec<WriteNote> {
        let note = |count: usize, note: WriteNote| (count > 0).then_some(note);
        [
            note(self.images, WriteNote::ImagesReplaced { count: self.images }),
            note(self.unread, WriteNote::UnreadRemoved { count: self.unread }),
            note(self.unseen, WriteNote::UnseenRemoved { count: self.unseen }),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Whether a part goes. Imported documents do, since an empty one would be damage.
fn gone(name: &str, keep_unread: bool) -> bool {
    let name = name.to_ascii_lowercase();
    ASIDE.iter().any(|start| name.starts_with(start)) || !keep_unread && name.contains("/afchunk")
}

/// The root of an XML part, without what it holds.
fn emptied(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes);
    let xml = Xml::new(&text);
    let root = xml.tokens.iter().enumerate().find_map(|(i, t)| match &t.kind {
        Kind::Open { name, attributes, .. } => Some((i, name, attributes)),
        _ => None,
    });
    let Some((index, name, attributes)) = root else { return Vec::new() };
    let spaces = attributes.iter().filter(|a| xml.of(&a.name).starts_with("xmlns")).map(|a| xml.of(&a.whole)).collect::<String>();
    let head =
        xml.tokens.get(..index).unwrap_or_default().iter().map(|t| xml.of(&t.at)).filter(|t| t.starts_with("<?xml ")).collect::<String>();
    format!("{head}<{}{spaces}/>", xml.of(name)).into_bytes()
}

/// Relationships: those to parts that went go, links out of the package lead nowhere.
fn relationships(name: &str, text: &str, keep_unread: bool) -> Vec<Splice> {
    let folder = name.rsplit_once("_rels/").map_or("", |(folder, _)| folder);
    let xml = Xml::new(text);
    let mut out = Vec::new();
    for token in &xml.tokens {
        let Kind::Open { attributes, .. } = &token.kind else { continue };
        let find = |name: &str| attributes.iter().find(|a| xml.of(&a.name) == name);
        let Some(target) = find("Target") else { continue };
        let said = xml.of(&target.value);
        if find("TargetMode").is_some_and(|mode| xml.of(&mode.value) == "External") {
            if said != "about:blank" {
                out.push(Splice { at: target.value.clone(), with: "about:blank".into() });
            }
        } else if gone(&resolved(folder, said), keep_unread) {
            out.push(Splice { at: token.at.clone(), with: String::new() });
        }
    }
    out
}

/// Content types of parts that went go.
fn content_types(text: &str, keep_unread: bool) -> Vec<Splice> {
    let xml = Xml::new(text);
    let part = |attributes: &[super::xml::Attribute]| attributes.iter().find(|a| xml.of(&a.name) == "PartName").map(|a| xml.of(&a.value));
    let named = xml.tokens.iter().filter_map(|token| match &token.kind {
        Kind::Open { attributes, .. } => Some((token, part(attributes)?)),
        _ => None,
    });
    named
        .filter(|(_, part)| gone(part.trim_start_matches('/'), keep_unread))
        .map(|(token, _)| Splice { at: token.at.clone(), with: String::new() })
        .collect()
}

/// The list of an OpenDocument file, without the parts that went.
fn manifest(text: &str, keep_unread: bool) -> Vec<Splice> {
    let xml = Xml::new(text);
    let entry = |token: &super::xml::Token| match &token.kind {
        Kind::Open { attributes, .. } => attributes.iter().find(|a| xml.local(&a.name) == "full-path").map(|a| xml.of(&a.value)),
        _ => None,
    };
    let goes = |token: &&super::xml::Token| entry(token).is_some_and(|path| gone(path, keep_unread));
    xml.tokens.iter().filter(goes).map(|token| Splice { at: token.at.clone(), with: String::new() }).collect()
}

/// A relationship's target as the name of a part.
fn resolved(folder: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = folder.split('/').filter(|s| !s.is_empty()).collect();
    for step in target.split('/') {
        match step {
            ".." => drop(path.pop()),
            "." | "" => {}
            step => path.push(step),
        }
    }
    path.join("/")
}

/// A part's text with splices, in its own character set.
fn spliced(bytes: &[u8], text: &str, splices: Vec<Splice>) -> Result<Fate, WriteError> {
    let splices = settle(splices);
    if splices.is_empty() {
        return Ok(Fate::Stays);
    }
    let (bytes, _) = Charset::of(bytes).encode(text, &splices, charset::numeric)?;
    Ok(Fate::Becomes(bytes))
}

#[cfg(test)]
mod tests {
    use super::super::splice;
    use super::*;

    #[test]
    fn relations_to_what_went_go_and_links_lead_nowhere() {
        let text = r#"<Relationships><Relationship Id="r1" Target="../customXml/item1.xml"/><Relationship Id="r2" Target="styles.xml"/><Relationship Id="r3" Target="mailto:ana@example.com" TargetMode="External"/></Relationships>"#;
        let done = splice(text, &settle(relationships("word/_rels/document.xml.rels", text, false)));
        assert_eq!(
            done,
            r#"<Relationships><Relationship Id="r2" Target="styles.xml"/><Relationship Id="r3" Target="about:blank" TargetMode="External"/></Relationships>"#
        );
        assert_eq!(resolved("word/", "/docProps/a.xml"), "docProps/a.xml");
        let core = "<?xml version=\"1.0\"?>\n<cp:core xmlns:cp=\"urn:x\" lang=\"Ana\"><dc>Ana</dc></cp:core>";
        assert_eq!(emptied(core.as_bytes()), b"<?xml version=\"1.0\"?><cp:core xmlns:cp=\"urn:x\"/>");
        for (_, blank) in BLANK {
            assert!(!STANDARD.decode(blank).unwrap().is_empty());
        }
    }
}
