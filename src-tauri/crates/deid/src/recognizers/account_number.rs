//! Bank, loan and brokerage accounts, by their label; whole, masked or by their last digits.

use super::{Text, patterns};
use crate::{Detection, EntityType};

patterns! {
    ACCOUNT = r"(?i)\b(?:(?:bank|checking|savings|loan|brokerage|customer|deposit|mortgage|credit|beneficiary|escrow)\s+)?(?:account|acct|a/c|acc)\.?\s*(?:number|num|nbr|no\.?|#|id)?\s*(?:is\s+|:|#|=)?\s*(?P<id>(?:[x*•]{2,}[- ]?)?[A-Z]{0,4}-?\d[\d -]{2,22}\d)\b";
    ACCOUNT_END = r"(?i)\b(?:account|acct|a/c|loan)\b[^\n\d]{0,24}(?:ending(?:\s+in)?|ends\s+in|last\s+(?:four|4)(?:\s+digits)?|[x*•]{2,})\s*:?\s*(?P<id>\d{3,6})\b";
    LOAN = r"(?i)\b(?:loan|mortgage|policy\s+loan|line\s+of\s+credit)\s*(?:number|num|no\.?|#|id)\s*[:#]?\s*(?P<id>[A-Z]{0,4}[- ]?\d[\d-]{4,18})\b";
}

pub fn recognize(text: &Text<'_>, found: &mut Vec<Detection>) {
    use EntityType::AccountNumber;
    let long = |hit: &str| hit.chars().filter(char::is_ascii_digit).count() >= 4;
    text.each(&ACCOUNT, "account_number", AccountNumber, found, |hit, _| if long(hit) { 0.9 } else { 0.0 });
    text.each(&ACCOUNT_END, "account_number", AccountNumber, found, |_, _| 0.88);
    text.each(&LOAN, "account_number", AccountNumber, found, |_, _| 0.9);
}

#[cfg(test)]
mod tests {
    use crate::EntityType::*;
    use crate::recognizers::check;

    #[test]
    fn table() {
        check(&[
            ("Account number: 0042-118-2231", &[("0042-118-2231", AccountNumber)]),
            ("acct # 88231177", &[("88231177", AccountNumber)]),
            ("savings account 5512 8890 11", &[("5512 8890 11", AccountNumber)]),
            ("account ending in 8821", &[("8821", AccountNumber)]),
            ("Loan number: LN-2024118", &[("LN-2024118", AccountNumber)]),
            ("on account of 3 delays", &[]),
            ("an account of the visit", &[]),
            ("account balance $4,118.20", &[]),
        ]);
    }
}
