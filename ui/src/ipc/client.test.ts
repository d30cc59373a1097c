import { clearMocks, mockIPC } from "@tauri-apps/api/mocks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AskEvent, Exchange } from "./client";

// The client as the window runs it: over the bindings, with the shell's side of the wire played by the mocks.
const exchange: Exchange = {
  id: "x1", askedAt: "2025-11-24T01:00:00Z", question: "q", tier: "cloud", provider: "P", status: "complete",
  why: "", answer: [{ text: "Anna", restored: "PERSON" }], passages: [], confidence: null, problem: null, sent: null,
};

describe("client over the shell", () => {
  beforeEach(() => {
    vi.resetModules();
    (globalThis as { isTauri?: boolean }).isTauri = true;
  });
  afterEach(() => {
    clearMocks();
    delete (globalThis as { isTauri?: boolean }).isTauri;
  });

  it("sends the names and arguments of the contract", async () => {
    const calls: [string, unknown][] = [];
    mockIPC((command, args) => {
      calls.push([command, args]);
      return null;
    });
    const { client } = await import("./client");
    await client.openRecord("r1");
    await client.importText("n", "t");
    await client.auditList(null, "r1");
    await client.editRecord("r1", { kind: "add", start: 1, end: 2, entity: "PERSON" });
    await client.selectProvider(null);
    expect(calls).toEqual([
      ["open_record", { id: "r1" }],
      ["import_text", { name: "n", text: "t" }],
      ["audit_list", { before: null, record: "r1" }],
      ["edit_record", { id: "r1", edit: { kind: "add", start: 1, end: 2, entity: "PERSON" } }],
      ["select_provider", { id: null }],
    ]);
  });

  it("throws the shell's error with its code and hint", async () => {
    mockIPC(() => Promise.reject({ code: "not_found", message: "gone", hint: "look elsewhere" }));
    const { client, CordonError, asProblem } = await import("./client");
    const thrown = await client.openRecord("r1").catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(CordonError);
    expect(asProblem(thrown)).toEqual({ code: "not_found", message: "gone", hint: "look elsewhere" });
  });

  it("hands on the stream of an answer in order", async () => {
    mockIPC((command, args) => {
      if (command !== "ask") return null;
      const channel = (args as { onEvent: { id: number } }).onEvent.id;
      const run = (window as unknown as { __TAURI_INTERNALS__: { runCallback(id: number, data: unknown): void } }).__TAURI_INTERNALS__;
      run.runCallback(channel, { index: 1, message: { kind: "done", exchange } });
      run.runCallback(channel, { index: 0, message: { kind: "routed", tier: "cloud", why: "w" } });
      return exchange;
    });
    const { client } = await import("./client");
    const events: AskEvent[] = [];
    expect(await client.ask("r1", "q", (event) => events.push(event))).toEqual(exchange);
    expect(events.map((event) => event.kind)).toEqual(["routed", "done"]);
  });

  it("makes something to show of anything that was thrown", async () => {
    const { asProblem } = await import("./client");
    expect(asProblem(new TypeError("broken")).message).toBe("broken");
    expect(asProblem("text").message).toBe("text");
    expect(asProblem(undefined).code).toBe("internal");
  });
});
