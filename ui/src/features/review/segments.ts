// Cuts a record and its preview into aligned blocks of lines, so that long records stay fluid and both sides scroll together.
// All positions are UTF-16 code units, which is what string indexes count.
import type { Detection, RecordView, Segment } from "../../ipc/client";

export type Piece = { text: string; entity: string | null; detection: Detection | null };
export type Block = { start: number; pieces: Piece[] };

/** Below it a finding is underlined with a wave and called low. It is for the eye only: the policy decides by its own numbers. */
export const lowConfidence = 0.75;

const linesPerBlock = 24;
const charsPerBlock = 8000;

/** Detections in order and without overlaps or positions outside of the text: the first one wins. */
export function inOrder(text: string, detections: Detection[]): Detection[] {
  const kept: Detection[] = [];
  let at = 0;
  for (const found of [...detections].sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (found.start < at || found.end <= found.start || found.end > text.length) continue;
    kept.push(found);
    at = found.end;
  }
  return kept;
}

/** Where blocks begin: after a line end, or within a very long line, never inside of a finding. */
export function blockStarts(text: string, ordered: Detection[], lines = linesPerBlock, chars = charsPerBlock): number[] {
  const starts = [0];
  let start = 0;
  let next = 0;
  while (start < text.length) {
    let end = start;
    for (let line = 0; line < lines && end < text.length && end - start < chars; line++) {
      const newline = text.indexOf("\n", end);
      end = newline < 0 ? text.length : newline + 1;
    }
    if (end - start > chars) end = breakBefore(text, start, start + chars);
    // A pair of surrogates is one character.
    if (isLowSurrogate(text, end) && !isLowSurrogate(text, end - 1)) end += 1;
    while (next < ordered.length && ordered[next]!.end <= end) next += 1;
    const across = ordered[next];
    if (across && across.start < end) end = across.end;
    if (end < text.length) starts.push(end);
    start = end;
  }
  return starts;
}

function breakBefore(text: string, start: number, limit: number): number {
  const newline = text.lastIndexOf("\n", limit - 1);
  if (newline > start) return newline + 1;
  const space = text.lastIndexOf(" ", limit - 1);
  return space > start ? space + 1 : limit;
}

function isLowSurrogate(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff;
}

export function originalBlocks(text: string, ordered: Detection[], starts: number[]): Block[] {
  let next = 0;
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? text.length;
    const pieces: Piece[] = [];
    let at = start;
    for (let found = ordered[next]; found && found.start < end; found = ordered[++next]) {
      if (found.start > at) pieces.push({ text: text.slice(at, found.start), entity: null, detection: null });
      pieces.push({ text: text.slice(found.start, found.end), entity: found.entity, detection: found });
      at = found.end;
    }
    if (at < end) pieces.push({ text: text.slice(at, end), entity: null, detection: null });
    return { start, pieces };
  });
}

/** The preview cut at the same places. Its text is never changed: joined, the pieces are the preview to the last character. */
export function previewBlocks(view: Pick<RecordView, "preview" | "detections">, starts: number[]): Block[] {
  const byId = new Map(view.detections.map((found) => [found.id, found]));
  const blocks: Block[] = starts.map((start) => ({ start, pieces: [] }));
  let index = 0;
  let at = 0;
  const put = (piece: Piece) => blocks[index]?.pieces.push(piece);
  const advance = () => {
    while (index + 1 < starts.length && at >= starts[index + 1]!) index += 1;
  };
  for (const segment of view.preview) {
    const found = segment.detection === null ? undefined : byId.get(segment.detection);
    if (found) {
      at = found.start;
      advance();
      put({ text: segment.text, entity: segment.entity, detection: found });
      at = found.end;
      continue;
    }
    let text = segment.text;
    while (text) {
      advance();
      const room = (starts[index + 1] ?? Infinity) - at;
      const part = text.slice(0, room);
      put({ text: part, entity: segment.entity, detection: null });
      at += part.length;
      text = text.slice(part.length);
    }
  }
  return blocks;
}

/** How many lines a block takes where a line holds so many characters: an estimate, made without drawing it. */
export function linesIn(block: Block, columns: number): number {
  const lines = block.pieces.map((piece) => piece.text).join("").split("\n");
  if (lines.length > 1 && lines.at(-1) === "") lines.pop();
  return lines.reduce((sum, line) => sum + Math.max(Math.ceil(line.length / columns), 1), 0);
}

/** Keeps the old block where nothing in it changed, so that only what changed is drawn again. */
export function reuse(before: Block[], after: Block[]): Block[] {
  return after.map((block, index) => {
    const old = before[index];
    return old && old.start === block.start && samePieces(old.pieces, block.pieces) ? old : block;
  });
}

function samePieces(a: Piece[], b: Piece[]): boolean {
  return a.length === b.length && a.every((piece, index) => samePiece(piece, b[index]!));
}

function samePiece(a: Piece, b: Piece): boolean {
  if (a.text !== b.text || a.entity !== b.entity) return false;
  const [x, y] = [a.detection, b.detection];
  return x === y || (x !== null && y !== null && x.id === y.id && x.entity === y.entity && x.start === y.start);
}

/** The selected range without the white space around it, or null where nothing is left. */
export function trimmed(text: string, start: number, end: number): { start: number; end: number } | null {
  while (start < end && /\s/.test(text[start] ?? "")) start += 1;
  while (end > start && /\s/.test(text[end - 1] ?? "")) end -= 1;
  if (isLowSurrogate(text, start) && start > 0) start -= 1;
  if (isLowSurrogate(text, end)) end += 1;
  return start < end ? { start, end } : null;
}

/** Text laid out in columns needs a fixed pitch; prose reads better without one. */
export function isColumnar(text: string, format: string): boolean {
  if (!/^(text|txt|pdf|docx|plain)/i.test(format)) return true;
  const lines = text.slice(0, 20_000).split("\n").filter((line) => line.trim());
  const columns = lines.filter((line) => /\S {3,}\S/.test(line)).length;
  return columns >= 3 && columns / Math.max(lines.length, 1) > 0.08;
}

export function joined(segments: Segment[]): string {
  return segments.map((segment) => segment.text).join("");
}

/** Where words stand in the text, whatever their case. */
export function occurrences(text: string, words: string): { start: number; end: number }[] {
  if (!words.trim()) return [];
  const literal = new RegExp(words.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "giu");
  return [...text.matchAll(literal)].map((hit) => ({ start: hit.index, end: hit.index + hit[0].length }));
}
