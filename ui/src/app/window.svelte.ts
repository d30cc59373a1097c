// Which page is shown, which record is on the desk, and how the shell is.
import { asProblem, client, type CaseView, type CommandError, type Passage, type RecordView, type Status } from "../ipc/client";
import { askingAbout, type Asking } from "../features/ask/asking.svelte";
import { cases } from "../features/cases/cases.svelte";
import { imports } from "../features/documents/imports.svelte";
import { records } from "../features/documents/records.svelte";
import { Review } from "../features/review/review.svelte";
import { entities } from "../shared/entities.svelte";
import { toasts } from "../shared/toasts.svelte";

export type PageName = "records" | "audit" | "policy" | "models" | "quality" | "providers";

class CordonWindow {
  status = $state.raw<Status | null>(null);
  failed = $state.raw<CommandError | null>(null);
  page = $state<PageName>("records");
  listed = $state(true);
  opening = $state<string | null>(null);
  desk = $state.raw<{ review: Review; asking: Asking } | null>(null);
  folder = $state.raw<{ view: CaseView; asking: Asking } | null>(null);
  readonly record = $derived(this.desk?.review.view.id ?? null);
  readonly case = $derived(this.folder?.view.id ?? null);

  async start(): Promise<void> {
    try {
      this.failed = null;
      this.status = await client.status();
      if (this.status.lock !== "unlocked") return;
      entities.all = await client.entityTypes();
      records.onopen = (id) => void this.open(id);
      imports.onresults = () => this.add();
      cases.onchange = () => this.#refresh();
      await Promise.all([records.refresh(), imports.load(), cases.refresh()]);
    } catch (thrown) {
      this.failed = asProblem(thrown);
    }
  }

  async refreshStatus(): Promise<void> {
    try {
      this.status = await client.status();
      // Where questions may go depends on the provider.
      await this.#refresh();
    } catch (thrown) {
      toasts.error(thrown);
    }
  }

  async open(id: string, passage: Passage | null = null): Promise<void> {
    this.page = "records";
    if (this.record === id || this.opening === id) return;
    this.opening = id;
    try {
      const view = await client.openRecord(id);
      // Somebody who clicked on another record meanwhile wants that one.
      if (this.opening !== id) return;
      this.#lay(view);
      if (passage && this.desk) this.desk.review.passage = { start: passage.start, end: passage.end };
    } catch (thrown) {
      toasts.error(thrown);
    } finally {
      if (this.opening === id) this.opening = null;
    }
  }

  async openCase(id: string): Promise<void> {
    this.page = "records";
    if (this.case === id || this.opening === id) return;
    this.opening = id;
    try {
      const view = await client.openCase(id);
      if (this.opening !== id) return;
      this.desk = null;
      this.folder = { view, asking: askingAbout(view.id, view.exchanges, "case") };
    } catch (thrown) {
      toasts.error(thrown);
    } finally {
      if (this.opening === id) this.opening = null;
    }
  }

  /** Looks again at what is listed and at what is on the desk. */
  async #refresh(): Promise<void> {
    await this.desk?.review.refresh();
    await records.refresh();
    const folder = this.folder;
    if (!folder) return;
    try {
      this.folder = { ...folder, view: await client.openCase(folder.view.id) };
    } catch {
      // It was dissolved.
      this.folder = null;
    }
  }

  add(): void {
    this.page = "records";
    this.desk = null;
    this.folder = null;
    this.opening = null;
  }

  async remove(): Promise<void> {
    const id = this.record;
    if (id !== null && (await records.remove(id))) this.add();
  }

  #lay(view: RecordView): void {
    this.folder = null;
    const review = new Review(view, () => void records.refresh());
    this.desk = { review, asking: askingAbout(view.id, view.exchanges) };
  }
}

export const cordon = new CordonWindow();
