// The list of records and what is being read right now.
import { asProblem, client, type ImportOutcome, type RecordSummary, type RecordView } from "../../ipc/client";
import { fileName } from "../../shared/format";
import { toasts } from "../../shared/toasts.svelte";
import { t } from "./strings";

class Records {
  list = $state.raw<RecordSummary[]>([]);
  reading = $state.raw<string[]>([]);
  busy = $state(false);
  over = $state(false);
  /** Set by the shell of the window: shows a record that was just added. */
  onopen: (id: string) => void = () => undefined;
  #taken = new Set<string>();

  async refresh(): Promise<void> {
    try {
      this.list = await client.listRecords();
    } catch (thrown) {
      toasts.error(thrown);
    }
  }

  async follow(): Promise<() => void> {
    const stops = await Promise.all([
      client.listen("import-started", ({ names }) => (this.reading = names)),
      client.listen("imported", (outcomes) => void this.take(outcomes)),
      client.listen("drag", ({ over }) => (this.over = over)),
    ]);
    return () => stops.forEach((stop) => stop());
  }

  async openFiles(): Promise<void> {
    await this.#whileBusy(async () => this.take(await client.importDialog()));
  }

  async paste(text: string): Promise<boolean> {
    return this.#whileBusy(async () => this.#show(await client.importText(t.pastedName, text)), t.pastedName);
  }

  async sample(): Promise<void> {
    await this.#whileBusy(async () => this.#show(await client.loadSample()));
  }

  /** Stops what is being read; what was read before stays. */
  async cancel(): Promise<void> {
    try {
      await client.cancelImport();
    } catch (thrown) {
      toasts.error(thrown);
    }
  }

  async remove(id: string): Promise<boolean> {
    return this.#whileBusy(async () => {
      await client.deleteRecord(id);
      await this.refresh();
    });
  }

  /** Outcomes may come as a reply, as an event or as both. */
  async take(outcomes: ImportOutcome[]): Promise<void> {
    this.reading = [];
    this.over = false;
    const added: RecordSummary[] = [];
    for (const { record, name, error } of outcomes) {
      if (record && !this.#taken.has(record.id)) {
        this.#taken.add(record.id);
        added.push(record);
      }
      if (error && error.code !== "cancelled") toasts.error(error, fileName(name));
    }
    // The record is opened while the list is read.
    const listed = outcomes.length > 0 ? this.refresh() : undefined;
    const [first] = added;
    if (first) this.onopen(first.id);
    if (added.length > 1) toasts.info(t.imported(added.length));
    await listed;
  }

  async #show(view: RecordView): Promise<void> {
    await this.refresh();
    this.onopen(view.id);
  }

  async #whileBusy(work: () => Promise<void>, name = ""): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    if (name) this.reading = [name];
    try {
      await work();
      return true;
    } catch (thrown) {
      if (asProblem(thrown).code !== "cancelled") toasts.error(thrown);
      return false;
    } finally {
      this.busy = false;
      this.reading = [];
    }
  }
}

export const records = new Records();
