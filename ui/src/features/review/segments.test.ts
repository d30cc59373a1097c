import { describe, expect, it } from "vitest";
import type { Detection, Segment } from "../../ipc/client";
import { blockStarts, inOrder, isColumnar, linesIn, occurrences, originalBlocks, previewBlocks, reuse, trimmed, type Block } from "./segments";

const found = (id: number, start: number, end: number, entity = "PERSON"): Detection => ({
  id, start, end, entity, confidence: 0.9, source: "model", placeholder: `[${entity}_${id}]`,
});
const at = (text: string, value: string, id: number, entity?: string) => {
  const start = text.indexOf(value);
  return found(id, start, start + value.length, entity);
};
const textOf = (blocks: Block[]) => blocks.flatMap((block) => block.pieces.map((piece) => piece.text)).join("");
const marked = (blocks: Block[]) => blocks.flatMap((block) => block.pieces.filter((piece) => piece.detection).map((piece) => piece.text));

function previewOf(text: string, detections: Detection[]): Segment[] {
  const segments: Segment[] = [];
  let position = 0;
  for (const detection of detections) {
    segments.push({ text: text.slice(position, detection.start), entity: null, detection: null });
    segments.push({ text: detection.placeholder, entity: detection.entity, detection: detection.id });
    position = detection.end;
  }
  return [...segments, { text: text.slice(position), entity: null, detection: null }];
}

describe("positions are UTF-16 code units", () => {
  it("cuts right after characters that take two of them", () => {
    const text = "👋 Dear 👩‍⚕️ Anna 🧠 Hale, 😀";
    const detections = [at(text, "Anna 🧠 Hale", 1)];
    const blocks = originalBlocks(text, detections, blockStarts(text, detections));
    expect(marked(blocks)).toEqual(["Anna 🧠 Hale"]);
    expect(textOf(blocks)).toBe(text);
  });

  it("never splits a character between blocks of one long line", () => {
    const text = "😀".repeat(500);
    const starts = blockStarts(text, [], 10, 33);
    const blocks = originalBlocks(text, [], starts);
    expect(starts.length).toBeGreaterThan(10);
    expect(textOf(blocks)).toBe(text);
    for (const block of blocks) expect([...block.pieces[0]!.text].every((character) => character === "😀")).toBe(true);
  });
});

describe("blocks", () => {
  const text = Array.from({ length: 200 }, (_, line) => `line ${line}: Anna Hale`).join("\n");
  const detections = inOrder(text, Array.from({ length: 200 }, (_, line) => {
    const start = text.indexOf(`line ${line}:`) + `line ${line}: `.length;
    return found(line, start, start + "Anna Hale".length);
  }));

  it("hold the whole text, in order, cut at line ends", () => {
    const starts = blockStarts(text, detections, 20);
    expect(starts).toHaveLength(10);
    const blocks = originalBlocks(text, detections, starts);
    expect(textOf(blocks)).toBe(text);
    expect(marked(blocks)).toHaveLength(200);
    for (const start of starts.slice(1)) expect(text[start - 1]).toBe("\n");
  });

  it("never begin inside of a finding that goes over a line end", () => {
    const address = "To:\n18 Alder Street\nFairhaven\nEnd\n";
    const detection = at(address, "18 Alder Street\nFairhaven", 1, "STREET_ADDRESS");
    const starts = blockStarts(address, [detection], 1);
    expect(starts.some((start) => start > detection.start && start < detection.end)).toBe(false);
    expect(marked(originalBlocks(address, [detection], starts))).toEqual(["18 Alder Street\nFairhaven"]);
  });

  it("give the preview to the last character, aligned with the original", () => {
    const starts = blockStarts(text, detections, 20);
    const preview = previewOf(text, detections);
    const blocks = previewBlocks({ preview, detections }, starts);
    expect(textOf(blocks)).toBe(preview.map((segment) => segment.text).join(""));
    const original = originalBlocks(text, detections, starts);
    blocks.forEach((block, index) => {
      const ids = (some: Block) => some.pieces.flatMap((piece) => (piece.detection ? [piece.detection.id] : []));
      expect(ids(block)).toEqual(ids(original[index]!));
    });
  });

  it("lose nothing of a preview that does not follow the original", () => {
    const preview: Segment[] = [
      { text: "something else\n", entity: null, detection: null },
      { text: "[PERSON_9]", entity: "PERSON", detection: 999 },
      { text: "x".repeat(50), entity: null, detection: null },
    ];
    const blocks = previewBlocks({ preview, detections }, blockStarts(text, detections, 20));
    expect(textOf(blocks)).toBe(`something else\n[PERSON_9]${"x".repeat(50)}`);
  });

  it("are kept where nothing changed", () => {
    const starts = blockStarts(text, detections, 20);
    const before = originalBlocks(text, detections, starts);
    const fewer = detections.filter((detection) => detection.id !== 199);
    const after = reuse(before, originalBlocks(text, fewer, blockStarts(text, fewer, 20)));
    expect(after.slice(0, 9).every((block, index) => block === before[index])).toBe(true);
    expect(after[9]).not.toBe(before[9]);
  });

  it("of an empty text are one empty block", () => {
    expect(originalBlocks("", [], blockStarts("", []))).toEqual([{ start: 0, pieces: [] }]);
  });
});

describe("inOrder", () => {
  it("drops what overlaps or lies outside of the text", () => {
    const kept = inOrder("Anna Hale", [found(1, 5, 9), found(2, 0, 4), found(3, 2, 6), found(4, 8, 99), found(5, 4, 4)]);
    expect(kept.map((detection) => detection.id)).toEqual([2, 1]);
  });
});

describe("trimmed", () => {
  it("leaves white space out", () => expect(trimmed("a  Anna \n b", 1, 9)).toEqual({ start: 3, end: 7 }));
  it("is nothing for white space alone", () => expect(trimmed("a   b", 1, 4)).toBeNull());
  it("takes whole characters", () => expect(trimmed("a😀b", 2, 2 + 1)).toEqual({ start: 1, end: 3 }));
});

it("tells columns from prose", () => {
  expect(isColumnar("Name    Amount\nRent    1,350.00\nPay     2,411.06\n", "pdf")).toBe(true);
  expect(isColumnar("Dear Dr. Lind,\n\nThank you for seeing him.\n", "text")).toBe(false);
  expect(isColumnar("MSH|^~\\&|A|B", "hl7")).toBe(true);
});

it("estimates lines without drawing them", () => {
  const block = (text: string): Block => ({ start: 0, pieces: [{ text, entity: null, detection: null }] });
  expect(linesIn(block("ab\n\ncdefgh\n"), 4)).toBe(4);
  expect(linesIn(block("ab\n\ncdefgh\n"), Infinity)).toBe(3);
  expect(linesIn(block(""), 10)).toBe(1);
});

describe("finding words", () => {
  it("takes them literally, in any case, at UTF-16 positions", () => {
    expect(occurrences("😀 A.b a.B axb", "a.b")).toEqual([{ start: 3, end: 6 }, { start: 7, end: 10 }]);
    expect(occurrences("cost (USD) [1] a-b\\c", "(usd) [1] a-b\\c")).toHaveLength(1);
    expect(occurrences("İstanbul maria", "MARIA")).toEqual([{ start: 9, end: 14 }]);
    expect(occurrences("abc", " ")).toEqual([]);
  });
});
