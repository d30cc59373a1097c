export const t = {
  title: "Policy",
  lead: "What may leave this computer. What no rule allows is forbidden, and one rule that forbids outweighs all that allow.",
  version: "Version",
  permit: "Allows",
  forbid: "Forbids",
  forbidding: "Rules that forbid sending",
  permitting: "Rules that allow sending",
  source: "Cedar source",
  noRules: "There are no rules: nothing may be sent.",
};
