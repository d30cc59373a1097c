//! TIFF: its pages one by one, and faxes, which the general decoder reads in one of their kinds only. Tags by TIFF 6.0, fax
//! encodings by ITU-T T.4 and T.6 as TIFF 6.0 section 11 embeds them.

use std::io::Cursor;

use hayro_ccitt::{DecodeSettings, DecoderContext, EncodingMode};
use image::codecs::tiff::TiffDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage};
use tiff::TiffError;
use tiff::decoder::Decoder;
use tiff::decoder::ifd::Value;
use tiff::tags::Tag;

use super::picture::{self, CORRUPT, Picture, reasonable};
use crate::{Limits, ReadError};

/// Bit 0 of its value: rows depend on the one before.
const T4_OPTIONS: u16 = 292;

/// How many pages a file has.
pub(super) fn count(bytes: &[u8], limits: &Limits) -> Result<usize, ReadError> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(error)?;
    let mut pages = 1;
    while decoder.more_images() {
        decoder.next_image().map_err(error)?;
        pages += 1;
        if pages > limits.max_pages {
            return Err(ReadError::TooManyPages { limit: limits.max_pages });
        }
    }
    Ok(pages)
}

/// A page, counted from 1.
pub(super) fn picture(bytes: &[u8], number: usize, limits: &Limits) -> Result<Picture, ReadError> {
    let mut decoder = Decoder::new(Cursor::new(bytes)).map_err(error)?;
    for _ in 1..number {
        decoder.next_image().map_err(error)?;
    }
    let (width, height) = decoder.dimensions().map_err(error)?;
    reasonable(width, height)?;
    let aspect = aspect(&mut decoder)?;
    if let compression @ 2..=4 = short(&mut decoder, Tag::Compression, 1)? {
        let pixels = fax(bytes, &mut decoder, compression, (width, height))?;
        let orientation = u8::try_from(short(&mut decoder, Tag::Orientation, 1)?).ok().and_then(Orientation::from_exif);
        return Ok(Picture { pixels, orientation: orientation.unwrap_or(Orientation::NoTransforms), aspect });
    }
    // The general decoder reads the first page alone: the head is made to point at the one that is wanted.
    let place = decoder.ifd_pointer().and_then(|ifd| u32::try_from(ifd.0).ok()).ok_or(CORRUPT)?;
    let mut copy = bytes.to_vec();
    let head = if bytes.starts_with(b"II") { place.to_le_bytes() } else { place.to_be_bytes() };
    copy.get_mut(4..8).ok_or(CORRUPT)?.copy_from_slice(&head);
    let decoder = TiffDecoder::new(Cursor::new(copy)).map_err(picture::error)?;
    Ok(Picture { aspect, ..picture::picture(decoder, limits)? })
}

type Tags<'b> = Decoder<Cursor<&'b [u8]>>;

fn short(decoder: &mut Tags<'_>, tag: Tag, default: u32) -> Result<u32, ReadError> {
    Ok(decoder.find_tag_unsigned(tag).map_err(error)?.unwrap_or(default))
}

/// A fax of standard resolution has pixels twice as high as wide.
fn aspect(decoder: &mut Tags<'_>) -> Result<u32, ReadError> {
    let mut resolution = |tag| match decoder.find_tag(tag) {
        Ok(Some(Value::Rational(dots, inches))) if dots > 0 && inches > 0 => Some(f64::from(dots) / f64::from(inches)),
        _ => None,
    };
    let ratio = resolution(Tag::XResolution).zip(resolution(Tag::YResolution)).map_or(1.0, |(x, y)| x / y);
    Ok(if (1.5..4.5).contains(&ratio) { ratio.round() as u32 } else { 1 })
}

/// A bilevel page in strips, of compression 2 (rows without line ends), 3 (Group 3) or 4 (Group 4).
fn fax(bytes: &[u8], decoder: &mut Tags<'_>, compression: u32, (width, height): (u32, u32)) -> Result<DynamicImage, ReadError> {
    let options = short(decoder, Tag::Unknown(T4_OPTIONS), 0)?;
    let reversed = short(decoder, Tag::FillOrder, 1)? == 2;
    let white_is_zero = short(decoder, Tag::PhotometricInterpretation, 0)? == 0;
    let strip = short(decoder, Tag::RowsPerStrip, height)?.clamp(1, height);
    let places = decoder.get_tag_u64_vec(Tag::StripOffsets).map_err(error)?;
    let lengths = decoder.get_tag_u64_vec(Tag::StripByteCounts).map_err(error)?;
    if places.len() != lengths.len() || places.len() != height.div_ceil(strip) as usize {
        return Err(CORRUPT);
    }
    let mut rows = Rows { width: width as usize, pixels: Vec::new(), paper: if white_is_zero { 255 } else { 0 } };
    for (index, (place, length)) in (0..).zip(places.into_iter().zip(lengths)) {
        let end = place.checked_add(length).ok_or(CORRUPT)?;
        let data = usize::try_from(place).ok().zip(usize::try_from(end).ok()).and_then(|(from, to)| bytes.get(from..to)).ok_or(CORRUPT)?;
        let data: Vec<u8> = data.iter().map(|byte| if reversed { byte.reverse_bits() } else { *byte }).collect();
        let end_row = (strip * (index + 1)).min(height);
        let settings = DecodeSettings {
            columns: width,
            rows: end_row - strip * index,
            end_of_block: true,
            end_of_line: compression == 3,
            rows_are_byte_aligned: compression == 2,
            encoding: match compression {
                4 => EncodingMode::Group4,
                3 if options & 1 == 1 => EncodingMode::Group3_2D,
                _ => EncodingMode::Group3_1D,
            },
            strict: false,
        };
        // A damaged strip is missed by its rows.
        let _ = hayro_ccitt::decode(&data, &mut rows, &mut DecoderContext::new(settings));
        if rows.pixels.len() != rows.width * end_row as usize {
            return Err(CORRUPT);
        }
    }
    GrayImage::from_raw(width, height, rows.pixels).map(Into::into).ok_or(CORRUPT)
}

/// Rows of a fax as they are decoded.
struct Rows {
    width: usize,
    pixels: Vec<u8>,
    paper: u8,
}

impl hayro_ccitt::Decoder for Rows {
    fn push_row(&mut self, changes: &[u32]) {
        let start = self.pixels.len();
        self.pixels.resize(start + self.width, self.paper);
        for run in changes.chunks(2) {
            let from = run.first().map_or(0, |at| *at as usize);
            let to = run.get(1).map_or(self.width, |at| *at as usize);
            if let Some(run) = self.pixels.get_mut(start + from..start + to.min(self.width)) {
                run.fill(!self.paper);
            }
        }
    }
}

fn error(error: TiffError) -> ReadError {
    match error {
        TiffError::LimitsExceeded => ReadError::Bomb,
        TiffError::UnsupportedError(_) => ReadError::Unsupported { found: "a picture of a rare kind".into() },
        _ => CORRUPT,
    }
}
