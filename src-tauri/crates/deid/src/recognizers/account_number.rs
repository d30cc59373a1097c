//! Bank, loan and brokerage accounts, by their label; whole, masked or by their last digits.

use super::labelled::{Label, Needs, number};
use crate::EntityType;

pub const LABELS: &[Label] = &[
    Label {
        words: "account|acct|bank account|checking account|savings account|loan account|brokerage account|account holder account|\
            deposit account|credit account|mortgage account|escrow account|beneficiary account|customer account|patient account|\
            current account|account identifier|accountid|accountnumber|accountno|acctno|acctnum|accnum|accno|account details|\
            bank details|bank account details|clabe|konto|kontonummer|loan|line of credit|mortgage|policy loan|heloc|giro|cuenta|\
            compte",
        needs: Needs::Nothing,
        entity: EntityType::AccountNumber,
        rule: "account_number",
        sure: 0.9,
        value: number::<4, 24>,
    },
    Label {
        words: "a c|acc|checking|savings|escrow|deposit|brokerage|portfolio|custody|har|billing|creditor",
        needs: Needs::Mark,
        entity: EntityType::AccountNumber,
        rule: "account_number",
        sure: 0.85,
        value: number::<5, 24>,
    },
    Label {
        words: "checking|savings|money market",
        needs: Needs::Nothing,
        entity: EntityType::AccountNumber,
        rule: "account_number",
        sure: 0.8,
        value: number::<8, 20>,
    },
];

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
            ("A/C No. 5512-88217", &[("5512-88217", AccountNumber)]),
            ("Account Number\n006482543334\n", &[("006482543334", AccountNumber)]),
            ("\"accountNumber\": \"44821-118\"", &[("44821-118", AccountNumber)]),
            ("<acct_no>7733120045</acct_no>", &[("7733120045", AccountNumber)]),
            ("88231177 (acct) was closed", &[("88231177", AccountNumber)]),
            ("0042118223 is her account number", &[("0042118223", AccountNumber)]),
            (
                "accounts 4411820, 4411837 and 4411990",
                &[("4411820", AccountNumber), ("4411837", AccountNumber), ("4411990", AccountNumber)],
            ),
            ("account ****8821", &[("****8821", AccountNumber)]),
            ("acct XXXXXX4417", &[("XXXXXX4417", AccountNumber)]),
            ("account: 4O1l8823", &[("4O1l8823", AccountNumber)]),
            (
                "Acct No | Branch | Balance\n5512-8841 | North | 118.20\n5512-9917 | South | 4.00",
                &[("5512-8841", AccountNumber), ("5512-9917", AccountNumber)],
            ),
            ("the account was opened in 2019", &[]),
            ("account 30 days past due", &[]),
            ("mortgage of 250,000 over 30 years", &[]),
            ("loan amount: 150000", &[]),
        ]);
    }
}
