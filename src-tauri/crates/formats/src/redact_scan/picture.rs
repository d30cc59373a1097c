//! Pictures drawn anew, of the same kind, upright, with nothing but pixels. Runs in the confined process.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::error::ImageError;
use image::{DynamicImage, ImageFormat};
use tiff::encoder::colortype::{Gray8, RGB8};
use tiff::encoder::{Compression, TiffEncoder};

use super::{Fate, Sheet, Word, outside};
use crate::write::{WriteError, WriteNote};
use crate::{Format, Limits, ReadError, Trace, ocr};

const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Image };

/// Quality of a JPEG, of 100.
const QUALITY: u8 = 90;

/// The side of what a JPEG is packed in: a box that fills whole ones has one colour once it is unpacked, and blurs nothing into itself.
const CELL: usize = 8;

/// The picture, all of its pages, with the places of removed words black and, unless `keep_unread`, everything white but the words that
/// stay.
pub(crate) fn write(
    bytes: &[u8],
    limits: &Limits,
    sheets: &[Sheet],
    keep_unread: bool,
    notes: &mut Vec<WriteNote>,
) -> Result<Vec<u8>, WriteError> {
    let kind = image::guess_format(bytes).map_err(|_| CORRUPT)?;
    let count = ocr::count(bytes, limits)?;
    if sheets.len() != count || sheets.iter().zip(1..).any(|(sheet, page)| sheet.page != page) {
        return Err(WriteError::Astray);
    }
    let mut pages = Vec::new();
    let mut places = Vec::new();
    let mut left = limits.max_memory / 4;
    for sheet in sheets {
        let mut page = ocr::upright(bytes, sheet.page, limits)?;
        left = left.checked_sub(page.as_bytes().len() as u64).ok_or(ReadError::Memory)?;
        places.push(draw(&mut page, sheet, keep_unread, if kind == ImageFormat::Jpeg { CELL } else { 1 }));
        pages.push(page);
    }
    let written = encoded(&pages, kind).map_err(|_| CORRUPT)?;
    drop(pages);
    inspect(&written, limits, &places)?;
    notes.push(WriteNote::PagesDrawn { count });
    notes.extend((!keep_unread).then_some(WriteNote::RecognizedOnly { count }));
    Ok(written)
}

/// A picture with these places of its first page burnt, in its own pixels: the way in for the fuzzer.
pub fn burnt(bytes: &[u8], limits: &Limits, places: &[[u32; 4]]) -> Result<Vec<u8>, WriteError> {
    let sheet = |page| {
        let size = ocr::upright(bytes, page, limits).map(|page| (page.width(), page.height()))?;
        let burnt = |place: &[u32; 4]| Word { text: String::new(), place: *place, fate: Fate::Burnt, blank: true };
        Ok(Sheet { page, size, words: places.iter().take(if page == 1 { places.len() } else { 0 }).map(burnt).collect() })
    };
    let sheets = (1..=ocr::count(bytes, limits)?).map(sheet).collect::<Result<Vec<_>, WriteError>>()?;
    write(bytes, limits, &sheets, true, &mut Vec::new())
}

/// Draws a page's boxes, and says where they are.
fn draw(page: &mut DynamicImage, sheet: &Sheet, keep_unread: bool, cell: usize) -> Vec<[usize; 4]> {
    let size = (page.width() as usize, page.height() as usize);
    let channels = usize::from(page.color().channel_count());
    let of = |fate: Fate| sheet.words.iter().filter(move |w| w.fate == fate).map(|w| sheet.scaled(w, size)).collect::<Vec<_>>();
    let whole = |[left, top, right, bottom]: [usize; 4]| {
        let up = |at: usize, most: usize| at.next_multiple_of(cell).min(most);
        [left / cell * cell, top / cell * cell, up(right, size.0), up(bottom, size.1)]
    };
    let burnt: Vec<[usize; 4]> = of(Fate::Burnt).into_iter().map(whole).collect();
    let pixels = match page {
        DynamicImage::ImageLuma8(pixels) => &mut **pixels,
        DynamicImage::ImageRgb8(pixels) => &mut **pixels,
        _ => &mut [],
    };
    let mut fill = |y: usize, run: std::ops::Range<usize>, light: u8| {
        let row = y * size.0;
        pixels.get_mut((row + run.start) * channels..(row + run.end) * channels).unwrap_or_default().fill(light);
    };
    if !keep_unread {
        outside(&of(Fate::Stays), size, |y, run| fill(y, run, 255));
    }
    for [left, top, right, bottom] in &burnt {
        (*top..*bottom).for_each(|y| fill(y, *left..*right, 0));
    }
    burnt
}

/// Nothing but pixels: no resolution, profile, comment or thumbnail.
fn encoded(pages: &[DynamicImage], kind: ImageFormat) -> Result<Vec<u8>, ImageError> {
    let mut out = Cursor::new(Vec::new());
    let Some(first) = pages.first() else { return Ok(Vec::new()) };
    match kind {
        ImageFormat::Tiff => {
            let failed = |_| ImageError::IoError(std::io::ErrorKind::InvalidData.into());
            let mut file = TiffEncoder::new(&mut out).map_err(failed)?.with_compression(Compression::Deflate(Default::default()));
            for page in pages {
                match page {
                    DynamicImage::ImageLuma8(p) => file.write_image::<Gray8>(p.width(), p.height(), p),
                    other => file.write_image::<RGB8>(other.width(), other.height(), other.as_bytes()),
                }
                .map_err(failed)?;
            }
        }
        ImageFormat::Jpeg => first.write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY))?,
        ImageFormat::Gif => DynamicImage::from(first.to_rgba8()).write_to(&mut out, kind)?,
        _ => first.write_to(&mut out, kind)?,
    }
    Ok(out.into_inner())
}

/// Reads the picture again: each box has one colour, and that is dark.
fn inspect(bytes: &[u8], limits: &Limits, places: &[Vec<[usize; 4]>]) -> Result<(), WriteError> {
    for (number, boxes) in (1..).zip(places) {
        let page = ocr::upright(bytes, number, limits)?.into_rgb8();
        let width = page.width() as usize;
        for [left, top, right, bottom] in boxes {
            let rows = page.as_raw().chunks_exact((width * 3).max(1)).take(*bottom).skip(*top);
            let mut inside = rows.flat_map(|row| row.get(left * 3..right * 3).unwrap_or_default());
            let first = inside.next().copied().unwrap_or(0);
            if first > 8 || inside.any(|light| *light != first) {
                return Err(WriteError::Inspection { found: Trace::Pixels });
            }
        }
    }
    Ok(())
}
