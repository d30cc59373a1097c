// An in-memory shell for tests and for looking at the window in a plain browser. It reads, decides and sends nothing.
import type { AnswerPart, AskEvent, AuditRow, Backend, CaseView, CommandError, Dates, Decision, Detection, Edit, Exchange, Passage, Provider, RecordSummary, RecordView, Scope, Segment, ShellEvents, Status, Table } from "./client";
import { createFakeImports } from "./fake-imports";
import { entities, instruction, models, policy, presets, providers, quality, samples, type FakeRecord, type Find } from "./fake-data";

type Mark = { start: number; end: number; entity: string; confidence: number; source: string };
type Kept = Omit<RecordView, "detections" | "preview" | "canUndo" | "canRedo"> & { marks: Mark[]; past: Mark[][]; future: Mark[][] };
export type FakeOptions = { lock?: Status["lock"]; empty?: boolean; pauseMs?: number; records?: FakeRecord[]; provider?: boolean; brokenAudit?: boolean; left?: number };
type FakeError = { status: "error"; error: CommandError };

const ok = <T>(data: T) => Promise.resolve({ status: "ok" as const, data: structuredClone(data) });
const fail = (code: CommandError["code"], message: string, hint: string): Promise<FakeError> =>
  Promise.resolve({ status: "error", error: { code, message, hint } });

export function findAll(text: string, finds: Find[]): Mark[] {
  const marks: Mark[] = [];
  for (const [value, entity, confidence, source] of [...finds].sort((a, b) => b[0].length - a[0].length)) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length)) {
      const end = at + value.length;
      const inWord = /\w/.test(text[at - 1] ?? " ") || /\w/.test(text[end] ?? " ");
      if (!inWord && !marks.some((mark) => at < mark.end && mark.start < end)) marks.push({ start: at, end, entity, confidence, source });
    }
  }
  return marks.sort((a, b) => a.start - b.start);
}

function detectionsOf(record: Kept): Detection[] {
  const numbers = new Map<string, number>();
  const counts = new Map<string, number>();
  return record.marks.map((mark, id) => {
    const key = mark.entity + "\u0000" + record.text.slice(mark.start, mark.end);
    let number = numbers.get(key);
    if (number === undefined) {
      number = (counts.get(mark.entity) ?? 0) + 1;
      counts.set(mark.entity, number);
      numbers.set(key, number);
    }
    return { id, ...mark, placeholder: `[${mark.entity}_${number}]` };
  });
}

function previewOf(record: Kept, detections: Detection[]): Segment[] {
  const preview: Segment[] = [];
  let at = 0;
  for (const found of detections) {
    if (found.start > at) preview.push({ text: record.text.slice(at, found.start), entity: null, detection: null });
    preview.push({ text: found.placeholder, entity: found.entity, detection: found.id });
    at = found.end;
  }
  if (at < record.text.length) preview.push({ text: record.text.slice(at), entity: null, detection: null });
  return preview;
}

const digest = (seed: string): string => {
  let state = 2166136261;
  let out = "";
  for (let i = 0; i < 8; i++) {
    for (const char of seed + i) state = Math.imul(state ^ char.charCodeAt(0), 16777619) >>> 0;
    out += state.toString(16).padStart(8, "0");
  }
  return out;
};

export function createFake(options: FakeOptions = {}): Backend {
  const query = new URLSearchParams(typeof location === "undefined" ? "" : location.search);
  const empty = options.empty ?? query.has("empty");
  const pauseMs = options.pauseMs ?? Number(query.get("pause") ?? 70);
  let lock: Status["lock"] = options.lock ?? ((query.get("lock") as Status["lock"] | null) || "unlocked");
  const brokenAudit = options.brokenAudit ?? query.has("broken");
  let next = 0;
  let stopped = false;
  let local = models;
  let scope: Scope = "whole";
  let ways: Provider[] = options.provider === false ? [] : structuredClone(providers);
  const asks = new Map<string, { cancelled: boolean }>();
  const listeners = new Map<string, Set<(payload: never) => void>>();
  const audit: AuditRow[] = [];
  let cases: Pick<CaseView, "id" | "name" | "exchanges">[] = [];
  let tables: Table[] = [];
  let dates: Dates = "placeholders";
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

  function log(action: string, outcome: string, record: string | null, detail: [string, string][], at = new Date().toISOString()) {
    const sequence = audit.length + 1;
    const previous = audit.at(-1)?.hash ?? "0".repeat(64);
    audit.push({ sequence, at, actor: "reception-2", action, outcome, record, detail, previous, hash: digest(previous + sequence + action + at) });
  }

  function keep(from: FakeRecord): Kept {
    const id = `r${++next}`;
    const marks = findAll(from.text, from.finds);
    log("record_imported", "ok", id, [["format", from.format], ["class", from.class?.label ?? "none"], ["characters", String(from.text.length)]], from.importedAt);
    log("detected", "ok", id, [["detections", String(marks.length)], ["model", "cordon-tagger-1"]], from.importedAt);
    log("decided", from.decision.lane, id, from.decision.rules.map((rule): [string, string] => ["rule", rule.id]), from.importedAt);
    return {
      id, name: from.name, format: from.format, importedAt: from.importedAt, text: from.text, marks, past: [], future: [], class: from.class,
      incomplete: from.decision.lane === "refuse" ? "The detection model could not be used; only rules were applied." : null,
      notes: from.notes, decision: structuredClone(from.decision), instruction, elapsedMs: from.elapsedMs, exchanges: [], case: null, dates,
    };
  }

  const view = (record: Kept): RecordView => {
    const { marks: _marks, past, future, ...rest } = record;
    const detections = detectionsOf(record);
    const preview = previewOf(record, detections).map((part) => (part.entity === "DATE" && dates !== "placeholders" ? { ...part, text: "a moved date" } : part));
    return { ...rest, dates, detections, preview, canUndo: past.length > 0, canRedo: future.length > 0 };
  };
  const summary = (record: Kept): RecordSummary => ({
    id: record.id, name: record.name, format: record.format, class: record.class?.label ?? "other", domain: record.class?.domain ?? "other",
    lane: record.decision.lane, detections: record.marks.length, importedAt: record.importedAt, case: record.case,
  });

  const records: Kept[] = empty ? [] : (options.records ?? samples).slice().reverse().map(keep).reverse();
  const get = (id: string) => records.find((record) => record.id === id);
  const missing = () => fail("not_found", "the record is no longer there", "Choose another record from the list.");
  const change = (id: string, alter: (record: Kept) => void) => {
    const record = get(id);
    if (!record) return missing();
    alter(record);
    return ok(view(record));
  };
  const strictness: Decision["lane"][] = ["cloud", "review", "local", "refuse"];
  const caseOf = (id: string): CaseView | null => {
    const one = cases.find((other) => other.id === id);
    const inside = records.filter((record) => record.case === id).reverse();
    const strictest = inside.map((record) => record.decision).sort((a, b) => strictness.indexOf(b.lane) - strictness.indexOf(a.lane))[0];
    return one ? { ...one, records: inside.map(summary), decision: strictest ?? null } : null;
  };
  const changeCase = (id: string, alter: (one: Pick<CaseView, "id" | "name">) => void) => {
    const one = cases.find((other) => other.id === id);
    if (!one) return fail("not_found", "this case is not there any more", "Refresh the list.");
    alter(one);
    return ok(caseOf(id)!);
  };
  const add = (from: FakeRecord) => {
    const record = keep({ ...from, importedAt: new Date().toISOString() });
    records.unshift(record);
    return record;
  };
  const emit = <K extends keyof ShellEvents>(name: K, payload: ShellEvents[K]) =>
    listeners.get(name)?.forEach((handler) => (handler as (payload: ShellEvents[K]) => void)(payload));
  const clear = (answer: string, record: RecordView): AnswerPart[] =>
    answer.split(/(\[[A-Z_]+_\d+\])/).filter(Boolean).map((text) => {
      const found = record.detections.find((detection) => detection.placeholder === text);
      return found ? { text: record.text.slice(found.start, found.end), restored: found.entity } : { text, restored: null };
    });

  async function ask(id: string, question: string, onEvent: (event: AskEvent) => void) {
    const record = get(id);
    if (!record) return missing();
    const run = { cancelled: false };
    asks.set(id, run);
    const seen = view(record);
    const way = ways.find((provider) => provider.selected);
    const cloud = way !== undefined && (record.decision.lane === "cloud" || record.decision.reviewed);
    const exchange: Exchange = {
      id: `x${record.exchanges.length + 1}-${id}`, askedAt: new Date().toISOString(), question, tier: cloud ? "cloud" : "local", provider: cloud ? way.name : null,
      status: "complete", answer: [], passages: [], confidence: null, problem: null, sent: null,
      why: cloud ? "The policy allows the cloud for this record and a provider with an agreement is set up."
        : way ? "The policy keeps this record on this computer." : "No provider is set up, so the answer comes from this computer.",
    };
    onEvent({ kind: "routed", tier: cloud ? "cloud" : "local", why: exchange.why });
    if (cloud) {
      exchange.sent = `${instruction}\n\n${seen.preview.map((segment) => segment.text).join("")}\n\nQuestion: ${question}`;
      const person = seen.detections.find((found) => found.entity === "PERSON")?.placeholder ?? "The patient";
      const answer = `${person} is to see cardiology on ${seen.detections.filter((found) => found.entity === "DATE").at(-2)?.placeholder ?? "the agreed day"}. A basic metabolic panel is due within one week.\n\nThings to watch at home:\n• weigh daily, and call if weight rises by more than 2 kg\n• furosemide 40 mg once daily; do not let it run out again`;
      for (const part of clear(answer, seen).flatMap((part) => (part.restored ? [part] : part.text.split(/(?<= )/).map((text) => ({ text, restored: null }))))) {
        await pause(pauseMs);
        if (run.cancelled) break;
        exchange.answer.push(part);
        onEvent({ kind: "parts", parts: [part] });
      }
      if (/cut/.test(question)) {
        exchange.status = "partial";
        exchange.problem = { code: "provider", message: "the provider closed the connection before the answer ended", hint: "What arrived is kept. Ask again, or choose 'Answer locally only' under Providers." };
      }
    } else {
      await pause(pauseMs * 6);
      const words = question.toLowerCase().split(/\W+/).filter((word) => word.length > 3);
      const lines: Passage[] = [];
      let at = 0;
      for (const text of record.text.split("\n")) {
        const score = words.filter((word) => text.toLowerCase().includes(word)).length / Math.max(words.length, 1);
        if (score > 0 && text.trim()) lines.push({ record: id, start: at, end: at + text.length, text: text.trim(), score: 0.42 + score / 2 });
        at += text.length + 1;
      }
      exchange.passages = lines.sort((a, b) => (b.score ?? 0) - (a.score ?? 0)).slice(0, 3);
      exchange.status = exchange.passages.length ? "complete" : "no_answer";
      exchange.confidence = exchange.passages[0]?.score ?? null;
    }
    if (run.cancelled) exchange.status = "cancelled";
    asks.delete(id);
    record.exchanges.push(exchange);
    log("answered", exchange.status, id, [["tier", exchange.tier], ["provider", exchange.provider ?? "none"], ["prompt", digest(question).slice(0, 16)]]);
    onEvent({ kind: "done", exchange: structuredClone(exchange) });
    return ok(exchange);
  }

  async function askCase(id: string, question: string, onEvent: (event: AskEvent) => void) {
    const view = caseOf(id);
    if (!view?.decision) return fail("invalid", "this case has no records", "");
    const cloud = view.decision.lane === "cloud" && ways.some((way) => way.selected);
    const inside = view.records.map((record) => get(record.id)!);
    const why = cloud ? "The policy permits the de-identified prompt." : "This machine answered.";
    const exchange: Exchange = {
      id: `x-${id}-${view.exchanges.length + 1}`, askedAt: new Date().toISOString(), question, tier: cloud ? "cloud" : "local", provider: cloud ? (ways.find((way) => way.selected)?.name ?? null) : null,
      status: "complete", answer: [], passages: [], confidence: null, problem: null, sent: null, why,
    };
    onEvent({ kind: "routed", tier: exchange.tier, why });
    await pause(pauseMs);
    if (cloud) {
      exchange.sent = inside.map((record, at) => `Record ${at + 1}:\n${previewOf(record, detectionsOf(record)).map((part) => part.text).join("")}`).join("\n\n");
      exchange.answer = [{ text: "In all records it is ", restored: null }, { text: "Maria L. Hale", restored: "PERSON" }, { text: ".", restored: null }];
    } else {
      exchange.confidence = 0.6;
      exchange.passages = inside.map((record) => ({ record: record.id, start: 0, end: 24, text: record.text.slice(0, 24), score: 0.6 }));
    }
    cases.find((one) => one.id === id)?.exchanges.push(exchange);
    onEvent({ kind: "done", exchange: structuredClone(exchange) });
    return ok(exchange);
  }

  const importing = createFakeImports({ emit, pauseMs, left: options.left ?? (query.has("left") ? 7 : 0), add: () => summary(add(samples[3]!)) });

  const commands: Backend["commands"] = {
    status: () => ok<Status>({
      version: "0.1.0", lock, keystore: "keychain", provider: ways.find((way) => way.selected)?.name ?? null, auditProblem: null, lockProblem: null,
      model: { id: "cordon-tagger-1", usable: true, problem: null, device: "CPU", sha256: models[0]?.sha256 ?? "" },
    }),
    unlock: (passphrase) => {
      if (passphrase === "wrong passphrase") return fail("wrong_passphrase", "the passphrase does not open this vault", "Check capitals and spaces, then try again.");
      lock = "unlocked";
      return commands.status();
    },
    entityTypes: () => ok(entities),
    importText: (name, text) => {
      if (!text.trim()) return fail("empty", "there is no text in it", "Paste the text of a record.");
      const record = add({
        name, text, format: "text", finds: [["Maria L. Hale", "PERSON", 0.99, "model"]], notes: [], elapsedMs: 41, importedAt: "",
        class: { label: "progress_note", domain: "healthcare", confidence: 0.81, domainConfidence: 0.93, laws: ["HIPAA"] },
        decision: structuredClone(samples[0]!.decision),
      });
      record.marks = findAll(text, samples.flatMap((sample) => sample.finds));
      return ok(view(record));
    },
    ...importing,
    loadSample: () => ok(view(add(samples[0]!))),
    listRecords: () => ok(records.map(summary)),
    openRecord: (id) => change(id, () => undefined),
    deleteRecord: (id) => {
      const at = records.findIndex((record) => record.id === id);
      if (at < 0) return missing();
      records.splice(at, 1);
      log("deleted", "ok", id, []);
      return ok(null);
    },
    editRecord: (id, edit: Edit) => change(id, (record) => {
      record.past.push(structuredClone(record.marks));
      record.future = [];
      if (edit.kind === "remove") record.marks.splice(edit.detection, 1);
      if (edit.kind === "retype" && record.marks[edit.detection]) Object.assign(record.marks[edit.detection]!, { entity: edit.entity, source: "reviewer", confidence: 1 });
      if (edit.kind === "add") {
        record.marks = record.marks.filter((mark) => edit.end <= mark.start || mark.end <= edit.start);
        record.marks.push({ start: edit.start, end: edit.end, entity: edit.entity, confidence: 1, source: "reviewer" });
        record.marks.sort((a, b) => a.start - b.start);
      }
      log("edited", "ok", id, [["edit", edit.kind], ["entity", "entity" in edit ? edit.entity : "none"]]);
    }),
    undo: (id) => change(id, (record) => {
      const past = record.past.pop();
      if (past) record.future.push(record.marks), (record.marks = past);
    }),
    redo: (id) => change(id, (record) => {
      const future = record.future.pop();
      if (future) record.past.push(record.marks), (record.marks = future);
    }),
    approve: (id) => change(id, (record) => {
      record.decision = { ...record.decision, lane: "cloud", reviewed: true, headline: "A reviewer approved the de-identified prompt." };
      log("approved", "ok", id, []);
    }),
    presets: () => ok(presets),
    previewExport: (id, { preset, changes = {} }, whole) => {
      const seen = get(id);
      const before: Record<string, string> = preset === "hipaa_safe_harbor" ? { DATE: "year" } : {};
      const table: Record<string, string> = { ...before, ...changes };
      const changed = Object.entries(changes).some(([entity, operator]) => operator !== (before[entity] ?? "placeholder"));
      const written: Record<string, string> = { year: "2026", redact: "█████", month: "May 2026" };
      const segments = (seen ? view(seen).preview : []).map((part) => ({ ...part, text: (part.entity && written[table[part.entity] ?? ""]) || part.text }));
      const counts = new Map<string, number>();
      const counted = whole ? records.filter((record) => record.case === seen?.case) : seen ? [seen] : [];
      for (const mark of counted.flatMap((record) => record.marks)) counts.set(mark.entity, (counts.get(mark.entity) ?? 0) + 1);
      const types = [...counts].map(([entity, many]) => ({
        entity, count: many, operator: table[entity] ?? "placeholder",
        choices: ["placeholder", "redact", ...(entity === "DATE" ? ["keep", "shift_date", "year", "month"] : ["surrogate"])],
      }));
      const claims = changed ? "Changed: claims nothing." : (presets.find((one) => one.id === preset)?.claims ?? "");
      return ok({ segments, types, claims, ownFormat: seen?.format ?? null, why: "" });
    },
    exportCase: (id) => ok((caseOf(id)?.records ?? []).map((record, at) => ({ record: record.id, written: { name: `record-${at + 1}.redacted.txt`, notes: [] }, error: null }))),
    tables: () => ok(tables),
    saveTable: (name, { preset, changes = {} }) => ok((tables = [...tables.filter((one) => one.name !== name), { name, preset, changes }])),
    deleteTable: (name) => ok((tables = tables.filter((one) => one.name !== name))),
    questionScope: () => ok(scope),
    setQuestionScope: (chosen) => ((scope = chosen), ok<null>(null)),
    setDates: (chosen) => ((dates = chosen), ok<null>(null)),
    listCases: () => ok(cases.map(({ id, name }) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name))),
    openCase: (id) => changeCase(id, () => undefined),
    makeCase: (name, chosen) => {
      const id = `c${++next}`;
      cases = [...cases, { id, name: name.trim(), exchanges: [] }];
      return commands.putIntoCase(id, chosen);
    },
    renameCase: (id, name) => changeCase(id, (one) => void (one.name = name.trim())),
    dissolveCase: (id) => {
      cases = cases.filter((one) => one.id !== id);
      for (const record of records) if (record.case === id) record.case = null;
      return ok(null);
    },
    putIntoCase: (id, chosen) => changeCase(id, () => {
      for (const record of records) if (chosen.includes(record.id)) record.case = id;
    }),
    takeOutOfCase: (chosen) => {
      for (const record of records) if (chosen.includes(record.id)) record.case = null;
      return ok(null);
    },
    exportRecord: (id, { ownFormat }) => ok(get(id) ? { name: `record.redacted.${ownFormat ? get(id)?.format : "txt"}`, notes: ownFormat ? ["2 images that were not read were replaced by empty ones"] : [] } : null),
    cancelImport: () => ((stopped = true), importing.cancelImport()),
    cancelAsk: (id) => {
      const run = asks.get(id);
      if (run) run.cancelled = true;
      return ok(null);
    },
    listProviders: () => ok(ways),
    saveProvider: ({ key, ...request }) => {
      if (!/^https:\/\/|^http:\/\/(localhost|127\.)/.test(request.baseUrl)) return fail("invalid", "the address must start with https", "Plain http is allowed for this computer only.");
      const id = request.id ?? `p${ways.length + 1}`;
      const old = ways.find((way) => way.id === id);
      const way: Provider = { ...request, id, hasKey: key !== null || (old?.hasKey ?? false), selected: old?.selected ?? false };
      ways = old ? ways.map((each) => (each.id === id ? way : each)) : [...ways, way];
      return ok(ways);
    },
    deleteProvider: (id) => ok((ways = ways.filter((way) => way.id !== id))),
    selectProvider: (id) => ok((ways = ways.map((way) => ({ ...way, selected: way.id === id })))),
    auditList: (before, record) => {
      const matching = audit.filter((row) => (before === null || row.sequence < before) && (record === null || row.record === record)).reverse();
      const rows = matching.slice(0, 12);
      return ok({ rows, total: audit.length, before: matching.length > rows.length ? (rows.at(-1)?.sequence ?? null) : null });
    },
    auditVerify: () => ok({
      sound: !brokenAudit, checked: audit.length, head: audit.at(-1)?.hash ?? "0".repeat(64),
      faults: brokenAudit ? [{ sequence: 4, kind: "hash", message: "the row was changed after it was written" }, { sequence: 5, kind: "link", message: "the row does not follow the row before it" }] : [],
    }),
    auditExport: () => ok("cordon-audit.jsonl"),
    policy: () => ok(policy),
    models: () => ok(local),
    pullModel: async (id) => {
      stopped = false;
      for (let percent = 0; percent <= 100; percent += 20) {
        emit("pulling", { file: "model.safetensors", percent });
        await pause(pauseMs * 2);
        if (stopped) return fail("cancelled", "the pull was cancelled", "");
      }
      return ok((local = local.map((model) => (model.id === id ? { ...model, usable: true, problem: null } : model))));
    },
    cancelPull: () => {
      stopped = true;
      return ok(null);
    },
    removeModel: (id) => ok((local = local.map((model) => (model.id === id ? { ...model, usable: false, problem: "model.safetensors is missing" } : model)))),
    evaluate: async () => {
      stopped = false;
      for (let records = 1; records <= 3; records += 1) {
        emit("measured", records);
        await pause(pauseMs * 4);
        if (stopped) return fail("cancelled", "the measurement was cancelled", "");
      }
      return ok(quality);
    },
  };

  return {
    commands,
    ask,
    askCase,
    listen(name, handler) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set);
      set.add(handler as (payload: never) => void);
      return Promise.resolve(() => void set.delete(handler as (payload: never) => void));
    },
  };
}
