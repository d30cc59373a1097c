// Importing over the fake shell: progress, results, passwords, what an earlier run left, the watched folder.
import { cleanup, fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useBackend } from "../ipc/client";
import { createFake, type FakeOptions } from "../ipc/fake";
import { samples } from "../ipc/fake-data";
import { password } from "../ipc/fake-imports";
import { imports } from "../features/documents/imports.svelte";
import { records } from "../features/documents/records.svelte";
import { toasts } from "../shared/toasts.svelte";
import App from "./App.svelte";
import { cordon } from "./window.svelte";

async function open(options: FakeOptions = {}): Promise<void> {
  useBackend(createFake({ pauseMs: 1, ...options }));
  render(App);
  await screen.findByTestId("drop-zone");
}

const codes = () => screen.queryAllByTestId("import-outcome").map((item) => item.dataset.code);
const click = async (id: string) => fireEvent.click(await screen.findByTestId(id));
const type = async (id: string, value: string) => fireEvent.input(await screen.findByTestId(id), { target: { value } });

beforeEach(() => {
  cordon.page = "records";
});

afterEach(() => {
  cleanup();
  cordon.status = null;
  cordon.desk = null;
  records.list = [];
  toasts.list = [];
  imports.asking = null;
  imports.outcomes = [];
  imports.left = 0;
  imports.watch = null;
});

it("opens a single file that was read", async () => {
  await open();
  await fireEvent.keyDown(window, { key: "o", ctrlKey: true });
  expect((await screen.findByTestId("original-pane")).textContent).toContain("Lindqvist");
  expect(records.list).toHaveLength(samples.length + 1);
});

it("shows file and page while it reads, and then what became of each", async () => {
  await open({ pauseMs: 12 });
  await click("open-folder");
  const progress = await screen.findByTestId("import-progress");
  await waitFor(() => expect(progress.textContent).toContain("File 3 of 4"));
  await waitFor(() => expect(screen.getByTestId("import-pages").textContent).toMatch(/^page [1-4] of 4$/));
  expect(progress.querySelector("progress")!.max).toBe(4);
  await waitFor(() => expect(codes()).toEqual(["password_needed", "unreadable", "imported", "imported"]), { timeout: 3000 });
  await waitFor(() => expect(screen.queryByTestId("import-progress")).toBeNull());
  expect(screen.getByTestId("import-summary").textContent).toBe("2 added, 1 could not be read, 1 needs a password");
  expect(screen.getAllByTestId("import-outcome")[1]!.textContent).toContain("Export it again from where it came.");
  expect(toasts.list).toHaveLength(0);
});

it("asks for a password, says that one is wrong, and opens the file with the right one", async () => {
  await open();
  const unlock = vi.spyOn(imports, "unlock");
  await click("open-folder");
  await type("file-password", "red lanterns");
  await click("password-open");
  await waitFor(() => expect(screen.getByTestId("password-wrong").textContent).toContain("does not open"));
  const field = screen.getByTestId<HTMLInputElement>("file-password");
  expect([field.value, field.type, field.autocomplete]).toEqual(["", "password", "off"]);
  await waitFor(() => expect(document.activeElement).toBe(field));
  await type("file-password", password);
  await click("password-open");
  await waitFor(() => expect(screen.queryByTestId("file-password")).toBeNull());
  expect(codes()).toEqual(["unreadable", "imported", "imported", "imported"]);
  expect(unlock).toHaveBeenCalledTimes(2);
  await fireEvent.click(screen.getAllByTestId("open-outcome")[0]!);
  await screen.findByTestId("original-pane");
});

it("leaves a file out whose password nobody knows, or asks for it later", async () => {
  await open();
  await click("open-folder");
  const dialog = (await screen.findByTestId("file-password")).closest("dialog")!;
  await fireEvent(dialog, new Event("cancel", { cancelable: true }));
  await waitFor(() => expect(screen.queryByTestId("file-password")).toBeNull());
  await click("enter-password");
  await click("password-skip");
  await waitFor(() => expect(codes()).toEqual(["unreadable", "imported", "imported"]));
  await click("clear-results");
  await waitFor(() => expect(screen.queryByTestId("import-results")).toBeNull());
});

it("waits when it is told to, goes on, and stops", async () => {
  await open({ pauseMs: 4 });
  await click("open-folder");
  await click("pause-reading");
  await waitFor(() => expect(screen.getByTestId("pause-reading").textContent).toBe("Go on"));
  const done = imports.progress.done;
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(imports.progress.done).toBeLessThanOrEqual(done + 1);
  await click("pause-reading");
  await waitFor(() => expect(imports.progress.done).toBeGreaterThan(done));
  await click("stop-reading");
  await waitFor(() => expect(screen.queryByTestId("import-progress")).toBeNull());
  await waitFor(() => expect(screen.getByTestId("import-summary").textContent).toContain("not begun"));
});

it("offers to go on with what an earlier run left", async () => {
  await open({ left: 7 });
  expect((await screen.findByTestId("imports-left")).textContent).toContain("7 files of an earlier import were not read");
  await click("resume-imports");
  await waitFor(() => expect(codes()).toEqual(["imported", "imported"]));
  expect(screen.queryByTestId("imports-left")).toBeNull();
});

it("watches a folder, names what could not be read, pauses and stops", async () => {
  await open();
  await click("watch-choose");
  await waitFor(() => expect(screen.getByTestId("watch-state").textContent).toContain("scanner-inbox"));
  expect(screen.getByTestId("watch-problems").textContent).toContain("fax-0412.tif");
  await click("watch-retry");
  await waitFor(() => expect(screen.queryByTestId("watch-problems")).toBeNull());
  await click("watch-pause");
  await waitFor(() => expect(screen.getByTestId("watch-state").textContent).toContain("paused"));
  await click("watch-stop");
  await screen.findByTestId("watch-choose");
});
