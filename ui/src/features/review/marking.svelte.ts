// Words that are to be marked: selected by hand, or found by typing them.
import { rangeOf, selectedRange } from "./dom";
import type { Review } from "./review.svelte";
import { trimmed } from "./segments";

export type Selected = { start: number; end: number; rect: DOMRect };

export class Marking {
  selection = $state.raw<Selected | null>(null);
  /** The type is being chosen. */
  choosing = $state(false);
  /** The words are being typed. */
  finding = $state(false);

  #review: Review;
  #original: () => HTMLElement | undefined;
  #reveal: (start: number) => void;
  #place = new DOMRect(200, 200, 0, 0);

  constructor(review: Review, original: () => HTMLElement | undefined, reveal: (start: number) => void) {
    this.#review = review;
    this.#original = original;
    this.#reveal = reveal;
  }

  choose(): void {
    if (!this.selection) return;
    this.#review.selected = null;
    this.choosing = true;
  }

  async pick(entity: string): Promise<void> {
    const range = this.selection;
    this.choosing = false;
    this.selection = null;
    this.endFinding();
    getSelection()?.removeAllRanges();
    if (range) await this.#review.add(range.start, range.end, entity);
  }

  /** Shows words that were looked for, ready to be marked. */
  found(range: { start: number; end: number } | null): void {
    this.#review.selected = null;
    this.#review.passage = range;
    if (range) this.#reveal(range.start);
    const original = this.#original();
    const box = range && original && rangeOf(original, range.start, range.end)?.getBoundingClientRect?.();
    this.selection = range && { ...range, rect: box ?? this.#place };
  }

  /** The words were brought into view: they stand elsewhere now. */
  moved(rect: DOMRect): void {
    if (this.finding && this.selection) this.selection = { ...this.selection, rect };
  }

  endFinding(): void {
    if (!this.finding) return;
    this.finding = false;
    this.selection = null;
    this.#review.passage = null;
  }

  readSelection(): void {
    const original = this.#original();
    if (this.choosing || this.finding || !original) return;
    const range = selectedRange(original, getSelection());
    const kept = range && trimmed(this.#review.view.text, range.start, range.end);
    const rects = kept ? getSelection()?.getRangeAt(0).getClientRects?.() : undefined;
    this.selection = kept ? { ...kept, rect: rects?.[rects.length - 1] ?? this.#place } : null;
    if (this.selection) this.#review.selected = null;
  }
}
