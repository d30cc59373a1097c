//! PDF: glyphs with their places from an interpreter, lines rebuilt from them; form values and annotations beside.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::object::{Array, Dict, Name, Object, String as PdfString};
use hayro_interpret::hayro_syntax::page::Page;
use hayro_interpret::hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache, InterpreterSettings,
    InterpreterWarning, SoftMask, font::GlyphRun, interpret_page,
};

use deid::Span;

use crate::draft::Draft;
use crate::pdf_ink::Ink;
use crate::pdf_layout::{self, Glyph};
use crate::{Format, Limits, Note, Origin, ReadError, ccda};

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Pdf };

/// Deeply nested objects recurse in the parser.
const STACK: usize = 64 << 20;

/// How deep a form's fields nest.
const FIELD_DEPTH: usize = 16;

/// A page of fewer letters beside a picture that fills a good part of it is a scan with a line printed over it, by a fax for example.
const STAMP: usize = 400;

/// Glyphs of one page at most; a page of small print has ten thousand.
const GLYPHS: usize = 2_000_000;

pub(crate) fn read(bytes: &[u8], limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    apart(|| document(&load(bytes, limits)?, limits, draft, None))
}

/// Works on a thread of its own: a deep stack, and a panic in the parser ends the work and nothing else.
pub(crate) fn apart<T: Send, E: From<ReadError> + Send>(work: impl FnOnce() -> Result<T, E> + Send) -> Result<T, E> {
    let thread = std::thread::Builder::new().stack_size(STACK);
    std::thread::scope(|scope| match thread.spawn_scoped(scope, work) {
        Ok(running) => running.join().unwrap_or(Err(CORRUPT.into())),
        Err(_) => Err(ReadError::Memory.into()),
    })
}

/// A file that needs no password and has some pages, but not too many.
pub(crate) fn load(bytes: &[u8], limits: &Limits) -> Result<Pdf, ReadError> {
    let pdf = Pdf::new(bytes.to_vec()).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => ReadError::PasswordNeeded,
        LoadPdfError::Decryption(_) => ReadError::Encrypted,
        // A password may be asked for in a way that the parser takes for damage.
        LoadPdfError::Invalid if bytes.windows(8).any(|w| w == b"/Encrypt") => ReadError::Encrypted,
        LoadPdfError::Invalid => CORRUPT,
    })?;
    match pdf.pages().len() {
        0 => Err(CORRUPT),
        pages if pages > limits.max_pages => Err(ReadError::TooManyPages { limit: limits.max_pages }),
        _ => Ok(pdf),
    }
}

/// Gets each page as it was read.
pub(crate) type Each<'e, 'a> = &'e mut dyn FnMut(&'a Page<'a>, Seen) -> Result<(), ReadError>;

/// Reads the file into the draft. Where somebody wants to know what stands on each page, glyphs are measured too.
pub(crate) fn document<'a>(pdf: &'a Pdf, limits: &Limits, draft: &mut Draft, mut each: Option<Each<'_, 'a>>) -> Result<(), ReadError> {
    let pages = pdf.pages();
    let cache = InterpreterCache::new();
    let (mut blank, mut unreadable, mut pictures, mut small, mut attachments, mut hidden) = (0, 0, 0, 0, 0, false);
    let unread = Arc::new(AtomicUsize::new(0));
    for (index, page) in pages.iter().enumerate() {
        let counter = Arc::clone(&unread);
        let settings = InterpreterSettings {
            // A font that cannot be loaded takes its words along.
            warning_sink: Arc::new(move |warning| {
                counter.fetch_add(usize::from(matches!(warning, InterpreterWarning::UnsupportedFont)), Ordering::Relaxed);
            }),
            ..InterpreterSettings::default()
        };
        let mut context = Context::new(Affine::IDENTITY, Rect::new(-1e6, -1e6, 1e6, 1e6), &cache, pdf.xref(), settings);
        let shown = page.media_box();
        let shown = Rect::new(shown.x0, shown.y0, shown.x1, shown.y1);
        let mut collector = Collector { shown, ink: each.as_ref().map(|_| Ink::default()), ..Collector::default() };
        interpret_page(page, &mut context, &mut collector);
        if collector.glyphs.len() >= GLYPHS {
            return Err(ReadError::Bomb);
        }
        let text = pdf_layout::text(&collector.glyphs);
        unreadable += collector.unreadable;
        let origin = Origin::Page { number: index + 1 };
        let readable = text.as_str().chars().filter(|c| c.is_alphanumeric()).count();
        let mut span = Span::new(draft.text().len(), draft.text().len());
        if readable == 0 {
            blank += 1;
        }
        // A scan may come in stripes: what counts is the area of all of them.
        let large = collector.pictures > 0 && collector.covered * 4.0 >= collector.shown.area();
        // Letters that are not drawn are what somebody else recognized.
        let stamped = large && readable > 0 && readable < STAMP && collector.undrawn * 2 < readable;
        if readable > 0 {
            hidden |= collector.hidden;
            blank += usize::from(stamped);
            *if large { &mut pictures } else { &mut small } += if stamped { 0 } else { collector.pictures };
            if !draft.text().is_empty() {
                draft.end_line()?;
                draft.push("\n", origin.clone())?;
            }
            span = draft.push(text.as_str(), origin.clone())?;
        }
        // A page whose glyphs mostly do not say what they are is recognized too, beside what they say.
        if collector.drawn && readable == 0 || collector.unreadable > readable || stamped {
            draft.scan(index + 1);
        }
        attachments += annotations(page, origin, text.as_str(), draft)?;
        if let (Some(each), Some(ink)) = (each.as_mut(), collector.ink) {
            each(page, Seen { span, text, glyphs: collector.glyphs, ink })?;
        }
    }
    if let Some(catalog) = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id()) {
        attachments += beside(&catalog, draft)?;
        unread.fetch_add(xfa(&catalog, limits, draft)?, Ordering::Relaxed);
        let about = pdf.metadata();
        let described = [&about.title, &about.author, &about.subject, &about.keywords].into_iter().any(Option::is_some);
        let more = ["Metadata", "Outlines", "OpenAction"].into_iter().any(|key| catalog.contains_key(key));
        draft.notes.extend((described || more).then_some(Note::PropertiesLeftOut));
    }
    let unread = unread.load(Ordering::Relaxed);
    draft.notes.extend((blank > 0).then_some(Note::PagesWithoutText { count: blank }));
    draft.notes.extend((unreadable > 0).then_some(Note::UnreadableGlyphs { count: unreadable }));
    draft.notes.extend((pictures > 0).then_some(Note::ImagesNotRead { count: pictures }));
    draft.notes.extend((small > 0).then_some(Note::SmallImagesNotRead { count: small }));
    draft.notes.extend((attachments > 0).then_some(Note::AttachmentsNotRead { count: attachments }));
    draft.notes.extend((unread > 0).then_some(Note::PartsNotRead { count: unread }));
    draft.notes.extend(hidden.then_some(Note::HiddenText));
    Ok(())
}

/// What annotations say, where the page does not show it. Gives the number of attached files.
fn annotations(page: &Page<'_>, origin: Origin, shown: &str, draft: &mut Draft) -> Result<usize, ReadError> {
    let Some(list) = page.raw().get::<Array<'_>>("Annots") else { return Ok(0) };
    let shown = folded(shown);
    let mut attached = 0;
    for annotation in list.iter::<Dict<'_>>() {
        let is_file = annotation.get::<Name<'_>>("Subtype").is_some_and(|s| s.as_str() == "FileAttachment");
        attached += usize::from(is_file);
        let says = ["T", "Contents"].map(|key| annotation.get::<PdfString<'_>>(key).map(|s| words(&s)).unwrap_or_default());
        let [author, contents] = says;
        // A form field's name is no author, and its value is read with the form.
        let is_field = annotation.get::<Name<'_>>("Subtype").is_some_and(|s| s.as_str() == "Widget");
        let line =
            if is_field || author.trim().is_empty() || contents.trim().is_empty() { contents } else { format!("{author}: {contents}") };
        said(&line, "Annotation: ", origin.clone(), &shown, draft)?;
    }
    Ok(attached)
}

/// Form values, layers that are off, attached files. Gives the number of the latter.
fn beside(catalog: &Dict<'_>, draft: &mut Draft) -> Result<usize, ReadError> {
    if let Some(fields) = catalog.get::<Dict<'_>>("AcroForm").and_then(|form| form.get::<Array<'_>>("Fields")) {
        let shown = folded(draft.text());
        form(&fields, "", &shown, 0, draft)?;
    }
    let layers = catalog.get::<Dict<'_>>("OCProperties").and_then(|p| p.get::<Dict<'_>>("D"));
    let off = layers.is_some_and(|d| {
        d.get::<Array<'_>>("OFF").is_some_and(|off| off.raw_iter().next().is_some())
            || d.get::<Name<'_>>("BaseState").is_some_and(|s| s.as_str() == "OFF")
    });
    draft.notes.extend(off.then_some(Note::LayersNotRead));
    let names = catalog.get::<Dict<'_>>("Names").is_some_and(|names| names.contains_key("EmbeddedFiles"));
    Ok(usize::from(names || catalog.contains_key("AF")))
}

/// The values of an XFA form, whose pages may show nothing but a request to wait. Gives the number of forms that are damaged.
fn xfa(catalog: &Dict<'_>, limits: &Limits, draft: &mut Draft) -> Result<usize, ReadError> {
    let packets = match catalog.get::<Dict<'_>>("AcroForm").and_then(|form| form.get::<Object<'_>>("XFA")) {
        Some(Object::Stream(whole)) => vec![whole],
        Some(Object::Array(parts)) => {
            parts.iter::<Object<'_>>().filter_map(|part| if let Object::Stream(part) = part { Some(part) } else { None }).collect()
        }
        _ => return Ok(0),
    };
    let xml = packets.iter().map(|p| p.decoded().map(|d| decoded(&d)).unwrap_or_default()).collect::<Vec<_>>().concat();
    let document = match ccda::parse(xml.trim(), limits, Format::Pdf) {
        Ok(document) => document,
        Err(ReadError::Corrupt { .. }) => return Ok(1),
        Err(error) => return Err(error),
    };
    let shown = folded(draft.text());
    for data in document.descendants().filter(|n| n.tag_name().name() == "datasets") {
        for value in data.descendants().filter(|n| n.is_text()) {
            let name = value.parent().map(|p| p.tag_name().name()).unwrap_or_default();
            said(value.text().unwrap_or_default(), &format!("{name}: "), Origin::Path { path: "form".into() }, &shown, draft)?;
        }
    }
    Ok(0)
}

fn form(fields: &Array<'_>, above: &str, shown: &str, depth: usize, draft: &mut Draft) -> Result<(), ReadError> {
    if depth > FIELD_DEPTH {
        return Ok(());
    }
    for field in fields.iter::<Dict<'_>>() {
        let name = field.get::<PdfString<'_>>("T").map(|s| words(&s)).unwrap_or_default();
        let name = if above.is_empty() || name.is_empty() { format!("{above}{name}") } else { format!("{above}.{name}") };
        let value = match field.get::<Object<'_>>("V") {
            Some(Object::String(value)) => words(&value),
            Some(Object::Array(values)) => values.iter::<PdfString<'_>>().map(|s| words(&s)).collect::<Vec<_>>().join(", "),
            Some(Object::Stream(value)) => value.decoded().map(|d| decoded(&d)).unwrap_or_default(),
            _ => String::new(),
        };
        said(&value, &format!("{name}: "), Origin::Path { path: "form".into() }, shown, draft)?;
        if let Some(kids) = field.get::<Array<'_>>("Kids") {
            form(&kids, &name, shown, depth + 1, draft)?;
        }
    }
    Ok(())
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A line of its own for words that do not stand among the folded ones on the page already.
fn said(words: &str, label: &str, origin: Origin, shown: &str, draft: &mut Draft) -> Result<(), ReadError> {
    let words = words.trim();
    if words.is_empty() || words.len() > 3 && shown.contains(&folded(words)) {
        return Ok(());
    }
    draft.end_line()?;
    draft.push(label, origin.clone())?;
    draft.push(words, origin)?;
    draft.made("\n")
}

fn words(text: &PdfString<'_>) -> String {
    decoded(text.as_bytes())
}

/// A text string: UTF-16 or UTF-8 by its mark, else PDFDocEncoding, which is close to Windows-1252.
fn decoded(bytes: &[u8]) -> String {
    let (encoding, body) = match encoding_rs::Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, bytes.get(mark..).unwrap_or_default()),
        None => (encoding_rs::WINDOWS_1252, bytes),
    };
    encoding.decode_without_bom_handling(body).0.replace('\r', "\n").replace('\0', "")
}

/// What stands on a page.
pub(crate) struct Seen {
    /// The part of the record's text that is the text of this page; empty where the page has no words.
    pub span: Span,
    /// The page's text.
    pub text: pdf_layout::Text,
    /// Its glyphs, in the order they were drawn in.
    pub glyphs: Vec<Glyph>,
    /// Where it is drawn on, in the page's coordinates.
    pub ink: Ink,
}

/// Takes glyphs and pictures off a page.
#[derive(Default)]
struct Collector {
    glyphs: Vec<Glyph>,
    /// Where a text was drawn: its place on a grid, and its size; and which glyph it was.
    seen: HashMap<String, HashMap<(i64, i64, i64), usize>>,
    unreadable: usize,
    pictures: usize,
    /// Area of the pictures, in square points.
    covered: f64,
    /// Text that is drawn invisibly or beside the page.
    hidden: bool,
    /// Letters that are drawn invisibly.
    undrawn: usize,
    /// Whether anything is drawn, be it a line.
    drawn: bool,
    /// The page.
    shown: Rect,
    /// Where wanted.
    ink: Option<Ink>,
}

impl<'a> Device<'a> for Collector {
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        if let Some(ink) = &mut self.ink {
            ink.mask(mask.as_ref());
        }
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.drawn = true;
        if let Some(ink) = &mut self.ink {
            ink.draw_path(path, props, mode);
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.covered += props.transform.determinant().abs() * f64::from(image.width()) * f64::from(image.height());
        self.pictures += 1;
        self.drawn = true;
        if let Some(ink) = &mut self.ink {
            ink.draw_image(image, props);
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.drawn = true;
        if let Some(ink) = &mut self.ink {
            ink.paint(&props);
        }
        for glyph in run.glyphs() {
            if self.glyphs.len() >= GLYPHS {
                return;
            }
            let place = props.transform * glyph.transform();
            let advance = match &**glyph {
                hayro_interpret::font::Glyph::Outline(outline) => outline.advance_width(),
                hayro_interpret::font::Glyph::Type3(type3) => type3.advance_width(),
            };
            let start = place * Point::ZERO;
            let end = place * Point::new(f64::from(advance.unwrap_or(500.0)), 0.0);
            let size = (place * Point::new(0.0, 1000.0) - start).hypot();
            if !(start.is_finite() && end.is_finite() && size.is_finite()) {
                continue;
            }
            let text = match glyph.as_unicode() {
                Some(BfString::Char(c)) => c.to_string(),
                Some(BfString::String(s)) => s,
                None => '\u{fffd}'.to_string(),
            };
            self.undrawn += usize::from(matches!(mode, DrawMode::Invisible) && text.chars().any(char::is_alphanumeric));
            self.hidden |= !text.trim().is_empty() && (matches!(mode, DrawMode::Invisible) || !self.shown.contains(start));
            let unreadable = text == "\u{fffd}" || text.chars().any(|c| ('\u{e000}'..='\u{f8ff}').contains(&c));
            self.unreadable += usize::from(unreadable);
            let (before, next) = (self.drawn_before(&text, start, size, (end - start).hypot()), self.glyphs.len());
            if let Some(ink) = &mut self.ink {
                ink.glyph(before.unwrap_or(next), glyph, &props, mode, if unreadable { None } else { Some(&text) });
            }
            if before.is_none() {
                self.glyphs.push(Glyph { text, start: (start.x, start.y), end: (end.x, end.y), size });
            }
        }
    }
}

impl Collector {
    /// Bold is imitated by drawing twice in the same size, a hair apart. Gives the glyph that was drawn first.
    fn drawn_before(&mut self, text: &str, at: Point, size: f64, width: f64) -> Option<usize> {
        let cell = (size * 0.08).min(width * 0.25).max(0.01);
        let (x, y, size) = ((at.x / cell) as i64, (at.y / cell) as i64, (size * 4.0).round() as i64);
        let places = match self.seen.get_mut(text) {
            Some(places) => places,
            None => self.seen.entry(text.to_owned()).or_default(),
        };
        let near = |d: i64, e: i64| (x.saturating_add(d), y.saturating_add(e), size);
        let before = (-1..=1).flat_map(|d| (-1..=1).map(move |e| near(d, e))).find_map(|place| places.get(&place).copied());
        places.insert(near(0, 0), before.unwrap_or(self.glyphs.len()));
        before
    }
}
