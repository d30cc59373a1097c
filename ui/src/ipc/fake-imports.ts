// Imports of the in-memory shell: a folder of four files, of which one is a scan, one has a password and one is broken.
import type { Backend, CommandError, ImportOutcome, ImportProgress, RecordSummary, ShellEvents, WatchView } from "./client";

type Options = {
  emit: <K extends keyof ShellEvents>(name: K, payload: ShellEvents[K]) => void;
  pauseMs: number;
  left: number;
  add: () => RecordSummary;
};
type Names = "importDialog" | "imports" | "pauseImport" | "cancelImport" | "resumeImports" | "unlockImport" | "clearImports" | "watchDialog" | "pauseWatch" | "retryWatch" | "stopWatch";

const locked: CommandError = { code: "password_needed", message: "the file is protected by a password", hint: "enter it, or save a copy without a password" };
const wrong: CommandError = { code: "wrong_password", message: "this password does not open the file", hint: "try again" };
const broken: CommandError = { code: "unreadable", message: "the file is damaged and cannot be read as docx", hint: "export it again from where it came" };
export const password = "green lanterns";

export function createFakeImports({ emit, pauseMs, left, add }: Options): Pick<Backend["commands"], Names> {
  const idle: ImportProgress = { running: false, paused: false, done: 0, of: 0, name: "", page: 0, pages: 0, cancelled: 0 };
  let progress = idle;
  let outcomes: ImportOutcome[] = [];
  let watch: WatchView | null = null;
  let next = 0;
  let stopped = false;
  const ok = <T>(data: T) => Promise.resolve({ status: "ok" as const, data: structuredClone(data) });
  const done = () => ok<null>(null);
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  const go = (change: Partial<ImportProgress>) => emit("import-progress", structuredClone((progress = { ...progress, ...change })));
  const tell = (outcome: ImportOutcome) => {
    outcomes = [...outcomes.filter((other) => other.id !== outcome.id), outcome];
    emit("imported", structuredClone(outcome));
  };
  const said = (change: WatchView | null) => {
    watch = change;
    emit("watch", structuredClone(watch));
    return done();
  };

  async function run(names: string[]) {
    stopped = false;
    go({ ...idle, running: true, of: names.length });
    for (const name of names) {
      go({ name });
      for (let page = 0; name.startsWith("scan") && page < 4 && !stopped; page += 1) {
        go({ page, pages: 4 });
        await pause(pauseMs * 3);
      }
      await pause(pauseMs * 2);
      while (progress.paused && !stopped) await pause(5);
      if (stopped) {
        go({ cancelled: names.length - progress.done });
        break;
      }
      const error = name.endsWith(".pdf") ? locked : name.endsWith(".docx") ? broken : null;
      const before = outcomes.find((outcome) => outcome.name === name && outcome.record);
      const record = error ? null : (before?.record ?? add());
      go({ done: progress.done + 1, name: "", page: 0, pages: 0 });
      tell({ id: ++next, name, record, known: before !== undefined, watched: false, error });
    }
    go({ running: false, paused: false, name: "" });
  }

  return {
    importDialog: (folders) => {
      void run(folders ? ["letter.docx", "referral-anders.txt", "scan-page.tif", "results-locked.pdf"] : ["referral-anders.txt"]);
      return done();
    },
    imports: () => ok({ progress, outcomes, left, watch }),
    pauseImport: (paused) => (go({ paused }), done()),
    cancelImport: () => ((stopped = true), done()),
    resumeImports: (goOn) => {
      left = 0;
      if (goOn) void run(["visit-8.txt", "visit-9.txt"]);
      return done();
    },
    unlockImport: (id, given) => {
      const outcome = outcomes.find((other) => other.id === id);
      if (given === null) outcomes = outcomes.filter((other) => other.id !== id);
      else if (outcome) tell(given === password ? { ...outcome, record: add(), error: null } : { ...outcome, error: wrong });
      return done();
    },
    clearImports: () => ((outcomes = []), (progress = { ...progress, cancelled: 0 }), done()),
    watchDialog: () => said({ folder: "scanner-inbox", there: true, paused: false, problems: [{ name: "fax-0412.tif", error: broken }] }),
    pauseWatch: (paused) => said(watch && { ...watch, paused }),
    retryWatch: () => said(watch && { ...watch, problems: [] }),
    stopWatch: () => said(null),
  };
}
