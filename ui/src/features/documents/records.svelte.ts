// The list of records and what is being read right now.
import { asProblem, client, type RecordSummary, type RecordView } from "../../ipc/client";
import { toasts } from "../../shared/toasts.svelte";
import { t } from "./strings";

class Records {
  list = $state.raw<RecordSummary[]>([]);
  reading = $state.raw<string[]>([]);
  busy = $state(false);
  over = $state(false);
  /** Set by the shell of the window: shows a record that was just added. */
  onopen: (id: string) => void = () => undefined;

  async refresh(): Promise<void> {
    try {
      this.list = await client.listRecords();
    } catch (thrown) {
      toasts.error(thrown);
    }
  }

  async follow(): Promise<() => void> {
    const stops = await Promise.all([
      client.listen("drag", ({ over }) => (this.over = over)),
    ]);
    return () => stops.forEach((stop) => stop());
  }

  async openFiles(folders = false): Promise<void> {
    try {
      await client.importDialog(folders);
    } catch (thrown) {
      toasts.error(thrown);
    }
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

  /** A record that was just added, until the list is read again. */
  add(record: RecordSummary): void {
    this.list = [record, ...this.list.filter((other) => other.id !== record.id)];
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
