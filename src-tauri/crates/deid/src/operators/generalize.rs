//! Coarser dates, ZIP codes and towns.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::Grain;
use super::calendar::{Date, Order, month_name};
use crate::{Detection, EntityType};

/// The three-digit ZIP areas of 20,000 people or fewer: HHS, "Guidance Regarding Methods for De-identification of Protected
/// Health Information in Accordance with the HIPAA Privacy Rule" (26 November 2012), from Census 2000.
pub(super) const RESTRICTED: [&str; 17] =
    ["036", "059", "063", "102", "203", "556", "692", "790", "821", "823", "830", "831", "878", "879", "884", "890", "893"];

/// What stands for a year that shows an age over 89.
const LONG_AGO: &str = "90+ years ago";

/// The first three digits of a US ZIP; none for anything else.
pub(super) fn zip3(words: &str) -> Option<String> {
    static ZIP: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^(\d{3})\d{2}(?:[- ]?\d{4})?$").ok());
    let hit = ZIP.as_ref()?.captures(words.trim())?;
    let area = hit.get(1)?.as_str();
    Some(if RESTRICTED.contains(&area) { "000" } else { area }.to_owned())
}

/// The date in the grain; none where the year is not written, or not surely known. `now` is the year of today as far as it is
/// known, `latest` the latest one known, both AD.
pub(super) fn date(words: &str, grain: Grain, order: Option<Order>, now: Option<i32>, latest: Option<i32>) -> Option<String> {
    let read = Date::read(words, order);
    let year = match &read {
        Some(date) if date.short_year => century(date.year.rem_euclid(100), now?)?,
        Some(date) => date.year,
        None => only_year(words)?,
    };
    if grain == Grain::Year {
        return Some(if latest.is_some_and(|latest| year <= latest - 90) { LONG_AGO.to_owned() } else { year.to_string() });
    }
    let month = read?.month;
    match grain {
        Grain::Quarter => Some(format!("Q{} {year}", (month - 1) / 3 + 1)),
        Grain::Month => Some(format!("{} {year}", month_name(month))),
        _ => None,
    }
}

/// The year that two digits mean: the latest one that is not ahead; none for the ten years ahead, which may be either's.
fn century(short: i32, now: i32) -> Option<i32> {
    let year = now - now.rem_euclid(100) + short;
    match year - now {
        ..=0 => Some(year),
        1..=10 => None,
        _ => Some(year - 100),
    }
}

/// The one year that stands in words which are no single date, such as `March 3-9, 2024`.
fn only_year(words: &str) -> Option<i32> {
    static YEAR: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\b(?:19|20)\d{2}\b").ok());
    let mut years = YEAR.as_ref()?.find_iter(words);
    let year = years.next()?.as_str().parse().ok();
    if years.next().is_some() { None } else { year }
}

/// The latest year written in the dates, AD.
pub(super) fn latest_year<'t>(dates: impl Iterator<Item = &'t str>, order: Option<Order>) -> Option<i32> {
    dates.filter_map(|words| Date::read(words, order).filter(|d| !d.short_year).map(|d| d.year).or_else(|| only_year(words))).max()
}

/// The states of the towns, as far as the record writes them side by side.
pub(super) fn states(text: &str, detections: &[Detection]) -> HashMap<String, String> {
    let beside = |town: &Detection, state: &Detection| {
        let between = text.get(town.span.end..state.span.start).unwrap_or("-");
        let is = town.entity == EntityType::City && state.entity == EntityType::State;
        is && between.len() <= 8 && between.chars().all(|c| c == ',' || c.is_whitespace())
    };
    let pairs = detections.iter().zip(detections.iter().skip(1)).filter(|(town, state)| beside(town, state));
    pairs.map(|(town, state)| (town.span.of(text).to_lowercase(), state.span.of(text).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zips() {
        for (words, expected) in [
            ("55802", Some("558")),
            ("55802-1234", Some("558")),
            ("558021234", Some("558")),
            ("03601", Some("000")),
            ("89301", Some("000")),
        ] {
            assert_eq!(zip3(words).as_deref(), expected);
        }
        for words in ["SW1A 1AA", "K1A 0B1", "2042", "558", ""] {
            assert_eq!(zip3(words), None, "{words}");
        }
    }

    #[test]
    fn dates() {
        use Grain::*;
        let now = Some(2024);
        for (words, grain, expected) in [
            ("03/14/1958", Year, Some("1958")),
            ("03/14/1934", Year, Some("90+ years ago")),
            ("03/14/1935", Year, Some("1935")),
            ("3/14/58", Year, Some("1958")),
            ("3/14/24", Year, Some("2024")),
            ("3/14/34", Year, None),
            ("3/14/35", Year, Some("1935")),
            ("20240504102233", Year, Some("2024")),
            ("March 3-9, 2024", Year, Some("2024")),
            ("Christmas 2023", Year, Some("2023")),
            ("March 3rd", Year, None),
            ("5/4", Year, None),
            ("May 4, 2024", Month, Some("May 2024")),
            ("05/04/2024", Quarter, Some("Q2 2024")),
            ("2024-12", Quarter, Some("Q4 2024")),
            ("March 3-9, 2024", Month, None),
        ] {
            assert_eq!(date(words, grain, Some(Order::MonthFirst), now, now).as_deref(), expected, "{words}");
        }
        assert_eq!(date("3/14/58", Year, Some(Order::MonthFirst), None, now), None);
        // A card that expires in 2031 makes no one be born then.
        assert_eq!(date("3/14/31", Year, Some(Order::MonthFirst), now, Some(2031)), None);
    }
}
