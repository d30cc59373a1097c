//! Where a page is drawn on: the box of each glyph, pictures, and drawings that may be writing.

use std::collections::HashSet;

use hayro_interpret::font::{Glyph, GlyphRun, PositionedGlyph};
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Rect, Shape};
use hayro_interpret::pattern::Pattern;
use hayro_interpret::{BlendMode, CacheKey, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask};

/// A glyph's box is no lower than from here to there, in thousandths of the size, whatever its shape: the height of a box says
/// nothing of the letters under it.
const HEIGHT: (f64, f64) = (-220.0, 750.0);

/// A path with more curves is no rounded rectangle and no circle; letters have so many.
const CURVES: usize = 8;

/// A picture that is no higher or wider, in points, is a rule.
const RULE: f64 = 3.0;

/// Characters that one glyph stands for at most, as ligatures do.
const LETTERS: usize = 3;

/// How deep patterns and masks are looked into.
const DEPTH: usize = 3;

/// Boxes are upright rectangles in the page's coordinates.
#[derive(Default)]
pub(crate) struct Ink {
    /// For each glyph, in the order of the page's glyphs.
    pub glyphs: Vec<GlyphInk>,
    /// Pictures; small ones too, but no rules.
    pub pictures: Vec<Rect>,
    /// Paths as curved as letters, and what is drawn through patterns and masks.
    pub drawings: Vec<Rect>,
    /// Whether anything else is drawn, be it a line.
    pub drawn: bool,
    /// Patterns and masks that were looked into.
    known: HashSet<u128>,
    depth: usize,
}

/// One glyph.
#[derive(Clone, Copy)]
pub(crate) struct GlyphInk {
    /// All that it covers.
    pub area: Rect,
    /// Whether it is drawn so that it can be seen.
    pub visible: bool,
    /// Whether nobody knows which character it is.
    pub unreadable: bool,
}

impl Ink {
    /// Measures a glyph, which may be one that was drawn before.
    pub fn glyph<'a>(&mut self, number: usize, glyph: &PositionedGlyph<'a>, props: &DrawProps<'a>, mode: &DrawMode, text: Option<&str>) {
        let place = props.transform * glyph.transform();
        let line = |advance: Option<f32>| Rect::new(0.0, HEIGHT.0, f64::from(advance.unwrap_or(500.0)), HEIGHT.1);
        let area = match &**glyph {
            Glyph::Outline(outline) => {
                let shape = outline.outline();
                let ink = if shape.elements().is_empty() { Rect::ZERO } else { shape.bounding_box() };
                place.transform_rect_bbox(line(outline.advance_width()).union(ink))
            }
            Glyph::Type3(drawn) => {
                let mut extent = Extent(place.transform_rect_bbox(line(drawn.advance_width())));
                drawn.interpret(&mut extent, props.transform, glyph.transform(), &props.paint);
                extent.0
            }
        };
        // One glyph for a word leaves the other glyphs of that word without a character: their places are not those of the text.
        let inked = matches!(&**glyph, Glyph::Outline(outline) if !outline.outline().elements().is_empty());
        let unreadable = text.is_none_or(|t| t.chars().count() > LETTERS || inked && t.trim().is_empty());
        let stroke = if let DrawMode::Stroke(s) | DrawMode::FillAndStroke(_, s) = mode { f64::from(s.line_width) } else { 0.0 };
        let area = area.inflate(stroke, stroke);
        if !area.is_finite() {
            return;
        }
        let visible = !matches!(mode, DrawMode::Invisible);
        match self.glyphs.get_mut(number) {
            Some(first) => {
                first.area = first.area.union(area);
                first.visible |= visible;
            }
            None => self.glyphs.push(GlyphInk { area, visible, unreadable }),
        }
        self.drawn |= visible;
    }

    /// Looks into what something is painted with.
    pub fn paint(&mut self, props: &DrawProps<'_>) {
        self.mask(props.soft_mask.as_ref());
        if let Paint::Pattern(pattern) = &props.paint
            && let Pattern::Tiling(tile) = &**pattern
        {
            self.look(tile.cache_key(), |within| {
                let _ = tile.interpret(within, Affine::IDENTITY, false);
            });
        }
    }

    /// Looks into a mask.
    pub fn mask(&mut self, mask: Option<&SoftMask<'_>>) {
        if let Some(mask) = mask {
            self.look(mask.cache_key(), |within| mask.interpret(within));
        }
    }

    /// Writing and pictures in a pattern or a mask may show anywhere.
    fn look(&mut self, key: u128, into: impl FnOnce(&mut Ink)) {
        if !self.known.insert(key) {
            return;
        }
        let mut within = Ink { depth: self.depth + 1, ..Ink::default() };
        if within.depth <= DEPTH {
            into(&mut within);
        }
        if within.depth > DEPTH || !(within.pictures.is_empty() && within.drawings.is_empty()) {
            self.drawings.push(EVERYWHERE);
        }
    }

    fn writing(&mut self, area: Rect) {
        if area.is_finite() {
            self.drawings.push(area);
        }
    }
}

/// More than any page.
const EVERYWHERE: Rect = Rect::new(-1e6, -1e6, 1e6, 1e6);

impl<'a> Device<'a> for Ink {
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        self.mask(mask.as_ref());
    }

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, _: &DrawMode) {
        self.drawn = true;
        self.paint(&props);
        if path.elements().iter().filter(|e| matches!(e, PathEl::CurveTo(..) | PathEl::QuadTo(..))).count() > CURVES {
            self.writing(props.transform.transform_rect_bbox(path.bounding_box()));
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.drawn = true;
        self.mask(props.soft_mask.as_ref());
        let area = picture(&image, &props);
        if area.is_finite() && area.width() > RULE && area.height() > RULE {
            self.pictures.push(area);
        }
    }

    /// Only glyphs in a pattern or a mask come here.
    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        self.paint(&props);
        self.writing(EVERYWHERE);
    }
}

fn picture(image: &Image<'_, '_>, props: &ImageDrawProps<'_>) -> Rect {
    props.transform.transform_rect_bbox(Rect::new(0.0, 0.0, f64::from(image.width()), f64::from(image.height())))
}

/// How far drawing reaches.
struct Extent(Rect);

impl Extent {
    fn reach(&mut self, area: Rect) {
        if area.is_finite() {
            self.0 = self.0.union(area);
        }
    }
}

impl<'a> Device<'a> for Extent {
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}

    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        let width = if let DrawMode::Stroke(s) | DrawMode::FillAndStroke(_, s) = mode { f64::from(s.line_width) } else { 0.0 };
        if !path.elements().is_empty() {
            self.reach(props.transform.transform_rect_bbox(path.bounding_box().inflate(width, width)));
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.reach(picture(&image, &props));
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, _: &DrawMode) {
        for glyph in run.glyphs() {
            let place = props.transform * glyph.transform();
            let width = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(drawn) => drawn.advance_width(),
            };
            self.reach(place.transform_rect_bbox(Rect::new(0.0, HEIGHT.0, f64::from(width.unwrap_or(1000.0)), HEIGHT.1)));
        }
    }
}
