//! Pictures to gray pages of a size that Tesseract reads well. Runs in the confined process.

use std::io::Cursor;

use image::error::ImageError;
use image::imageops::{self, FilterType};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, RgbImage};

use super::{Page, tiff};
use crate::{Format, Limits, ReadError};

pub(super) const CORRUPT: ReadError = ReadError::Corrupt { format: Format::Image };

/// Pixels of a picture at most, before anything is allocated: an A3 sheet at 600 dots per inch has 70 million.
const PIXELS: u64 = 100_000_000;

/// Pixels of a page that goes to Tesseract at most; larger ones are halved. A4 at 400 dots per inch has 15 million.
pub(super) const PAGE_PIXELS: u64 = 24_000_000;

/// A page whose longer edge has fewer pixels is doubled: below some 20 pixels of height, letters are misread.
const PAGE_EDGE: u32 = 2000;

/// A decoded picture, not yet upright.
pub(super) struct Picture {
    pub pixels: DynamicImage,
    pub orientation: Orientation,
    /// How much higher than wide a pixel is.
    pub aspect: u32,
}

/// How many pages a picture has: more than one in a TIFF only.
pub fn count(bytes: &[u8], limits: &Limits) -> Result<usize, ReadError> {
    guarded(|| match image::guess_format(bytes) {
        Ok(ImageFormat::Tiff) => tiff::count(bytes, limits),
        _ => Ok(1),
    })
}

/// Whether a picture moves: only the first of its frames is read.
pub(super) fn moves(bytes: &[u8]) -> bool {
    use image::AnimationDecoder;
    use image::codecs::{gif::GifDecoder, png::PngDecoder};
    match image::guess_format(bytes) {
        // A second frame that is damaged is one all the same.
        Ok(ImageFormat::Gif) => guarded(|| {
            let mut decoder = GifDecoder::new(Cursor::new(bytes)).map_err(error)?;
            // Its frames take a whole canvas each, whatever the limits say: of a very large one it is taken for granted.
            let (width, height) = decoder.dimensions();
            if u64::from(width) * u64::from(height) > PAGE_PIXELS {
                return Ok(true);
            }
            decoder.set_limits(bounds(&Limits::default())).map_err(error)?;
            Ok(decoder.into_frames().nth(1).is_some())
        })
        .unwrap_or_default(),
        Ok(ImageFormat::Png) => PngDecoder::new(Cursor::new(bytes)).is_ok_and(|png| png.is_apng().unwrap_or_default()),
        _ => false,
    }
}

/// A page of a picture, counted from 1.
pub fn page(bytes: &[u8], number: usize, limits: &Limits) -> Result<Page, ReadError> {
    guarded(|| Ok(prepared(decoded(bytes, number, limits)?)))
}

/// The same in colour where it has colours, upright, on white, with pixels as high as wide.
pub(crate) fn upright(bytes: &[u8], number: usize, limits: &Limits) -> Result<DynamicImage, ReadError> {
    guarded(|| {
        let Picture { pixels, orientation, aspect } = decoded(bytes, number, limits)?;
        let mut upright = if pixels.color().has_color() { colours(pixels).into() } else { DynamicImage::from(gray(pixels)) };
        upright.apply_orientation(orientation);
        let (width, height) = (upright.width(), upright.height());
        let (wide, high) = stretched((width, height), orientation, aspect);
        reasonable(wide, high)?;
        Ok(if (wide, high) == (width, height) { upright } else { upright.resize_exact(wide, high, FilterType::Triangle) })
    })
}

fn decoded(bytes: &[u8], number: usize, limits: &Limits) -> Result<Picture, ReadError> {
    match image::guess_format(bytes) {
        Ok(ImageFormat::Tiff) => tiff::picture(bytes, number, limits),
        // Its decoder paints over what is missing.
        Ok(ImageFormat::Jpeg) if !ended(bytes) => Err(CORRUPT),
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::Bmp | ImageFormat::Gif)) => {
            let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
            reader.limits(bounds(limits));
            picture(reader.into_decoder().map_err(error)?, limits)
        }
        _ => Err(ReadError::Binary),
    }
}

/// Whether the end of a JPEG's picture is there: within it, no other marker has that number.
fn ended(bytes: &[u8]) -> bool {
    let last = |marker: &[u8; 2]| bytes.windows(2).rposition(|pair| pair == marker);
    last(b"\xff\xd9") > last(b"\xff\xda")
}

/// Decodes, once its size is known to be reasonable.
pub(super) fn picture(mut decoder: impl ImageDecoder, limits: &Limits) -> Result<Picture, ReadError> {
    let (width, height) = decoder.dimensions();
    reasonable(width, height)?;
    decoder.set_limits(bounds(limits)).map_err(error)?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let pixels = DynamicImage::from_decoder(decoder).map_err(error)?;
    Ok(Picture { pixels, orientation, aspect: 1 })
}

pub(super) fn reasonable(width: u32, height: u32) -> Result<(), ReadError> {
    match u64::from(width) * u64::from(height) {
        0 => Err(CORRUPT),
        pixels if pixels > PIXELS => Err(ReadError::Bomb),
        _ => Ok(()),
    }
}

fn bounds(limits: &Limits) -> image::Limits {
    let mut bounds = image::Limits::no_limits();
    bounds.max_alloc = Some(limits.max_memory / 2);
    bounds
}

pub(super) fn error(error: ImageError) -> ReadError {
    match error {
        ImageError::Limits(_) => ReadError::Bomb,
        ImageError::Unsupported(_) => ReadError::Unsupported { found: "a picture of a rare kind".into() },
        _ => CORRUPT,
    }
}

/// A panic in a decoder means a damaged file.
fn guarded<T>(read: impl FnOnce() -> Result<T, ReadError>) -> Result<T, ReadError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or(Err(CORRUPT))
}

/// Upright, gray, on white paper, and of a size that can be read.
fn prepared(picture: Picture) -> Page {
    let mut gray = DynamicImage::ImageLuma8(gray(picture.pixels));
    gray.apply_orientation(picture.orientation);
    let gray = gray.into_luma8();
    let stretched = stretched(gray.dimensions(), picture.orientation, picture.aspect);
    fitted(gray, stretched)
}

/// Width and height of an upright picture once its pixels are as high as wide.
fn stretched((width, height): (u32, u32), orientation: Orientation, aspect: u32) -> (u32, u32) {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    let turned = matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH);
    if turned { (width * aspect, height) } else { (width, height * aspect) }
}

/// A gray picture as a page, scaled from this size.
pub(crate) fn fitted(gray: GrayImage, (mut width, mut height): (u32, u32)) -> Page {
    let source = gray.dimensions();
    while u64::from(width) * u64::from(height) > PAGE_PIXELS {
        (width, height) = ((width / 2).max(1), (height / 2).max(1));
    }
    if width.max(height) < PAGE_EDGE {
        (width, height) = (width * 2, height * 2);
    }
    let gray = match (width, height) {
        same if same == source => gray,
        (width, height) if width < source.0 => imageops::thumbnail(&gray, width, height),
        (width, height) => imageops::resize(&gray, width, height, FilterType::CatmullRom),
    };
    Page { width, height, source, pixels: gray.into_raw() }
}

fn gray(pixels: DynamicImage) -> GrayImage {
    if !pixels.color().has_alpha() {
        return pixels.into_luma8();
    }
    let (width, height) = (pixels.width(), pixels.height());
    let pixels = pixels.into_luma_alpha8();
    let pixels = pixels.pixels().map(|pixel| {
        let [light, alpha] = pixel.0;
        on_white(light, alpha)
    });
    GrayImage::from_raw(width, height, pixels.collect()).unwrap_or_default()
}

fn colours(pixels: DynamicImage) -> RgbImage {
    if !pixels.color().has_alpha() {
        return pixels.into_rgb8();
    }
    let (width, height) = (pixels.width(), pixels.height());
    let pixels = pixels.into_rgba8();
    let rgb = pixels.pixels().flat_map(|pixel| {
        let [r, g, b, alpha] = pixel.0;
        [r, g, b].map(|light| on_white(light, alpha))
    });
    RgbImage::from_raw(width, height, rgb.collect()).unwrap_or_default()
}

fn on_white(light: u8, alpha: u8) -> u8 {
    let (light, alpha) = (u16::from(light), u16::from(alpha));
    u8::try_from((light * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255)
}

#[cfg(test)]
mod tests {
    use image::{ExtendedColorType, ImageBuffer, ImageEncoder, Luma, LumaA, Rgb};

    use super::*;

    fn file(pixels: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        pixels.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn read(bytes: &[u8]) -> Result<Page, ReadError> {
        page(bytes, 1, &Limits::default())
    }

    #[test]
    fn every_kind_becomes_gray_on_white() {
        let half = GrayImage::from_fn(2400, 40, |x, _| Luma([if x < 1200 { 0 } else { 255 }]));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Tiff] {
            let picture: DynamicImage =
                if format == ImageFormat::Gif { DynamicImage::from(half.clone()).to_rgba8().into() } else { half.clone().into() };
            let bytes = file(picture, format);
            let page = read(&bytes).unwrap();
            assert_eq!((page.width, page.height, page.source), (2400, 40, (2400, 40)), "{format:?}");
            assert!(page.pixels[100] < 8 && page.pixels[2300] > 247, "{format:?}");
            assert!(!moves(&bytes));
        }
        let deep: ImageBuffer<Luma<u16>, Vec<u16>> = ImageBuffer::from_pixel(2400, 4, Luma([0x8000]));
        assert_eq!(read(&file(deep, ImageFormat::Png)).unwrap().pixels[0], 0x80);
        // What cannot be seen is not read; what shines through is paper.
        let clear = ImageBuffer::from_fn(2400, 4, |x, _| LumaA([0, if x < 1200 { 255u8 } else { 0 }]));
        let page = read(&file(clear, ImageFormat::Png)).unwrap();
        assert_eq!((page.pixels[0], page.pixels[2399]), (0, 255));
        assert_eq!(read(&file(GrayImage::new(1, 1), ImageFormat::Png)).unwrap().pixels, [0; 4]);
    }

    #[test]
    fn the_camera_may_have_been_held_in_any_way() {
        let picture = GrayImage::from_fn(2400, 64, |x, y| Luma([if x < 1200 && y < 32 { 0 } else { 255 }]));
        for (value, dark_corner) in
            [(1u8, (0, 0)), (2, (1, 0)), (3, (1, 1)), (4, (0, 1)), (5, (0, 0)), (6, (1, 0)), (7, (1, 1)), (8, (0, 1))]
        {
            let mut bytes = Vec::new();
            let mut encoder = image::codecs::jpeg::JpegEncoder::new(&mut bytes);
            encoder
                .set_exif_metadata([&b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"[..], &[value, 0, 0, 0, 0, 0, 0]].concat())
                .unwrap();
            encoder.write_image(&picture, 2400, 64, ExtendedColorType::L8).unwrap();
            let page = read(&bytes).unwrap();
            assert_eq!(page.source, if value < 5 { (2400, 64) } else { (64, 2400) }, "{value}");
            let (x, y) = (page.width / 4 + dark_corner.0 * page.width / 2, page.height / 4 + dark_corner.1 * page.height / 2);
            assert!(page.pixels[(y * page.width + x) as usize] < 16, "{value}");
        }
    }

    #[test]
    fn a_page_is_scaled_to_where_letters_are_read() {
        let sizes = [((1000, 500), (2000, 1000)), ((2000, 10), (2000, 10)), ((4000, 6004), (2000, 3002))];
        for (source, scaled) in sizes {
            let page = fitted(GrayImage::new(source.0, source.1), source);
            assert_eq!(((page.width, page.height), page.source), (scaled, source));
            assert_eq!(page.pixels.len() as u32, scaled.0 * scaled.1);
        }
    }

    #[test]
    fn what_is_damaged_or_too_large_is_refused_before_it_is_unpacked() {
        let photo = ImageBuffer::from_fn(300, 300, |x, y| Rgb([(x * 7 % 256) as u8, (y * 5 % 256) as u8, (x * y % 256) as u8]));
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp, ImageFormat::Gif, ImageFormat::Tiff] {
            let bytes = file(DynamicImage::from(photo.clone()).to_rgba8(), ImageFormat::Png);
            let bytes = if format == ImageFormat::Png { bytes } else { file(photo.clone(), format) };
            for cut in [bytes.len() / 2, 40, 12] {
                assert!(read(&bytes[..cut]).is_err(), "{format:?} of {cut} bytes");
            }
        }
        // 25,000 by 20,000 pixels by its head, with the right checksum.
        let mut bomb = file(GrayImage::new(1, 1), ImageFormat::Png);
        bomb[16..24].copy_from_slice(&[0, 0, 0x61, 0xa8, 0, 0, 0x4e, 0x20]);
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(read(&bomb), Err(ReadError::Bomb));
        let mut bomb = file(photo.clone(), ImageFormat::Bmp);
        bomb[18..26].copy_from_slice(&[0xa8, 0x61, 0, 0, 0x20, 0x4e, 0, 0]);
        assert_eq!(read(&bomb), Err(ReadError::Bomb));
        let mut bomb = file(photo, ImageFormat::Gif);
        bomb[6..10].copy_from_slice(&[0xff; 4]);
        assert_eq!(read(&bomb), Err(ReadError::Bomb));
        for empty in [&b"II*\0"[..], b"II*\0\0\0\0\0", b"MM\0*\0\0\0\x08\0\0\0\0\0\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xd9", b"GIF89a"]
        {
            assert!(read(empty).is_err());
        }
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes
            .iter()
            .fold(!0u32, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |s, _| (s >> 1) ^ (0xedb8_8320 & (0u32.wrapping_sub(s & 1)))))
    }
}
