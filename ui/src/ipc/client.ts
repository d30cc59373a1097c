// The one place that talks to the shell: commands that throw a typed error, events, and the stream of an answer.
import { Channel, isTauri } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import { commands } from "./bindings";

type Commands = typeof commands;
type Data<K extends keyof Commands> = Awaited<ReturnType<Commands[K]>> extends infer R
  ? R extends { status: "ok"; data: infer T }
    ? T
    : never
  : never;

type Argument<K extends keyof Commands, N extends number> = Parameters<Commands[K]>[N];

// Types by the command that gives them, so that they follow the generated file whatever it calls them.
export type Status = Data<"status">;
export type EntityInfo = Data<"entityTypes">[number];
export type ImportsView = Data<"imports">;
export type ImportProgress = ImportsView["progress"];
export type ImportOutcome = ImportsView["outcomes"][number];
export type WatchView = NonNullable<ImportsView["watch"]>;
export type CommandError = NonNullable<ImportOutcome["error"]>;
export type RecordSummary = Data<"listRecords">[number];
export type RecordView = Data<"openRecord">;
export type Detection = RecordView["detections"][number];
export type Segment = RecordView["preview"][number];
export type Decision = RecordView["decision"];
export type Class = NonNullable<RecordView["class"]>;
export type Exchange = RecordView["exchanges"][number];
export type Passage = Exchange["passages"][number];
export type AnswerPart = Exchange["answer"][number];
export type AskEvent = Argument<"ask", 2> extends Channel<infer E> ? E : never;
export type Edit = Argument<"editRecord", 1>;
export type Provider = Data<"listProviders">[number];
export type ProviderRequest = Argument<"saveProvider", 0>;
export type AuditRow = Data<"auditList">["rows"][number];
export type Verification = Data<"auditVerify">;
export type PolicyView = Data<"policy">;
export type ModelView = Data<"models">[number];
export type Preset = Data<"presets">[number];
export type ExportPreview = Data<"previewExport">;
export type ExportRequest = Argument<"exportRecord", 1>;
export type Table = Data<"tables">[number];
export type TypeChoice = ExportPreview["types"][number];
export type Dates = Argument<"setDates", 0>;
export type Scope = Argument<"setQuestionScope", 0>;
export type CaseSummary = Data<"listCases">[number];
export type CaseView = Data<"openCase">;
export type QualityReport = NonNullable<Data<"evaluate">>;
type Reply<T> = { status: "ok"; data: T } | { status: "error"; error: CommandError };

/** What the window needs of a shell; the fake implements it in memory. */
export type Backend = {
  commands: Omit<Commands, "ask" | "askCase">;
  ask(id: string, question: string, onEvent: (event: AskEvent) => void): Promise<Reply<Exchange>>;
  askCase(id: string, question: string, onEvent: (event: AskEvent) => void): Promise<Reply<Exchange>>;
  listen<K extends keyof ShellEvents>(name: K, handler: (payload: ShellEvents[K]) => void): Promise<() => void>;
};

export type ShellEvents = {
  "import-progress": ImportProgress;
  imported: ImportOutcome;
  "import-failed": CommandError;
  watch: WatchView | null;
  drag: { over: boolean };
  measured: number;
  pulling: { file: string; percent: number };
};

export class CordonError extends Error {
  readonly code: CommandError["code"];
  readonly hint: string;

  constructor({ code, message, hint }: CommandError) {
    super(message);
    this.name = "CordonError";
    this.code = code;
    this.hint = hint;
  }
}

/** Whatever was thrown, as something that can be shown. */
export function asProblem(thrown: unknown): CommandError {
  if (thrown instanceof CordonError) return { code: thrown.code, message: thrown.message, hint: thrown.hint };
  if (isCommandError(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { code: "internal", message: message || "something went wrong", hint: "Try again; nothing was sent." };
}

function isCommandError(thrown: unknown): thrown is CommandError {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown && "hint" in thrown;
}

const shell: Backend = {
  commands,
  ask(id, question, onEvent) {
    const channel = new Channel<AskEvent>();
    channel.onmessage = onEvent;
    return commands.ask(id, question, channel);
  },
  askCase(id, question, onEvent) {
    const channel = new Channel<AskEvent>();
    channel.onmessage = onEvent;
    return commands.askCase(id, question, channel);
  },
  async listen(name, handler) {
    return listen<never>(name, (event) => handler(event.payload));
  },
};

let chosen: Promise<Backend> | null = null;

function backend(): Promise<Backend> {
  chosen ??=
    import.meta.env.MODE === "production" || isTauri()
      ? Promise.resolve(shell)
      : import("./fake").then((fake) => fake.createFake());
  return chosen;
}

/** Tests put their own fake here. */
export function useBackend(other: Backend): void {
  chosen = Promise.resolve(other);
}

function unwrap<T>(reply: Reply<T>): T {
  if (reply.status === "error") throw new CordonError(reply.error);
  return reply.data;
}

function call<K extends keyof Omit<Commands, "ask" | "askCase">>(name: K) {
  return async (...args: Parameters<Commands[K]>): Promise<Data<K>> => {
    const { commands } = await backend();
    const command = commands[name] as (...args: unknown[]) => Promise<Reply<Data<K>>>;
    return unwrap(await command(...args));
  };
}

export const client = {
  status: call("status"),
  unlock: call("unlock"),
  entityTypes: call("entityTypes"),
  importText: call("importText"),
  importDialog: call("importDialog"),
  loadSample: call("loadSample"),
  listRecords: call("listRecords"),
  openRecord: call("openRecord"),
  deleteRecord: call("deleteRecord"),
  editRecord: call("editRecord"),
  undo: call("undo"),
  redo: call("redo"),
  approve: call("approve"),
  presets: call("presets"),
  previewExport: call("previewExport"),
  exportRecord: call("exportRecord"),
  exportCase: call("exportCase"),
  tables: call("tables"),
  saveTable: call("saveTable"),
  deleteTable: call("deleteTable"),
  setDates: call("setDates"),
  questionScope: call("questionScope"),
  setQuestionScope: call("setQuestionScope"),
  listCases: call("listCases"),
  openCase: call("openCase"),
  makeCase: call("makeCase"),
  renameCase: call("renameCase"),
  dissolveCase: call("dissolveCase"),
  putIntoCase: call("putIntoCase"),
  takeOutOfCase: call("takeOutOfCase"),
  cancelAsk: call("cancelAsk"),
  listProviders: call("listProviders"),
  saveProvider: call("saveProvider"),
  deleteProvider: call("deleteProvider"),
  selectProvider: call("selectProvider"),
  auditList: call("auditList"),
  auditVerify: call("auditVerify"),
  auditExport: call("auditExport"),
  policy: call("policy"),
  models: call("models"),
  pullModel: call("pullModel"),
  cancelPull: call("cancelPull"),
  removeModel: call("removeModel"),
  evaluate: call("evaluate"),
  imports: call("imports"),
  pauseImport: call("pauseImport"),
  cancelImport: call("cancelImport"),
  resumeImports: call("resumeImports"),
  unlockImport: call("unlockImport"),
  clearImports: call("clearImports"),
  watchDialog: call("watchDialog"),
  pauseWatch: call("pauseWatch"),
  retryWatch: call("retryWatch"),
  stopWatch: call("stopWatch"),
  async ask(id: string, question: string, onEvent: (event: AskEvent) => void): Promise<Exchange> {
    return unwrap(await (await backend()).ask(id, question, onEvent));
  },
  async askCase(id: string, question: string, onEvent: (event: AskEvent) => void): Promise<Exchange> {
    return unwrap(await (await backend()).askCase(id, question, onEvent));
  },
  async listen<K extends keyof ShellEvents>(name: K, handler: (payload: ShellEvents[K]) => void): Promise<() => void> {
    return (await backend()).listen(name, handler);
  },
};
