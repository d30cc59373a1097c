//! Words of RTF: which destinations hold words of the document, signs, character sets.

use deid::EntityType;
use encoding_rs::Encoding;

/// Destinations that hold no words of the document: tables, themes, data of pictures and objects.
pub(crate) const SKIPPED: &[&str] = &[
    "aftnsep",
    "aftnsepc",
    "blipuid",
    "bkmkend",
    "bkmkstart",
    "colorschememapping",
    "colortbl",
    "datafield",
    "datastore",
    "falt",
    "filetbl",
    "fontemb",
    "ftnsep",
    "ftnsepc",
    "generator",
    "latentstyles",
    "listoverridetable",
    "listpicture",
    "listtable",
    "mmathPr",
    "nonesttables",
    "nonshppict",
    "objalias",
    "objclass",
    "objdata",
    "objname",
    "objsect",
    "panose",
    "pgdsctbl",
    "picprop",
    "pnseclvl",
    "rsidtbl",
    "stylesheet",
    "template",
    "themedata",
    "wgrffmtfilter",
    "xmlnstbl",
];

/// Destinations whose words get a label: on a line of their own, or in brackets where they stand.
pub(crate) const NAMED: &[(&str, &str, bool, Option<EntityType>)] = &[
    ("annotation", "comment", false, None),
    ("atnauthor", "comment by", false, Some(EntityType::Person)),
    ("atnid", "comment by", false, None),
    ("author", "Author", true, Some(EntityType::Person)),
    ("category", "Category", true, None),
    ("comment", "Comment", true, None),
    ("company", "Company", true, Some(EntityType::Organization)),
    ("doccomm", "Comment", true, None),
    ("docvar", "Variable", true, None),
    ("ffdeftext", "form", false, None),
    ("ffname", "form", false, None),
    ("fldinst", "field", false, None),
    ("footer", "Footer", true, None),
    ("footerf", "Footer", true, None),
    ("footerl", "Footer", true, None),
    ("footerr", "Footer", true, None),
    ("footnote", "footnote", false, None),
    ("header", "Header", true, None),
    ("headerf", "Header", true, None),
    ("headerl", "Header", true, None),
    ("headerr", "Header", true, None),
    ("hlinkbase", "Links", true, None),
    ("keywords", "Keywords", true, None),
    ("manager", "Manager", true, Some(EntityType::Person)),
    ("operator", "Last edited by", true, Some(EntityType::Person)),
    ("propname", "Property", true, None),
    ("revtbl", "Edited by", true, None),
    ("staticval", "Value", true, None),
    ("subject", "Subject", true, None),
    ("tc", "index", false, None),
    ("title", "Title", true, None),
    ("xe", "index", false, None),
];

/// Words that stand for a character.
pub(crate) const SIGNS: &[(&str, &str)] = &[
    ("tab", "\t"),
    ("emdash", "—"),
    ("endash", "–"),
    ("lquote", "‘"),
    ("rquote", "’"),
    ("ldblquote", "“"),
    ("rdblquote", "”"),
    ("bullet", "•"),
    ("emspace", " "),
    ("enspace", " "),
    ("qmspace", " "),
    ("zwnj", "\u{200c}"),
    ("zwj", "\u{200d}"),
];

/// Properties of a shape that are words.
pub(crate) const SHAPE_WORDS: &[&str] = &["wzDescription", "wzName", "gtextUNICODE", "pihlShape", "wzTooltip"];

/// Starred destinations that hold words, besides the named ones.
pub(crate) const KNOWN: &[&str] =
    &["shpinst", "shptxt", "shppict", "ud", "formfield", "userprops", "do", "dptxbxtext", "background", "pntext", "listtext"];

/// An encoding by the number of its code page.
pub(crate) fn code_page(number: i64) -> Option<&'static Encoding> {
    let label = match number {
        0 | 1 => "windows-1252".to_owned(),
        874 | 1250..=1258 => format!("windows-{number}"),
        932 => "shift_jis".to_owned(),
        936 => "gbk".to_owned(),
        949 => "euc-kr".to_owned(),
        950 => "big5".to_owned(),
        866 => "ibm866".to_owned(),
        10_000 => "macintosh".to_owned(),
        65_001 => "utf-8".to_owned(),
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

/// The code page of a font's character set. `None` where it is the document's.
pub(crate) fn charset(number: i64) -> Option<i64> {
    Some(match number {
        0 | 2 => 1252,
        77 => 10_000,
        128 => 932,
        129 => 949,
        134 => 936,
        136 => 950,
        161 => 1253,
        162 => 1254,
        163 => 1258,
        177 => 1255,
        178 => 1256,
        186 => 1257,
        204 => 1251,
        222 => 874,
        238 => 1250,
        _ => return None,
    })
}
