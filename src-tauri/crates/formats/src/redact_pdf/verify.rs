//! Looks a new file through before anybody gets it, with two readers that share no code: ours, and lopdf.

use aho_corasick::AhoCorasick;
use hayro_interpret::hayro_syntax::Pdf;
use lopdf::content::Content;
use lopdf::{Dictionary, Document, Object};

use super::{
    Kept, RedactError, Trace,
    page::Block,
    write::{File, PRODUCER},
};
use crate::draft::Draft;
use crate::raster::{Brush, Page};
use crate::{Limits, pdf};

/// Shorter strings are looked for nowhere: they occur by chance.
const SHORTEST: usize = 3;

/// In compressed bytes and pixels, strings of three occur by chance as well; those of so many do not.
const SHORTEST_IN_NOISE: usize = 7;

/// What the objects of the new file may be called, and nothing else: no action, no file, no annotation, no metadata.
const KEYS: [&str; 38] = [
    "Type",
    "Pages",
    "Kids",
    "Count",
    "Parent",
    "MediaBox",
    "Resources",
    "Contents",
    "XObject",
    "Font",
    "P",
    "L",
    "g",
    "Subtype",
    "Width",
    "Height",
    "ColorSpace",
    "BitsPerComponent",
    "Filter",
    "DecodeParms",
    "Predictor",
    "Colors",
    "Columns",
    "Length",
    "Producer",
    "BaseFont",
    "Encoding",
    "FontBBox",
    "FontMatrix",
    "CharProcs",
    "Differences",
    "FirstChar",
    "LastChar",
    "Widths",
    "ToUnicode",
    "Root",
    "Info",
    "Size",
];

/// Fails where anything of what was removed is found, or anything that the file should not hold.
pub(super) fn verify(bytes: &[u8], removed: &[&str], kept: &Kept, limits: &Limits, dpi: f64) -> Result<(), RedactError> {
    let found = |trace| RedactError::Survived { found: trace };
    let search = Search::of(removed, &kept.words).map_err(found)?;
    let limits = Limits { max_input: u64::MAX, max_text: usize::MAX, ..limits.clone() };
    let file = pdf::load(bytes, &limits).map_err(|_| found(Trace::Structure))?;
    ours(&file, &search, kept, &limits, dpi).map_err(found)?;
    theirs(bytes, &search, kept).map_err(found)?;
    if search.noise(bytes) { Err(found(Trace::Bytes)) } else { Ok(()) }
}

/// What our own reader gets, and what it draws.
fn ours(file: &Pdf, search: &Search, kept: &Kept, limits: &Limits, dpi: f64) -> Result<(), Trace> {
    let mut draft = Draft::new(limits);
    pdf::document(file, limits, &mut draft, None).map_err(|_| Trace::Structure)?;
    if search.text(draft.text()) {
        return Err(Trace::Text);
    }
    if file.pages().len() != kept.pages.len() {
        return Err(Trace::Structure);
    }
    let mut brush = Brush::default();
    for (page, boxes) in file.pages().iter().zip(&kept.pages).filter(|(_, boxes)| !boxes.is_empty()) {
        let drawn = brush.draw(page, dpi);
        if !boxes.iter().enumerate().all(|(i, b)| covered(b, boxes.get(i + 1..).unwrap_or_default(), &drawn, 1)) {
            return Err(Trace::Pixels);
        }
    }
    Ok(())
}

/// Whether all pixels of a box, but for `edge` of them at its sides, have its colour, or that of a box over it. A label is as
/// grey as black and white together, and stands on a black box.
fn covered(block: &Block, over: &[Block], page: &Page, edge: usize) -> bool {
    let inner = |r: &std::ops::Range<usize>| r.start + edge..r.end.saturating_sub(edge);
    let lines = page.pixels.chunks_exact((page.width * 3).max(1)).enumerate().skip(inner(&block.y).start).take(inner(&block.y).len());
    let hidden = |x: usize, y: usize| over.iter().find(|b| b.x.contains(&x) && b.y.contains(&y));
    let (mut seen, mut light) = (0, 0);
    for (y, line) in lines {
        for (x, pixel) in line.chunks_exact(3).enumerate().skip(inner(&block.x).start).take(inner(&block.x).len()) {
            let [r, g, b] = *pixel else { return false };
            seen += 1;
            if hidden(x, y).is_some() {
                continue;
            }
            let grey = r == g && g == b;
            if !grey || !block.labelled && r != block.grey() {
                return false;
            }
            light += usize::from(r > 128);
        }
    }
    // Letters fill less than half of the line that they stand on.
    light * 2 <= seen || !block.labelled
}

/// What another reader gets: each object and each stream.
fn theirs(bytes: &[u8], search: &Search, kept: &Kept) -> Result<(), Trace> {
    let file = Document::load_mem(bytes).map_err(|_| Trace::Structure)?;
    let pages = file.get_pages();
    let ends = bytes.windows(5).filter(|w| w == b"%%EOF").count();
    if pages.len() != kept.pages.len() || ends != 1 || file.is_encrypted() {
        return Err(Trace::Structure);
    }
    let mut written = Vec::new();
    file.objects.values().try_for_each(|object| look(object, &mut written))?;
    members(&file.trailer, &mut written)?;
    // Counted over all of them: what stays may stand on any page.
    if search.bytes(&written) {
        return Err(Trace::Objects);
    }
    for (number, boxes) in pages.keys().zip(&kept.pages) {
        if search.text(&file.extract_text(&[*number]).unwrap_or_default()) {
            return Err(Trace::Text);
        }
        let page = pages.get(number).and_then(|id| picture(&file, *id)).ok_or(Trace::Structure)?;
        if search.noise(&page.pixels) {
            return Err(Trace::Objects);
        }
        // The label is not part of the image.
        let unlabelled = |b: &Block| Block { labelled: false, ..b.clone() };
        let boxes: Vec<Block> = boxes.iter().map(unlabelled).collect();
        if !boxes.iter().enumerate().all(|(i, b)| covered(b, boxes.get(i + 1..).unwrap_or_default(), &page, 0)) {
            return Err(Trace::Pixels);
        }
    }
    Ok(())
}

/// The image of a page, unpacked.
fn picture(file: &Document, page: lopdf::ObjectId) -> Option<Page> {
    let resources = file.get_dictionary(page).ok()?.get(b"Resources").ok()?.as_dict().ok()?;
    let id = resources.get(b"XObject").ok()?.as_dict().ok()?.get(b"P").ok()?.as_reference().ok()?;
    let image = file.get_object(id).ok()?.as_stream().ok()?;
    let side = |key: &[u8]| image.dict.get(key).ok()?.as_i64().ok().and_then(|v| usize::try_from(v).ok());
    let (width, height) = (side(b"Width")?, side(b"Height")?);
    let content = image.decompressed_content().ok()?;
    let pixels: Vec<u8> = if content.len() == width * height { content.iter().flat_map(|p| [*p; 3]).collect() } else { content };
    (pixels.len() == width * height * 3).then_some(Page { width, height, pixels, scale: 1.0, place: Default::default() })
}

/// Takes down every string; what has a name has to be known.
fn look(object: &Object, written: &mut Vec<u8>) -> Result<(), Trace> {
    match object {
        Object::String(text, _) => {
            written.extend_from_slice(text);
            written.push(0);
            Ok(())
        }
        Object::Array(items) => items.iter().try_for_each(|item| look(item, written)),
        Object::Dictionary(dict) => members(dict, written),
        Object::Stream(stream) => {
            members(&stream.dict, written)?;
            // Images are compared with their boxes, maps from codes to characters hold each character once.
            if stream.dict.has(b"Width") {
                return Ok(());
            }
            let content = stream.decompressed_content().map_err(|_| Trace::Structure)?;
            if content.starts_with(b"%!PS-Adobe-3.0 Resource-CMap") {
                return Ok(());
            }
            let content = Content::decode(&content).map_err(|_| Trace::Structure)?;
            content.operations.iter().flat_map(|o| &o.operands).try_for_each(|operand| look(operand, written))
        }
        _ => Ok(()),
    }
}

fn members(dict: &Dictionary, written: &mut Vec<u8>) -> Result<(), Trace> {
    for (key, value) in dict.iter() {
        let key = std::str::from_utf8(key).map_err(|_| Trace::Structure)?;
        let is_font = key.strip_prefix('T').is_some_and(|n| n.parse::<u32>().is_ok());
        if !is_font && !KEYS.contains(&key) || key == "Producer" && value.as_str().ok() != Some(PRODUCER.as_bytes()) {
            return Err(Trace::Structure);
        }
        look(value, written)?;
    }
    Ok(())
}

/// The strings that were removed, each with how often it stands among the words that stay.
struct Search {
    words: Strings,
    /// Without blanks.
    joined: Strings,
    /// Long ones in lower case, UTF-16 and hexadecimal.
    noise: AhoCorasick,
}

impl Search {
    fn of(removed: &[&str], kept: &str) -> Result<Search, Trace> {
        let folded = |fold: fn(&str) -> String| -> Vec<String> {
            let mut all: Vec<String> = removed.iter().map(|r| fold(r)).collect();
            all.retain(|r| r.chars().filter(|c| c.is_alphanumeric()).count() >= SHORTEST);
            all.sort_unstable();
            all.dedup();
            all
        };
        let (words, together) = (folded(spaced), folded(joined));
        // What every file holds is no trace: `Resources` is a word of the format.
        let empty = File::default().finish().to_ascii_lowercase();
        let keys = KEYS.concat().to_ascii_lowercase();
        let usual = |s: &String| [empty.as_slice(), keys.as_bytes()].iter().any(|t| t.windows(s.len()).any(|w| w == s.as_bytes()));
        let long = words.iter().chain(&together).filter(|s| s.len() >= SHORTEST_IN_NOISE && !usual(s));
        let hex = |s: &str| s.bytes().flat_map(|b| format!("{b:02x}").into_bytes()).collect::<Vec<u8>>();
        let forms = long.flat_map(|s| {
            let wide = |bytes: fn(u16) -> [u8; 2]| s.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
            [s.clone().into_bytes(), wide(u16::to_be_bytes), wide(u16::to_le_bytes), hex(s)]
        });
        // In hexadecimal a capital is another string.
        let as_written =
            removed.iter().map(|r| r.split_whitespace().collect::<Vec<_>>().join(" ")).filter(|r| r.len() >= SHORTEST_IN_NOISE);
        let forms = forms.chain(as_written.map(|r| hex(&r)));
        let noise = AhoCorasick::new(forms).map_err(|_| Trace::Structure)?;
        Ok(Search { words: Strings::of(words, &spaced(kept))?, joined: Strings::of(together, &joined(kept))?, noise })
    }

    /// Whether a text holds more than what stays.
    fn text(&self, text: &str) -> bool {
        self.words.more_in(&spaced(text)) || self.joined.more_in(&joined(text))
    }

    /// The same of bytes, in each way to write a character, and in hexadecimal.
    fn bytes(&self, bytes: &[u8]) -> bool {
        let wide = |from: usize, unit: fn([u8; 2]) -> u16| -> String {
            let pairs = bytes.get(from..).unwrap_or_default().chunks_exact(2).filter_map(|p| p.first_chunk::<2>());
            char::decode_utf16(pairs.map(|p| unit(*p))).map(|c| c.unwrap_or('\0')).collect()
        };
        let latin: String = bytes.iter().map(|b| char::from(*b)).collect();
        let units =
            [(0, u16::from_be_bytes as fn([u8; 2]) -> u16), (1, u16::from_be_bytes), (0, u16::from_le_bytes), (1, u16::from_le_bytes)];
        self.text(&latin)
            || self.text(&String::from_utf8_lossy(bytes))
            || units.into_iter().any(|(from, unit)| self.text(&wide(from, unit)))
            || unhexed(bytes).iter().any(|b| self.text(&String::from_utf8_lossy(b)))
    }

    /// The same of bytes that are as good as random: only what cannot be chance.
    fn noise(&self, bytes: &[u8]) -> bool {
        self.noise.is_match(&bytes.to_ascii_lowercase())
    }
}

/// Strings to look for, and how often each is allowed.
struct Strings {
    find: AhoCorasick,
    allowed: Vec<usize>,
}

impl Strings {
    fn of(strings: Vec<String>, kept: &str) -> Result<Strings, Trace> {
        let mut all = Strings { find: AhoCorasick::new(&strings).map_err(|_| Trace::Structure)?, allowed: Vec::new() };
        all.allowed = all.count(kept);
        Ok(all)
    }

    fn count(&self, text: &str) -> Vec<usize> {
        let mut counts = vec![0; self.find.patterns_len()];
        for found in self.find.find_overlapping_iter(text) {
            counts.iter_mut().skip(found.pattern().as_usize()).take(1).for_each(|c| *c += 1);
        }
        counts
    }

    fn more_in(&self, text: &str) -> bool {
        self.count(text).iter().zip(&self.allowed).any(|(found, allowed)| found > allowed)
    }
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn joined(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_lowercase()
}

/// Runs of hexadecimal digits, as the bytes they stand for, from either digit on.
fn unhexed(bytes: &[u8]) -> Vec<Vec<u8>> {
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    let runs = bytes.split(|b| digit(*b).is_none()).filter(|run| run.len() >= 2 * SHORTEST);
    let decode = |run: &[u8]| {
        run.chunks_exact(2)
            .filter_map(|p| p.first_chunk::<2>())
            .map(|[a, b]| digit(*a).unwrap_or(0) << 4 | digit(*b).unwrap_or(0))
            .collect()
    };
    runs.flat_map(|run| [decode(run), decode(run.get(1..).unwrap_or_default())]).collect()
}

#[cfg(test)]
mod tests {
    use hayro_interpret::kurbo::Point;

    use super::super::page::{Layout, Word};
    use super::*;

    const REMOVED: [&str; 2] = ["Maria  Lopez", "1961"];

    fn block() -> Block {
        Block { x: 20..60, y: 20..40, removed: true, labelled: false }
    }

    /// A page of 200 by 100 points with a box, painted or not, and these words.
    fn made(painted: bool, words: &[&str]) -> Vec<u8> {
        let mut page = Page { width: 200, height: 100, pixels: vec![255; 200 * 100 * 3], scale: 1.0, place: Default::default() };
        if painted {
            block().paint(&mut page);
        }
        let word = |(i, text): (usize, &&str)| {
            let (from, to) = (Point::new(10.0 + 60.0 * i as f64, 30.0), Point::new(60.0 + 60.0 * i as f64, 30.0));
            Word { text: (*text).to_owned(), from, to, size: 10.0, drawn: false, blank: true }
        };
        let mut file = File::default();
        file.page(&page, &Layout { boxes: vec![block()], words: words.iter().enumerate().map(word).collect() });
        file.finish()
    }

    fn found(bytes: &[u8], words: &str) -> Option<Trace> {
        let kept = Kept { pages: vec![vec![block()]], words: words.to_owned() };
        match verify(bytes, &REMOVED, &kept, &Limits::default(), 72.0) {
            Ok(()) => None,
            Err(RedactError::Survived { found }) => Some(found),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_file_as_it_should_be_passes_and_may_hold_what_stays_elsewhere() {
        assert_eq!(found(&made(true, &["some", "words"]), "some words"), None);
        assert_eq!(found(&made(true, &["since", "1961"]), "since 1961"), None);
    }

    #[test]
    fn words_that_should_be_gone_are_found_in_the_text_and_in_the_objects() {
        for words in [&["Maria", "Lopez"][..], &["MARIA", "LOPEZ"], &["MariaLopez"], &["in 1961"], &["1961", "1961"]] {
            assert_eq!(found(&made(true, words), "since 1961 or earlier").is_some(), words != ["in 1961"], "{words:?}");
            assert!(found(&made(true, words), "").is_some(), "{words:?}");
        }
        let search = Search::of(&REMOVED, "").unwrap();
        let wide = |unit: fn(u16) -> [u8; 2]| "MARIA LOPEZ".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        for bytes in [b"maria lopez".to_vec(), b"\x00x4d61726961204c6f70657a".to_vec(), wide(u16::to_be_bytes), wide(u16::to_le_bytes)] {
            assert!(search.bytes(&bytes) && search.bytes(&[b"x", bytes.as_slice()].concat()) && search.noise(&bytes), "{bytes:?}");
        }
        assert!(!search.bytes(b"maria and lopez") && !search.noise(b"1961"), "four digits are chance in bytes");
    }

    #[test]
    fn a_box_that_is_not_opaque_is_found() {
        assert_eq!(found(&made(false, &[]), ""), Some(Trace::Pixels));
        let mut page = Page { width: 200, height: 100, pixels: vec![255; 200 * 100 * 3], scale: 1.0, place: Default::default() };
        block().paint(&mut page);
        assert!(covered(&block(), &[], &page, 0));
        // One pixel, one step of one colour.
        page.pixels[(30 * 200 + 40) * 3] = 1;
        assert!(!covered(&block(), &[], &page, 0));
    }

    #[test]
    fn more_than_pages_is_found() {
        let good = made(true, &[]);
        let with = |tail: &str| [good.as_slice(), tail.as_bytes()].concat();
        assert_eq!(found(&with("% for Maria Lopez\n"), ""), Some(Trace::Bytes));
        assert_eq!(found(&with("% another revision\n%%EOF\n"), ""), Some(Trace::Structure));
        let text = |from: &[u8], to: &[u8]| {
            let at = good.windows(from.len()).position(|w| w == from).unwrap();
            let mut changed = good.clone();
            changed[at..at + to.len()].copy_from_slice(to);
            changed
        };
        assert_eq!(found(&text(b"/Producer", b"/Creators"), ""), Some(Trace::Structure));
        assert_eq!(found(&text(b"(Cordon)", b"(Carbon)"), ""), Some(Trace::Structure));
        assert_eq!(found(b"%PDF-1.7 nothing", ""), Some(Trace::Structure));
    }
}
