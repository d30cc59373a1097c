//! Dates of a case moved together: intervals stay, the days do not.

use serde::{Deserialize, Serialize};

use super::Seed;
use super::calendar::{Date, Order, civil};

/// How far the dates of a case are moved, and in which order they are written. It is as secret as the dates.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// Days, never 0, at most 364 either way.
    days: i32,
    order: Option<Order>,
}

impl std::fmt::Debug for Shift {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[shift]")
    }
}

impl Shift {
    pub(super) fn drawn(seed: &Seed, keep_weekday: bool, order: Option<Order>) -> Self {
        let (step, steps) = if keep_weekday { (7, 52) } else { (1, 364) };
        let drawn = seed.date_draws().below(2 * steps) as i32;
        Self { days: around_nought(drawn, steps as i32) * step, order }
    }

    /// The date in the same form, moved; none where it is no whole date, or the form cannot say the new one. Months without
    /// a day are moved by whole months, at least one.
    pub fn apply(&self, words: &str) -> Option<String> {
        self.moved(&Date::read(words, self.order)?)
    }

    /// The shift back.
    #[must_use]
    pub fn inverse(self) -> Shift {
        Shift { days: -self.days, ..self }
    }

    /// One shift for the dates of both; where they are written in different orders, what could be read in two ways stays.
    pub(crate) fn and(self, other: Shift) -> Shift {
        Shift { order: self.order.filter(|_| self.order == other.order), ..self }
    }

    pub(super) fn moved(&self, date: &Date<'_>) -> Option<String> {
        match date.days() {
            Some(days) => {
                let (year, month, day) = civil(days + i64::from(self.days));
                date.written(year, month, Some(day))
            }
            None => {
                // A twelfth of 365.25 days; symmetric, so that the inverse is exact.
                let months = ((f64::from(self.days.abs()) / 30.4375).round() as i32).max(1) * self.days.signum();
                let at = date.year * 12 + date.month as i32 - 1 + months;
                date.written(at.div_euclid(12), at.rem_euclid(12) as u32 + 1, None)
            }
        }
    }

    /// The dates of an answer, moved.
    pub(super) fn in_text(self, text: &str) -> Vec<(std::ops::Range<usize>, String)> {
        Date::all(text, self.order).into_iter().filter_map(|(at, date)| Some((at, self.moved(&date)?))).collect()
    }
}

/// One of -steps..=-1 and 1..=steps for each of 0..2 * steps.
fn around_nought(drawn: i32, steps: i32) -> i32 {
    if drawn < steps { drawn - steps } else { drawn - steps + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(days: i32) -> Shift {
        Shift { days, order: Some(Order::MonthFirst) }
    }

    #[test]
    fn table() {
        for (days, from, to) in [
            (10, "12/25/2023", "01/04/2024"),
            (-1, "03/01/2024", "02/29/2024"),
            (7, "Monday, May 6, 2024", "Monday, May 13, 2024"),
            (1, "Monday, May 6, 2024", "Tuesday, May 7, 2024"),
            (40, "20240504102233", "20240613102233"),
            (3, "May 2024", "June 2024"),
            (-300, "05/2024", "07/2023"),
        ] {
            assert_eq!(shift(days).apply(from).as_deref(), Some(to), "{from}");
            assert_eq!(shift(days).inverse().apply(to).as_deref(), Some(from), "{to}");
        }
        // Outside of what the form can say: no date, not a wrong one.
        assert_eq!(shift(40).apply("12/25/49"), None);
        assert_eq!(shift(-40).apply("01/05/1900"), None);
    }

    #[test]
    fn offsets_are_never_none_and_whole_weeks_where_asked() {
        for steps in [52, 364] {
            let all: Vec<i32> = (0..2 * steps).map(|drawn| around_nought(drawn, steps)).collect();
            assert_eq!(all, (-steps..=steps).filter(|days| *days != 0).collect::<Vec<_>>());
        }
        for seed in 0..=255u8 {
            let seed = Seed::new([seed; 32]);
            let plain = Shift::drawn(&seed, false, None).days;
            let weeks = Shift::drawn(&seed, true, None).days;
            assert!((1..=364).contains(&plain.abs()) && (1..=364).contains(&weeks.abs()) && weeks % 7 == 0);
        }
    }
}
