// The record on the desk: what is selected in it, and the edits, one after the other.
import { client, type Dates, type Detection, type Edit, type RecordView } from "../../ipc/client";
import { entities, type Group } from "../../shared/entities.svelte";
import { toasts } from "../../shared/toasts.svelte";
import { blockStarts, inOrder, originalBlocks, previewBlocks, reuse, type Block } from "./segments";
import { t } from "./strings";

export class Review {
  view = $state.raw() as RecordView;
  selected = $state<number | null>(null);
  hovered = $state<number | null>(null);
  hidden = $state.raw<ReadonlySet<Group>>(new Set());
  labels = $state(false);
  wrapped = $state(true);
  passage = $state.raw<{ start: number; end: number } | null>(null);
  busy = $state(0);
  announced = $state("");
  original = $state.raw<Block[]>([]);
  preview = $state.raw<Block[]>([]);

  readonly ordered = $derived(inOrder(this.view.text, this.view.detections));
  readonly current = $derived(this.selected === null ? null : (this.ordered.find((found) => found.id === this.selected) ?? null));
  readonly groupCounts = $derived.by(() => {
    const counts = new Map<Group, number>();
    for (const found of this.ordered) {
      const group = entities.group(found.entity);
      counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    return counts;
  });

  #place = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #onchange: (view: RecordView) => void;

  constructor(view: RecordView, onchange: (view: RecordView) => void = () => undefined) {
    this.#onchange = onchange;
    this.#take(view);
  }

  edit(edit: Edit): Promise<void> {
    return this.#run(() => client.editRecord(this.view.id, edit));
  }

  /** Removes the selected finding and goes on to the one after it. */
  remove(): Promise<void> {
    return this.#run(async () => {
      const found = this.current;
      if (!found) return this.view;
      const view = await client.editRecord(this.view.id, { kind: "remove", detection: found.id });
      this.#place = found.start;
      this.announced = t.removed(entities.label(found.entity));
      this.selected = inOrder(view.text, view.detections).find((other) => other.start >= found.start)?.id ?? null;
      return view;
    });
  }

  retype(entity: string): Promise<void> {
    return this.#run(async () => {
      const found = this.current;
      if (!found || found.entity === entity) return this.view;
      const view = await client.editRecord(this.view.id, { kind: "retype", detection: found.id, entity });
      this.selected = view.detections.find((other) => other.start === found.start)?.id ?? null;
      return view;
    });
  }

  add(start: number, end: number, entity: string): Promise<void> {
    return this.#run(async () => {
      const view = await client.editRecord(this.view.id, { kind: "add", start, end, entity });
      this.selected = view.detections.find((found) => found.start === start)?.id ?? null;
      return view;
    });
  }

  undo(): Promise<void> {
    return this.#run(async () => (this.view.canUndo ? client.undo(this.view.id) : this.view));
  }

  redo(): Promise<void> {
    return this.#run(async () => (this.view.canRedo ? client.redo(this.view.id) : this.view));
  }

  approve(): Promise<void> {
    return this.#run(async () => {
      const view = await client.approve(this.view.id);
      toasts.info(t.approved);
      return view;
    });
  }

  setDates(dates: Dates): Promise<void> {
    return this.#run(async () => {
      await client.setDates(dates);
      return client.openRecord(this.view.id);
    });
  }

  /** Asks again: another provider may have changed the decision. */
  refresh(): Promise<void> {
    return this.#run(() => client.openRecord(this.view.id));
  }

  /** The next (1) or previous (-1) finding that is shown, round the ends. */
  step(by: 1 | -1): Detection | null {
    const shown = this.ordered.filter((found) => !this.hidden.has(entities.group(found.entity)));
    if (shown.length === 0) return null;
    const at = shown.findIndex((found) => found.id === this.selected);
    // Where nothing is selected, it goes on from where the reader was.
    const after = shown.findIndex((found) => found.start >= this.#place);
    const next = at >= 0 ? at + by : by > 0 ? Math.max(after, 0) : (after < 0 ? shown.length : after) - 1;
    const found = shown[(next + shown.length) % shown.length] ?? null;
    this.selected = found?.id ?? null;
    this.#place = found?.start ?? 0;
    return found;
  }

  toggle(group: Group): void {
    const hidden = new Set(this.hidden);
    if (!hidden.delete(group)) hidden.add(group);
    this.hidden = hidden;
  }

  #take(view: RecordView): void {
    this.view = view;
    const ordered = inOrder(view.text, view.detections);
    const starts = blockStarts(view.text, ordered);
    this.original = reuse(this.original, originalBlocks(view.text, ordered, starts));
    this.preview = reuse(this.preview, previewBlocks(view, starts));
    if (this.selected !== null && !view.detections.some((found) => found.id === this.selected)) this.selected = null;
    this.hovered = null;
  }

  // Ids belong to one version of the view, so each edit starts from what the one before it left.
  #run(work: () => Promise<RecordView>): Promise<void> {
    this.busy += 1;
    const run = this.#queue.then(async () => {
      try {
        const view = await work();
        if (view !== this.view) {
          this.#take(view);
          this.#onchange(view);
        }
      } catch (thrown) {
        toasts.error(thrown);
      } finally {
        this.busy -= 1;
      }
    });
    this.#queue = run;
    return run;
  }
}
