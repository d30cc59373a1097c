//! The new file: an image for each page, and over it the words, invisible but for the labels.

use std::collections::HashMap;
use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};
use pdf_writer::types::{Predictor, SystemInfo, TextRenderingMode, UnicodeCmap};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::page::{DRAWN_WIDTH, Layout, UNSEEN_WIDTH, Word};
use crate::raster::Page;

/// Objects of every file.
const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const ABOUT: Ref = Ref::new(3);
const FONTS: Ref = Ref::new(4);
const LABELS: Ref = Ref::new(5);
const BLANK: Ref = Ref::new(6);
const FIRST: i32 = 7;

/// The one thing that the file says of itself.
pub(super) const PRODUCER: &str = "Cordon";

/// Codes of the fonts after the first.
const CODES: std::ops::RangeInclusive<u8> = b'!'..=b'~';

/// A file in the making.
pub(super) struct File {
    out: Pdf,
    next: i32,
    pages: Vec<Ref>,
    letters: Letters,
}

impl Default for File {
    fn default() -> Self {
        Self { out: Pdf::new(), next: FIRST, pages: Vec::new(), letters: Letters::default() }
    }
}

impl File {
    fn fresh(&mut self) -> Ref {
        self.next += 1;
        Ref::new(self.next - 1)
    }

    pub fn page(&mut self, drawn: &Page, layout: &Layout) {
        let (id, image, content) = (self.fresh(), self.fresh(), self.fresh());
        self.pages.push(id);
        self.image(image, drawn);
        let size = [drawn.width, drawn.height].map(|side| (side as f64 / drawn.scale) as f32);
        let [width, height] = size;
        let packed = packed(&self.content(size, &layout.words));
        self.out.stream(content, &packed).filter(Filter::FlateDecode);
        let mut page = self.out.page(id);
        page.parent(PAGES).media_box(Rect::new(0.0, 0.0, width, height)).contents(content);
        let mut resources = page.resources();
        resources.x_objects().pair(Name(b"P"), image);
        resources.pair(Name(b"Font"), FONTS);
    }

    /// Grey where all of it is grey; nothing is lost.
    fn image(&mut self, id: Ref, page: &Page) {
        let grey = page.pixels.chunks_exact(3).all(|p| matches!(p, [r, g, b] if r == g && g == b));
        let (channels, pixels) = if grey { (1, page.pixels.iter().step_by(3).copied().collect()) } else { (3, page.pixels.clone()) };
        let line = page.width * channels;
        // Text packs best as it is, pictures as differences between lines.
        let (plain, differences) = (packed(&pixels), packed(&above(&pixels, line)));
        let differ = differences.len() < plain.len();
        let mut image = self.out.image_xobject(id, if differ { &differences } else { &plain });
        image.width(page.width as i32).height(page.height as i32).bits_per_component(8).filter(Filter::FlateDecode);
        if grey {
            image.color_space().device_gray()
        } else {
            image.color_space().device_rgb()
        }
        if differ {
            image.decode_parms().predictor(Predictor::PngUp).colors(channels as i32).bits_per_component(8).columns(page.width as i32);
        }
    }

    fn content(&mut self, [width, height]: [f32; 2], words: &[Word]) -> Vec<u8> {
        let mut content = Content::new();
        content.save_state().transform([width, 0.0, 0.0, height, 0.0, 0.0]).x_object(Name(b"P")).restore_state();
        content.begin_text().set_fill_gray(1.0);
        for (i, word) in words.iter().enumerate() {
            self.word(&mut content, word);
            let blank = word.blank.then(|| words.get(i + 1).and_then(|next| blank(word, next))).flatten();
            blank.iter().for_each(|blank| self.word(&mut content, blank));
        }
        content.end_text();
        content.finish().to_vec()
    }

    fn word(&mut self, content: &mut Content, word: &Word) {
        let size = word.size.max(0.1) as f32;
        let letters = word.text.chars().count() as f64;
        let along = word.to - word.from;
        let (length, width) = (along.hypot(), if word.drawn { DRAWN_WIDTH } else { UNSEEN_WIDTH });
        let (cos, sin) = if length > 0.0 { ((along.x / length) as f32, (along.y / length) as f32) } else { (1.0, 0.0) };
        let mode = if word.drawn { TextRenderingMode::Fill } else { TextRenderingMode::Invisible };
        content.set_text_rendering_mode(mode);
        content.set_horizontal_scaling((100.0 * length / (letters * width * f64::from(size))).clamp(0.01, 10_000.0) as f32);
        content.set_text_matrix([cos, sin, -sin, cos, word.from.x as f32, word.from.y as f32]);
        if word.drawn {
            content.set_font(Name(b"L"), size).show(Str(word.text.as_bytes()));
            return;
        }
        let codes: Vec<(usize, u8)> = word.text.chars().map(|c| self.letters.code(c)).collect();
        for run in codes.chunk_by(|a, b| a.0 == b.0) {
            let Some((font, _)) = run.first() else { continue };
            let bytes: Vec<u8> = run.iter().map(|(_, code)| *code).collect();
            content.set_font(Name(format!("T{font}").as_bytes()), size).show(Str(&bytes));
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.out.catalog(CATALOG).pages(PAGES);
        let count = i32::try_from(self.pages.len()).unwrap_or(i32::MAX);
        self.out.pages(PAGES).kids(self.pages.iter().copied()).count(count);
        self.out.document_info(ABOUT).producer(TextStr(PRODUCER));
        // One of the fonts that every reader has.
        self.out.type1_font(LABELS).base_font(Name(b"Courier-Bold")).encoding_predefined(Name(b"WinAnsiEncoding"));
        self.out.stream(BLANK, b"500 0 0 -250 500 750 d1");
        let fonts: Vec<(Ref, Ref)> = (0..self.letters.fonts.len()).map(|_| (self.fresh(), self.fresh())).collect();
        for ((font, map), letters) in fonts.iter().zip(&self.letters.fonts) {
            unseen(&mut self.out, *font, *map, letters);
        }
        let mut dict = self.out.indirect(FONTS).dict();
        dict.pair(Name(b"L"), LABELS);
        for (i, (font, _)) in fonts.iter().enumerate() {
            dict.pair(Name(format!("T{i}").as_bytes()), *font);
        }
        dict.finish();
        self.out.finish()
    }
}

/// A font whose glyphs draw nothing, with the characters that its codes stand for.
fn unseen(out: &mut Pdf, id: Ref, map: Ref, letters: &HashMap<u8, char>) {
    let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 };
    let mut unicode = UnicodeCmap::<u8>::new(Name(b"Adobe-Identity-UCS"), system);
    let mut known: Vec<(u8, char)> = letters.iter().map(|(code, c)| (*code, *c)).collect();
    known.sort_unstable();
    known.iter().for_each(|(code, c)| unicode.pair(*code, *c));
    out.stream(map, &packed(&unicode.finish())).filter(Filter::FlateDecode);
    let mut font = out.type3_font(id);
    font.bbox(Rect::new(0.0, -250.0, 500.0, 750.0)).matrix([0.001, 0.0, 0.0, 0.001, 0.0, 0.0]);
    font.char_procs().pair(Name(b"g"), BLANK);
    font.encoding_custom().differences().consecutive(32, std::iter::repeat_n(Name(b"g"), 224));
    font.first_char(32).last_char(255).widths(std::iter::repeat_n(500.0, 224));
    font.resources();
    font.to_unicode(map);
}

/// The blank between two words of a line: readers that see none where the gap is narrow would join them.
fn blank(word: &Word, next: &Word) -> Option<Word> {
    let (along, gap) = (word.to - word.from, next.from - word.to);
    let length = along.hypot();
    let (forward, aside) = (gap.dot(along) / length, gap.cross(along) / length);
    let near = length > 0.0 && forward > 0.05 * word.size && forward < 3.0 * word.size && aside.abs() < 0.3 * word.size;
    near.then(|| Word {
        text: " ".into(),
        from: word.to,
        to: word.to + along * (forward / length),
        size: word.size,
        drawn: false,
        blank: false,
    })
}

/// Fonts for all characters that occur: the first has Latin-1 at its own codes, the others take characters as they come.
#[derive(Default)]
struct Letters {
    fonts: Vec<HashMap<u8, char>>,
    codes: HashMap<char, (usize, u8)>,
    taken: usize,
}

impl Letters {
    fn code(&mut self, c: char) -> (usize, u8) {
        if let Some(code) = self.codes.get(&c) {
            return *code;
        }
        let code = match u8::try_from(u32::from(c)) {
            Ok(latin @ (b' '..=b'~' | 0xa0..)) => (0, latin),
            _ => {
                let (font, nth) = (self.taken / CODES.len(), self.taken % CODES.len());
                self.taken += 1;
                (font + 1, CODES.clone().nth(nth).unwrap_or(b'!'))
            }
        };
        while self.fonts.len() <= code.0 {
            self.fonts.push(HashMap::new());
        }
        self.fonts.get_mut(code.0).and_then(|font| font.insert(code.1, c));
        self.codes.insert(c, code);
        code
    }
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing into memory does not fail; if it did, the inspection would find the image broken.
    let _ = packer.write_all(bytes);
    packer.finish().unwrap_or_default()
}

/// Each line as its difference to the one above (PNG filter 2).
fn above(pixels: &[u8], line: usize) -> Vec<u8> {
    let first = vec![0; line];
    let mut out = Vec::with_capacity(pixels.len() + pixels.len() / line.max(1));
    let mut over = first.as_slice();
    for row in pixels.chunks(line.max(1)) {
        out.push(2);
        out.extend(row.iter().zip(over).map(|(here, above)| here.wrapping_sub(*above)));
        over = row;
    }
    out
}
