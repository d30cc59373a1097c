//! Parent's side: pages come from the confined process, go to Tesseract, and become text at their place in the record.

use std::io::Write;
use std::ops::ControlFlow;
use std::pin::pin;

use deid::{Detection, Span};
use futures_util::StreamExt;
use futures_util::stream;
use image::{DynamicImage, RgbImage};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::process::ChildStdout;

use super::tesseract::{TIME, Tesseract};
use super::tsv::Word;
use super::{Page, Scan, UNCERTAIN};
use crate::draft::Draft;
use crate::sniff::{self, Shape};
use crate::worker::Confined;
use crate::{Limits, Note, Origin, ReadError, Record, raster};

/// Pages that are read at a time at most; each takes a core and some 200 MiB.
const AT_A_TIME: usize = 4;

/// Dots per inch that a page of a PDF is drawn with.
const DPI: f64 = 300.0;

/// Longest head of a page.
const HEAD: u32 = 4096;

/// A gap between words wider than this share of their height parts cells.
const CELL_GAP: u32 = 2;

/// What goes before the pixels of a page.
#[derive(Serialize, Deserialize)]
struct Head {
    width: u32,
    height: u32,
    source: (u32, u32),
}

/// Child's side: writes these pages, each as the length of its head, its head, its pixels.
pub(crate) fn serve(bytes: &[u8], pages: &[usize], limits: &Limits, mut out: impl Write + Send) -> std::io::Result<()> {
    let mut write = |page: Result<Page, ReadError>| {
        let (head, pixels) = match page {
            Ok(page) => (Ok(Head { width: page.width, height: page.height, source: page.source }), page.pixels),
            Err(error) => (Err(error), Vec::new()),
        };
        let head = serde_json::to_vec(&head)?;
        out.write_all(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_le_bytes())?;
        out.write_all(&head)?;
        out.write_all(&pixels)?;
        out.flush()
    };
    if sniff::shape(bytes) != Ok(Shape::Pdf) {
        return pages.iter().try_for_each(|page| write(super::page(bytes, *page, limits)));
    }
    let mut written = Ok(());
    // A file that cannot be opened again has no pages: the parent misses them.
    let _ = raster::pages(bytes, limits, DPI, pages, |drawn| {
        written = write(drawn.and_then(gray));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    written
}

/// A drawn page in gray.
fn gray(page: raster::Page) -> Result<Page, ReadError> {
    let size = u32::try_from(page.width).ok().zip(u32::try_from(page.height).ok());
    let drawn = size.and_then(|(width, height)| RgbImage::from_raw(width, height, page.pixels)).ok_or(ReadError::Memory)?;
    let size = drawn.dimensions();
    Ok(super::picture::fitted(DynamicImage::from(drawn).into_luma8(), size))
}

/// The next page that the worker writes. What it says of its size is checked.
async fn next(output: &mut ChildStdout) -> Result<Page, ReadError> {
    let length = output.read_u32_le().await.map_err(|_| ReadError::Worker)?;
    if length > HEAD {
        return Err(ReadError::Worker);
    }
    let mut head = vec![0; length as usize];
    output.read_exact(&mut head).await.map_err(|_| ReadError::Worker)?;
    let Head { width, height, source } = serde_json::from_slice::<Result<Head, ReadError>>(&head).map_err(|_| ReadError::Worker)??;
    let size = u64::from(width) * u64::from(height);
    if size == 0 || size > super::picture::PAGE_PIXELS {
        return Err(ReadError::Worker);
    }
    let mut pixels = vec![0; usize::try_from(size).map_err(|_| ReadError::Memory)?];
    output.read_exact(&mut pixels).await.map_err(|_| ReadError::Worker)?;
    Ok(Page { width, height, source, pixels })
}

/// What became of a page.
enum Outcome {
    Blank,
    /// Its words, and its width and height in the pixels that their places are told in.
    Read(Vec<Word>, (u32, u32)),
    Unread(ReadError),
}

/// A page that was recognized, or was to be.
pub(crate) struct Recognized {
    /// Counted from 1.
    pub page: usize,
    /// Width and height in the pixels that boxes are told in; nothing where the page has no words.
    pub size: (u32, u32),
    /// Its part of the record's text, which may be empty.
    pub span: Span,
}

/// The record with the text of its scans, and where it stands. `progress` gets how many pages are done, and of how many.
pub(crate) async fn read(
    confined: &Confined,
    bytes: Vec<u8>,
    record: Record,
    scans: &[Scan],
    progress: &(dyn Fn(usize, usize) + Send + Sync),
) -> Result<(Record, Vec<Recognized>), ReadError> {
    let blank_without = record.text.expose().trim().is_empty();
    if confined.tesseract().is_none() {
        // Where there is text besides, the record says which pages are missing.
        return if blank_without { Err(ReadError::OcrMissing) } else { Ok((record, Vec::new())) };
    }
    let outcomes = outcomes(confined, bytes, scans.iter().map(|scan| scan.page).collect(), progress).await?;
    joined(record, scans, outcomes, &confined.limits)
}

/// The words that are recognized on these pages, each page on its own; none on one where nothing stands.
pub(crate) async fn again(confined: &Confined, bytes: Vec<u8>, pages: Vec<usize>) -> Result<Vec<Vec<Word>>, ReadError> {
    let words = |outcome| match outcome {
        Outcome::Blank => Ok(Vec::new()),
        Outcome::Read(words, _) => Ok(words),
        Outcome::Unread(error) => Err(error),
    };
    outcomes(confined, bytes, pages, &|_, _| {}).await?.into_iter().map(words).collect()
}

async fn outcomes(
    confined: &Confined,
    bytes: Vec<u8>,
    pages: Vec<usize>,
    progress: &(dyn Fn(usize, usize) + Send + Sync),
) -> Result<Vec<Outcome>, ReadError> {
    let program = confined.tesseract().ok_or(ReadError::OcrMissing)?;
    let tesseract = Tesseract { program: &program, exe: &confined.exe, args: &confined.args };
    let count = pages.len();
    let (_child, output) = confined.pages(bytes, pages).await?;
    // The worker makes a page while those before it are read, and waits where they take longer.
    let pages = stream::unfold(output, |mut output| async move {
        let page = tokio::time::timeout(TIME, next(&mut output)).await.unwrap_or(Err(ReadError::Timeout));
        Some((page, output))
    });
    let at_a_time = std::thread::available_parallelism().map_or(1, usize::from).min(AT_A_TIME);
    let read = pages.take(count).map(|page| async {
        match page {
            Ok(page) if page.pixels.iter().all(|light| Some(light) == page.pixels.first()) => Outcome::Blank,
            Ok(page) => {
                let size = page.source;
                tesseract.read(page).await.map_or_else(Outcome::Unread, |words| Outcome::Read(words, size))
            }
            Err(error) => Outcome::Unread(error),
        }
    });
    let mut read = pin!(read.buffered(at_a_time));
    let mut outcomes = Vec::new();
    progress(0, count);
    while let Some(outcome) = read.next().await {
        outcomes.push(outcome);
        progress(outcomes.len(), count);
    }
    Ok(outcomes)
}

/// Text and notes of the scans put into the record.
fn joined(record: Record, scans: &[Scan], outcomes: Vec<Outcome>, limits: &Limits) -> Result<(Record, Vec<Recognized>), ReadError> {
    let mut draft = Draft::new(limits);
    draft.notes = record.notes.into_iter().filter(|note| !matches!(note, Note::PagesWithoutText { .. })).collect();
    let (mut words, mut uncertain, mut pages, mut unread, mut problem) = (0, 0, 0, 0, ReadError::NoText);
    let (mut shifts, mut recognized) = (Vec::new(), Vec::new());
    let mut at = 0;
    for (scan, outcome) in scans.iter().zip(outcomes) {
        draft.copy(record.text.expose(), &record.source_map, at..scan.at)?;
        at = scan.at;
        let before = draft.text().len();
        let mut size = (0, 0);
        match outcome {
            Outcome::Blank => {}
            Outcome::Read(read, of) if !read.is_empty() => {
                size = of;
                lay(&read, scan.page, &mut draft)?;
                shifts.push((scan.at, draft.text().len() - before));
                pages += 1;
                words += read.len();
                uncertain += read.iter().filter(|word| word.confidence < UNCERTAIN).count();
            }
            Outcome::Read(..) => unread += 1,
            Outcome::Unread(error) => {
                unread += 1;
                problem = error;
            }
        }
        recognized.push(Recognized { page: scan.page, size, span: Span::new(before, draft.text().len()) });
    }
    draft.copy(record.text.expose(), &record.source_map, at..record.text.expose().len())?;
    let shifted = |span: Span| {
        let by: usize = shifts.iter().filter(|(at, _)| *at <= span.start).map(|(_, by)| by).sum();
        Span::new(span.start + by, span.end + by)
    };
    draft.fields.extend(record.fields.into_iter().map(|field| Detection { span: shifted(field.span), ..field }));
    draft.codes.extend(record.codes.into_iter().map(shifted));
    draft.notes.extend((pages > 0).then_some(Note::Ocr { pages }));
    draft.notes.extend((uncertain > 0).then_some(Note::OcrUncertain { words: uncertain, of: words }));
    draft.notes.extend((unread > 0).then_some(Note::PagesNotRead { count: unread }));
    if draft.text().trim().is_empty() {
        return Err(problem);
    }
    Ok((draft.finish(record.format)?, recognized))
}

/// A page's words in lines, paragraphs parted by an empty one.
fn lay(words: &[Word], page: usize, draft: &mut Draft) -> Result<(), ReadError> {
    draft.end_line()?;
    if !draft.text().is_empty() {
        draft.made("\n")?;
    }
    let mut last: Option<&Word> = None;
    for word in words {
        let [left, top, right, bottom] = word.place;
        if let Some(last) = last {
            let gap = left.saturating_sub(last.place[2]);
            let ((block, paragraph, _), (last_block, last_paragraph, _)) = (word.line, last.line);
            draft.made(match () {
                () if (block, paragraph) != (last_block, last_paragraph) => "\n\n",
                () if word.line != last.line => "\n",
                () if gap > CELL_GAP * (bottom - top) => "  ",
                () => " ",
            })?;
        }
        let confidence = word.confidence as u8;
        draft.push(&word.text, Origin::Box { page, left, top, right, bottom, confidence })?;
        last = Some(word);
    }
    draft.made("\n")
}
