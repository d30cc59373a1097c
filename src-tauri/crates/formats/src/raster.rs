//! Pages of a PDF as pixels, one at a time.

use std::ops::ControlFlow;

use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use hayro_interpret::InterpreterSettings;
use hayro_interpret::hayro_syntax::page::Page as Source;
use hayro_interpret::kurbo::Affine;
use hayro_interpret::util::TransformExt;

use crate::{Format, Limits, ReadError, pdf};

/// Pixels of one page at most, four bytes each while it is drawn; a page that would take more is drawn smaller. A3 at 300 dpi has
/// 17 million.
const PIXELS: f64 = 32e6;

/// Pixels of one side at most; the renderer counts in 16 bits.
const SIDE: f64 = 16_000.0;

/// Pages that share what the renderer remembers of fonts and glyphs.
const REMEMBERED: usize = 32;

/// A page as it is shown: turned upright, annotations and form fields drawn, on white.
pub(crate) struct Page {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Red, green and blue of each pixel, from the top left, line by line.
    pub pixels: Vec<u8>,
    /// Pixels per point (1/72 inch).
    pub scale: f64,
    /// From the page's own coordinates to pixels.
    pub place: Affine,
}

/// Draws these pages, counted from 1, and hands them out until `each` has enough. One that cannot be drawn costs no other one. `dpi`
/// is pixels per inch, fewer for a page that is very large.
pub(crate) fn pages(
    bytes: &[u8],
    limits: &Limits,
    dpi: f64,
    numbers: &[usize],
    mut each: impl FnMut(Result<Page, ReadError>) -> ControlFlow<()> + Send,
) -> Result<(), ReadError> {
    pdf::apart(|| {
        let file = pdf::load(bytes, limits)?;
        let mut brush = Brush::default();
        for number in numbers {
            let page = number.checked_sub(1).and_then(|index| file.pages().get(index));
            let drawn = page.and_then(|page| std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| brush.draw(page, dpi))).ok());
            if each(drawn.ok_or(ReadError::Corrupt { format: Format::Pdf })).is_break() {
                break;
            }
        }
        Ok(())
    })
}

/// Draws pages of one file.
#[derive(Default)]
pub(crate) struct Brush<'a> {
    memory: RenderCache<'a>,
    drawn: usize,
}

impl<'a> Brush<'a> {
    pub fn draw(&mut self, page: &'a Source<'a>, dpi: f64) -> Page {
        if self.drawn.is_multiple_of(REMEMBERED) {
            self.memory = RenderCache::new();
        }
        self.drawn += 1;
        let (width, height) = page.render_dimensions();
        let (width, height) = (f64::from(width).max(1.0), f64::from(height).max(1.0));
        let most = (PIXELS / (width * height)).sqrt().min(SIDE / width).min(SIDE / height);
        let scale = (dpi / 72.0).clamp(0.01, most.max(0.01));
        // Whole pixels, at least one. The renderer cuts what is less than a pixel.
        let fitted = |side: f64| (((side * scale).round().max(1.0) + 0.01) / side) as f32;
        let (x_scale, y_scale) = (fitted(width), fitted(height));
        let settings = PixmapSettings { x_scale, y_scale, bg_color: WHITE };
        let drawn = hayro::render(page, &self.memory, &InterpreterSettings::default(), &RenderSettings::default(), &settings);
        let pixels = drawn.data_as_u8_slice().chunks_exact(4).filter_map(|p| p.first_chunk::<3>()).copied().collect::<Vec<_>>();
        let place = Affine::scale_non_uniform(f64::from(x_scale), f64::from(y_scale)) * page.initial_transform(true).to_kurbo();
        Page { width: drawn.width().into(), height: drawn.height().into(), pixels: pixels.into_flattened(), scale, place }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A page of 200 by 100 points with a black square of 20 in its lower left corner.
    fn file(more: &str) -> Vec<u8> {
        let content = "0 0 20 20 re f";
        format!(
            "%PDF-1.4\n1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n2 0 obj <</Type/Pages/Kids[3 0 R 5 0 R]/Count 2>> endobj\n\
             3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]{more}/Contents 4 0 R>> endobj\n\
             5 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]{more}/Contents 4 0 R>> endobj\n\
             4 0 obj <</Length {}>> stream\n{content}\nendstream endobj\ntrailer <</Root 1 0 R>>",
            content.len()
        )
        .into_bytes()
    }

    fn drawn(bytes: &[u8], dpi: f64) -> Vec<Page> {
        let mut all = Vec::new();
        pages(bytes, &Limits::default(), dpi, &[1, 2], |page| {
            all.push(page.unwrap());
            ControlFlow::Continue(())
        })
        .unwrap();
        all
    }

    fn dark(page: &Page, x: usize, y: usize) -> bool {
        page.pixels[(y * page.width + x) * 3] < 128
    }

    #[test]
    fn a_page_is_drawn_upright_in_the_size_asked_for() {
        let all = drawn(&file(""), 144.0);
        assert_eq!(all.len(), 2);
        let page = &all[0];
        assert_eq!((page.width, page.height, page.pixels.len()), (400, 200, 400 * 200 * 3));
        assert!(dark(page, 5, 195) && !dark(page, 5, 150) && !dark(page, 45, 195));
        let corner = page.place * hayro_interpret::kurbo::Point::new(20.0, 20.0);
        assert!((corner - hayro_interpret::kurbo::Point::new(40.0, 160.0)).hypot() < 0.1);

        let turned = &drawn(&file("/Rotate 90"), 72.0)[0];
        assert_eq!((turned.width, turned.height), (100, 200));
        assert!(dark(turned, 5, 5) && !dark(turned, 5, 195));
    }

    #[test]
    fn a_page_as_large_as_a_wall_is_drawn_smaller_and_one_of_no_size_is_drawn() {
        let page = &drawn(&file(""), 100_000.0)[0];
        assert!(page.width <= SIDE as usize && page.width * page.height <= PIXELS as usize && page.width > 5000);
        let text = String::from_utf8(file("")).unwrap().replace("0 0 200 100", "0 0 14400 0.2");
        assert!(drawn(text.as_bytes(), 200.0).iter().all(|p| p.width > 0 && p.height > 0));
    }

    #[test]
    fn drawing_stops_when_it_is_told_to_and_within_the_limits() {
        let mut seen = Vec::new();
        let stop = |page: Result<Page, ReadError>| {
            seen.push(page.map(|_| ()));
            if seen.len() < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        };
        assert_eq!(pages(&file(""), &Limits::default(), 72.0, &[3, 2, 1], stop), Ok(()));
        assert_eq!(seen, [Err(ReadError::Corrupt { format: Format::Pdf }), Ok(())]);
        let never = |_| panic!("no page is drawn");
        let one = Limits { max_pages: 1, ..Limits::default() };
        assert_eq!(pages(&file(""), &one, 72.0, &[1], never), Err(ReadError::TooManyPages { limit: 1 }));
        assert_eq!(pages(b"%PDF-1.4 nothing", &Limits::default(), 72.0, &[1], never), Err(ReadError::Corrupt { format: Format::Pdf }));
    }
}
