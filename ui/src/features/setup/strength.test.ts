import { expect, it } from "vitest";
import { strength } from "./strength";

it.each([
  ["", 0],
  ["seven77", 0],
  ["aaaaaaaaaaaa", 1],
  ["12345678", 1],
  ["abcabcabcabc", 1],
  ["password", 1],
  ["seven green lanterns", 4],
  ["Tr0ub4dor&3", 3],
])("%s is %i", (passphrase, level) => expect(strength(passphrase)).toBe(level));

it("counts characters, not code units", () => expect(strength("😀😀😀😀")).toBe(0));
