// The cases, and what is done to them: each change is told, and taking out can be taken back.
import { client, type CaseSummary, type CaseView } from "../../ipc/client";
import { toasts } from "../../shared/toasts.svelte";
import { t } from "./strings";

class Cases {
  list = $state.raw<CaseSummary[]>([]);
  /** Set by the shell of the window: looks again at records and at what is on the desk. */
  onchange: () => Promise<void> = () => Promise.resolve();

  async refresh(): Promise<void> {
    try {
      this.list = await client.listCases();
    } catch (thrown) {
      toasts.error(thrown);
    }
  }

  name(id: string | null): string | null {
    return this.list.find((one) => one.id === id)?.name ?? null;
  }

  put(id: string, records: string[]): Promise<CaseView | null> {
    return this.#change(async () => {
      const view = await client.putIntoCase(id, records);
      toasts.info(t.putIn(records.length, view.name));
      return view;
    });
  }

  make(name: string, records: string[]): Promise<CaseView | null> {
    return this.#change(async () => {
      const view = await client.makeCase(name, records);
      toasts.info(t.putIn(records.length, view.name));
      return view;
    });
  }

  rename(id: string, name: string): Promise<CaseView | null> {
    return this.#change(() => client.renameCase(id, name));
  }

  /** `from` says in which case each record is. */
  takeOut(from: { id: string; case: string | null }[]): Promise<true | null> {
    const inCases = from.filter((record) => record.case !== null);
    return this.#change(async () => {
      await client.takeOutOfCase(inCases.map((record) => record.id));
      toasts.info(t.takenOut(inCases.length), () => void this.#back(inCases));
      return true as const;
    });
  }

  dissolve(id: string): Promise<true | null> {
    return this.#change(async () => {
      await client.dissolveCase(id);
      toasts.info(t.dissolved);
      return true as const;
    });
  }

  #back(records: { id: string; case: string | null }[]): Promise<unknown> {
    return this.#change(async () => {
      for (const record of records) if (record.case !== null) await client.putIntoCase(record.case, [record.id]);
      return true;
    });
  }

  async #change<T>(work: () => Promise<T>): Promise<T | null> {
    let done: T | null = null;
    try {
      done = await work();
    } catch (thrown) {
      toasts.error(thrown);
    }
    // Also where something went wrong half-way: what is shown is what is.
    await this.refresh();
    await this.onchange();
    return done;
  }
}

export const cases = new Cases();
