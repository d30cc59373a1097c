// Files that are being imported, what became of each, and the watched folder.
import { client, type ImportOutcome, type ImportProgress, type ImportsView, type WatchView } from "../../ipc/client";
import { toasts } from "../../shared/toasts.svelte";
import { records } from "./records.svelte";

const idle: ImportProgress = { running: false, paused: false, done: 0, of: 0, name: "", page: 0, pages: 0, cancelled: 0 };

export const isLocked = (outcome: ImportOutcome): boolean => outcome.error?.code === "password_needed" || outcome.error?.code === "wrong_password";

class Imports {
  progress = $state.raw<ImportProgress>(idle);
  outcomes = $state.raw<ImportOutcome[]>([]);
  left = $state(0);
  watch = $state.raw<WatchView | null>(null);
  /** The file whose password is being asked for. */
  asking = $state<number | null>(null);
  readonly locked = $derived(this.outcomes.filter(isLocked));
  readonly asked = $derived(this.locked.find((outcome) => outcome.id === this.asking) ?? null);
  /** Set by the shell of the window: shows what became of the files. */
  onresults: () => void = () => undefined;
  /** What a person's own files gave since the import began. */
  #run: ImportOutcome[] = [];

  /** Whatever was going on when the window opened, or was left by an earlier run. */
  async load(): Promise<void> {
    this.#show(await client.imports());
  }

  async follow(): Promise<() => void> {
    const stops = await Promise.all([
      client.listen("import-progress", (progress) => this.#go(progress)),
      client.listen("imported", (outcome) => this.#take(outcome)),
      client.listen("import-failed", (error) => toasts.error(error)),
      client.listen("watch", (watch) => (this.watch = watch)),
    ]);
    return () => stops.forEach((stop) => stop());
  }

  pause(paused: boolean): Promise<void> {
    return this.#try(() => client.pauseImport(paused));
  }

  cancel(): Promise<void> {
    return this.#try(() => client.cancelImport());
  }

  async resume(goOn: boolean): Promise<void> {
    this.left = 0;
    await this.#try(() => client.resumeImports(goOn));
  }

  /** Gives a password; none leaves the file out. */
  async unlock(id: number, password: string | null, others = false): Promise<void> {
    await this.#try(() => client.unlockImport(id, password, others));
    await this.#try(() => this.load());
    if (this.asked === null) this.asking = this.locked.find((outcome) => !outcome.watched)?.id ?? null;
    await records.refresh();
  }

  async clear(): Promise<void> {
    await this.#try(() => client.clearImports());
    await this.#try(() => this.load());
  }

  async chooseWatched(): Promise<void> {
    await this.#watching(() => client.watchDialog());
  }

  async pauseWatch(paused: boolean): Promise<void> {
    await this.#watching(() => client.pauseWatch(paused));
  }

  async retryWatch(): Promise<void> {
    await this.#watching(() => client.retryWatch());
  }

  async stopWatch(): Promise<void> {
    await this.#watching(() => client.stopWatch());
  }

  #go(progress: ImportProgress): void {
    const before = this.progress;
    this.progress = progress;
    if (progress.running && !before.running) this.#run = [];
    if (!progress.running && before.running) this.#end();
  }

  #take(outcome: ImportOutcome): void {
    this.outcomes = [...this.outcomes.filter((other) => other.id !== outcome.id), outcome];
    if (outcome.record && !outcome.known) records.add(outcome.record);
    if (!outcome.watched && this.progress.running) this.#run = [...this.#run, outcome];
  }

  /** One file that was read is opened; of more, or where something is wrong, the results are shown. */
  #end(): void {
    const run = this.#run;
    this.#run = [];
    void records.refresh();
    const [only] = run;
    if (run.length === 1 && only?.record) records.onopen(only.record.id);
    else if (run.length > 0) this.onresults();
    this.asking ??= run.find(isLocked)?.id ?? null;
  }

  #show(view: ImportsView): void {
    ({ progress: this.progress, outcomes: this.outcomes, left: this.left, watch: this.watch } = view);
  }

  async #watching(work: () => Promise<unknown>): Promise<void> {
    await this.#try(work);
    await this.#try(() => this.load());
  }

  async #try(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      toasts.error(thrown);
    }
  }
}

export const imports = new Imports();
