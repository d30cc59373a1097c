export const t = {
  why: "Why",
  rulesTitle: "Rules that decided",
  permit: "allows",
  forbid: "forbids",
  noRules: "No rule allows it, and what no rule allows is forbidden.",
  reviewed: "Reviewed by a person",
  approve: "Approve for sending",
  approveHint: "You have looked at the right-hand side and it may be sent",
};
