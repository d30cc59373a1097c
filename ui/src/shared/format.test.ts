import { describe, expect, it } from "vitest";
import { bytes, count, detail, fileName, foundBy, percent, short, when, words } from "./format";

describe("percent", () => {
  it.each([
    [0.974, "97 %"],
    [0, "0 %"],
    [1, "100 %"],
    [0.999, "> 99 %"],
    [0.0004, "< 1 %"],
    [1.7, "100 %"],
    [Number.NaN, "–"],
    [null, "–"],
    [undefined, "–"],
  ])("%s is %s", (value, shown) => expect(percent(value)).toBe(shown));
});

describe("bytes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [22_713_344, "23 MB"],
    [3_200_000_000, "3.2 GB"],
  ])("%s is %s", (size, shown) => expect(bytes(size)).toBe(shown));
});

describe("file names", () => {
  it("show direction, control and zero-width characters instead of obeying them", () => {
    expect(fileName("scan\u202Efdp.exe")).toBe("scan·fdp.exe");
    expect(fileName("a\nb\u200B.txt")).toBe("a·b·.txt");
  });
  it("keep letters of every script and emoji", () => {
    expect(fileName("Bericht-Müller-東京-👩‍⚕.pdf".normalize())).toContain("Müller-東京-👩");
  });
});

describe("words", () => {
  it.each([
    ["discharge_summary", "Discharge summary"],
    ["record.imported", "Record imported"],
    ["", ""],
  ])("%s is %s", (name, shown) => expect(words(name)).toBe(shown));
});

it("says who found it", () => {
  expect(foundBy("rule:us_ssn")).toBe("Rule us_ssn");
  expect(foundBy("field:PID-5")).toBe("Field PID-5");
  expect(foundBy("model")).toBe("Detection model");
  expect(foundBy("something-new")).toBe("something-new");
});

it("reads parts per million as percent", () => {
  expect(detail(["confidence_ppm", "970000"])).toEqual(["Confidence", "97 %"]);
  expect(detail(["latency_ms", "23"])).toEqual(["Latency ms", "23"]);
});

it("counts with the right word", () => {
  expect(count(1, "row", "rows")).toBe("1 row");
  expect(count(1200, "row", "rows")).toBe("1,200 rows");
});

it("shows an unreadable time as it came", () => expect(when("yesterday-ish")).toBe("yesterday-ish"));

it("shows today as a clock time and other days as a day", () => {
  const now = new Date(2025, 10, 24, 18, 0);
  expect(when(new Date(2025, 10, 24, 9, 5).toISOString(), now)).toBe("09:05");
  expect(when(new Date(2025, 10, 23, 9, 5).toISOString(), now)).toBe("23 Nov 2025");
});

it("shortens a digest from both ends", () => expect(short("0123456789abcdef0123")).toBe("01234567…0123"));
