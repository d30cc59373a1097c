//! PowerPoint presentations: slides, hidden ones too, their notes and comments, what their masters print on every page.

use std::collections::HashMap;

use deid::EntityType;
use roxmltree::Node;

use crate::archive::{Archive, attribute, origin, words};
use crate::docx::Reader;
use crate::draft::Draft;
use crate::markup::child;
use crate::{Format, Limits, Note, Origin, ReadError};

/// Parts with words, by the start of their names, and the heading under which they stand in the text.
const PARTS: &[(&str, &str)] = &[
    ("ppt/slides/slide", "Slide"),
    ("ppt/notesSlides/", "Notes"),
    ("ppt/diagrams/data", "Drawing"),
    ("ppt/charts/chart", "Drawing"),
    ("ppt/slideLayouts/", "Layout"),
    ("ppt/slideMasters/", "Master"),
    ("ppt/notesMasters/", "Master"),
    ("ppt/handoutMasters/", "Master"),
];

/// Reads a presentation.
pub(crate) fn read(mut archive: Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let mut reader = Reader::new(draft, limits, Format::Pptx);
    for (start, heading) in PARTS {
        reader.all(&mut archive, start, heading)?;
    }
    comments(&mut archive, limits, reader.draft)?;
    reader.embedded(&mut archive, &["ppt/embeddings/"])?;
    let pictures = ["png", "jpg", "jpeg", "gif", "emf", "wmf", "tif", "tiff", "bmp", "svg", "wdp"];
    let is_picture = |name: &&String| name.rsplit_once('.').is_some_and(|(_, end)| pictures.contains(&end.to_ascii_lowercase().as_str()));
    let films = archive.named("ppt/media/", "").iter().filter(|name| !is_picture(name)).count();
    reader.draft.notes.extend((films > 0).then_some(Note::AttachmentsNotRead { count: films }));
    if ["docProps/core", "docProps/custom", "customXml/item", "ppt/tags", "ppt/vbaProject"].iter().any(|start| archive.has(start)) {
        reader.draft.notes.push(Note::PropertiesLeftOut);
    }
    reader.finish()
}

/// Comments of either kind, with who made them.
fn comments(archive: &mut Archive<'_>, limits: &Limits, draft: &mut Draft) -> Result<(), ReadError> {
    let mut authors: HashMap<String, (String, Origin)> = HashMap::new();
    for part in ["ppt/commentAuthors.xml", "ppt/authors.xml"] {
        archive.with(part, draft, limits, |_, document| {
            for node in document.root_element().children().filter(Node::is_element) {
                if let Some((id, name)) = node.attribute("id").zip(attribute(node, "name")) {
                    authors.insert(id.to_owned(), (name.value().to_owned(), origin(part, name.range_value())));
                }
            }
            Ok(())
        })?;
    }
    for part in archive.named("ppt/comments/", ".xml") {
        archive.with(&part, draft, limits, |draft, document| {
            for node in document.descendants().filter(|n| matches!(n.tag_name().name(), "cm" | "reply")) {
                draft.end_line()?;
                draft.made("Comment by ")?;
                if let Some((name, place)) = node.attribute("authorId").and_then(|id| authors.get(id)) {
                    let span = draft.push(name, place.clone())?;
                    draft.field(span, EntityType::Person, "comment author");
                }
                draft.made(": ")?;
                let body = child(node, "text").or_else(|| child(node, "txBody"));
                for text in body.into_iter().flat_map(|b| b.descendants()).filter(|n| matches!(n.tag_name().name(), "text" | "t")) {
                    words(draft, &part, text)?;
                }
                draft.end_line()?;
                draft.notes.push(Note::Comments);
            }
            Ok(())
        })?;
    }
    Ok(())
}
