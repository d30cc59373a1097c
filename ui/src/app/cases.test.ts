// Cases in the window over the fake shell: choosing records, putting them together, asking over all, taking out and back.
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, describe, expect, it } from "vitest";
import { cases } from "../features/cases/cases.svelte";
import { records } from "../features/documents/records.svelte";
import { useBackend } from "../ipc/client";
import { createFake } from "../ipc/fake";
import { toasts } from "../shared/toasts.svelte";
import App from "./App.svelte";
import { cordon } from "./window.svelte";

type Fake = ReturnType<typeof createFake>;

async function open(alter: (fake: Fake) => Promise<unknown> = () => Promise.resolve()): Promise<void> {
  const fake = createFake({ pauseMs: 1 });
  await alter(fake);
  useBackend(fake);
  render(App);
  await screen.findAllByTestId("record-item");
}

/** The first two records of the list in a case. */
const together = async (fake: Fake) => {
  const { data } = (await fake.commands.listRecords()) as { data: { id: string }[] };
  await fake.commands.makeCase("Hale, Maria", data.slice(0, 2).map((record) => record.id));
};

const item = (at: number) => screen.getAllByTestId("record-item")[at]!;
const press = (key: string, target: Element, more: KeyboardEventInit = {}) => fireEvent.keyDown(target, { key, bubbles: true, ...more });
const inCase = () => within(screen.getByTestId("case-item").closest("li")!).queryAllByTestId("record-item");

afterEach(() => {
  cleanup();
  [cordon.status, cordon.desk, cordon.folder, cordon.failed] = [null, null, null, null];
  cordon.page = "records";
  [records.list, records.reading, cases.list, toasts.list] = [[], [], [], []];
});

describe("putting records into a case", () => {
  it("takes several chosen by key and makes a new case of them", async () => {
    await open();
    item(0).focus();
    await press("ArrowDown", item(0), { shiftKey: true });
    expect(document.activeElement).toBe(item(1));
    expect(screen.getByTestId("chosen-bar").textContent).toContain("2 chosen");
    expect(screen.queryByTestId("case-item")).toBeNull();
    await press("c", item(1));
    expect(screen.queryByTestId("case-choice")).toBeTruthy();
    const put = screen.getByTestId<HTMLButtonElement>("case-put");
    expect(put.disabled).toBe(true);
    await fireEvent.input(screen.getByTestId("case-name"), { target: { value: "Hale, Maria" } });
    await fireEvent.click(put);
    await waitFor(() => expect(screen.queryByTestId("case-put")).toBeNull());
    expect(inCase()).toHaveLength(2);
    expect(toasts.list.at(-1)!.message).toContain("2 records are in Hale, Maria");
    expect(screen.getAllByTestId("record-item")).toHaveLength(records.list.length);
  });

  it("chooses with Ctrl and click, and with Ctrl and Space, and opens with a plain click", async () => {
    await open();
    await fireEvent.click(item(0), { ctrlKey: true });
    expect(screen.queryByTestId("original-pane")).toBeNull();
    item(2).focus();
    await press(" ", item(2), { ctrlKey: true });
    expect(item(0).getAttribute("aria-pressed")).toBe("true");
    expect(item(2).getAttribute("aria-pressed")).toBe("true");
    await press("Escape", item(2));
    expect(screen.queryByTestId("chosen-bar")).toBeNull();
    await fireEvent.click(item(0));
    await screen.findByTestId("original-pane");
  });

  it("takes a record that is dropped on it, and one from its own page", async () => {
    await open(together);
    expect(inCase()).toHaveLength(2);
    await fireEvent.dragStart(item(2));
    await fireEvent.dragOver(screen.getByTestId("case-item"));
    expect(screen.getByTestId("case-item").className).toContain("over");
    await fireEvent.drop(screen.getByTestId("case-item"));
    await waitFor(() => expect(inCase()).toHaveLength(3));
    await fireEvent.click(item(3));
    const button = await screen.findByTestId("record-case");
    await fireEvent.click(button);
    await fireEvent.click(await screen.findByTestId("case-put"));
    await waitFor(() => expect(inCase()).toHaveLength(4));
    await waitFor(() => expect(screen.getByTestId("record-case").textContent).toContain("Hale, Maria"));
    await fireEvent.click(screen.getByTestId("record-case"));
    expect(await screen.findAllByTestId("case-record")).toHaveLength(4);
  });

  it("says what is wrong and shows what is", async () => {
    await open(async (fake) => {
      await together(fake);
      fake.commands.putIntoCase = () => Promise.resolve({ status: "error", error: { code: "store", message: "the disk is full", hint: "Make room." } });
    });
    await fireEvent.dragStart(item(2));
    await fireEvent.drop(screen.getByTestId("case-item"));
    expect((await screen.findByTestId("toast-error")).textContent).toContain("Make room.");
    expect(inCase()).toHaveLength(2);
  });
});

describe("a case on the desk", () => {
  it("asks over all of its records and leads from a passage into its record", async () => {
    await open(together);
    await fireEvent.click(screen.getByTestId("case-item"));
    expect(await screen.findAllByTestId("case-record")).toHaveLength(2);
    const input = screen.getByTestId<HTMLTextAreaElement>("ask-input");
    expect(input.placeholder).toContain("all records");
    await fireEvent.input(input, { target: { value: "Who is it?" } });
    await press("Enter", input);
    const exchange = await screen.findByTestId("exchange");
    // One of the two waits for a person, so that nothing leaves.
    expect(exchange.dataset.tier).toBe("local");
    expect(screen.getByText(/waits? for a person's approval/)).toBeTruthy();
    const passages = within(exchange).getAllByTestId("passage");
    expect(passages).toHaveLength(2);
    await fireEvent.click(passages[1]!);
    await screen.findByTestId("original-pane");
    expect(cordon.desk!.review.passage).toEqual({ start: 0, end: 24 });
  });

  it("takes a record out and puts it back", async () => {
    await open(together);
    await fireEvent.click(screen.getByTestId("case-item"));
    const [out] = await screen.findAllByTestId("case-take-out");
    await fireEvent.click(out!);
    await waitFor(() => expect(screen.getAllByTestId("case-record")).toHaveLength(1));
    expect(inCase()).toHaveLength(1);
    await fireEvent.click(await screen.findByTestId("toast-undo"));
    await waitFor(() => expect(screen.getAllByTestId("case-record")).toHaveLength(2));
    expect(inCase()).toHaveLength(2);
  });

  it("shows an empty case as one, and nothing to ask", async () => {
    await open(async (fake) => fake.commands.makeCase("Nobody yet", []));
    await fireEvent.click(screen.getByTestId("case-item"));
    expect((await screen.findByTestId("case-empty")).textContent).toContain("no records");
    expect(screen.queryByTestId("ask-input")).toBeNull();
  });

  it("is renamed, and dissolved only after asking", async () => {
    await open(together);
    await fireEvent.click(screen.getByTestId("case-item"));
    await fireEvent.click(await screen.findByTestId("case-rename"));
    const name = screen.getByTestId<HTMLInputElement>("case-new-name");
    expect(name.value).toBe("Hale, Maria");
    await fireEvent.input(name, { target: { value: "Hale" } });
    await fireEvent.submit(name.form!);
    await waitFor(() => expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Hale"));
    expect(screen.getByTestId("case-item").textContent).toContain("Hale");
    await fireEvent.click(screen.getByTestId("case-dissolve"));
    expect(cases.list).toHaveLength(1);
    await fireEvent.click(await screen.findByTestId("confirm-dissolve"));
    await screen.findByTestId("drop-zone");
    expect(screen.queryByTestId("case-item")).toBeNull();
    expect(records.list.every((record) => record.case === null)).toBe(true);
  });

  it("saves all of its records, showing one of them first", async () => {
    await open(together);
    await fireEvent.click(screen.getByTestId("case-item"));
    await fireEvent.click(await screen.findByTestId("case-export"));
    const preview = await screen.findByTestId("export-preview");
    await waitFor(() => expect(preview.textContent).not.toBe("\n    "));
    const before = preview.textContent;
    const of = screen.getByTestId<HTMLSelectElement>("export-of");
    await fireEvent.change(of, { target: { value: of.options[1]!.value } });
    await waitFor(() => expect(preview.textContent).not.toBe(before));
    await fireEvent.click(screen.getByTestId("export-save"));
    await waitFor(() => expect(toasts.list.at(-1)?.message).toContain("2 files were saved"));
  });
});

describe("operators by type", () => {
  const operator = (entity: string) => screen.getAllByTestId<HTMLSelectElement>("operator").find((select) => select.dataset.entity === entity)!;

  it("start from the preset, change the preview, claim nothing, and are kept under a name", async () => {
    await open();
    await fireEvent.click(item(0));
    await fireEvent.click(await screen.findByTestId("export-record"));
    const preset = screen.getByTestId<HTMLSelectElement>("export-preset");
    await waitFor(() => expect(preset.options.length).toBeGreaterThan(1));
    await fireEvent.change(preset, { target: { value: "hipaa_safe_harbor" } });
    await fireEvent.click(screen.getByTestId("by-type"));
    await waitFor(() => expect(operator("DATE").value).toBe("year"));
    expect(screen.getByTestId("export-claims").textContent).toContain("164.514");
    expect([...operator("PERSON").options].map((option) => option.value)).not.toContain("keep");
    await fireEvent.change(operator("PERSON"), { target: { value: "redact" } });
    await waitFor(() => expect(screen.getByTestId("export-preview").textContent).toContain("█████"));
    expect(screen.getByTestId("export-claims").textContent).toContain("claims nothing");
    await fireEvent.input(screen.getByTestId("table-name"), { target: { value: "For research" } });
    await fireEvent.click(screen.getByTestId("table-save"));
    await screen.findByTestId("table-delete");
    expect(preset.value).toBe("table:For research");
    // Another preset starts anew; the kept table brings its changes back.
    await fireEvent.change(preset, { target: { value: "all_placeholders" } });
    await waitFor(() => expect(operator("PERSON").value).toBe("placeholder"));
    await fireEvent.change(preset, { target: { value: "table:For research" } });
    await waitFor(() => expect(operator("PERSON").value).toBe("redact"));
    await fireEvent.click(screen.getByTestId("table-delete"));
    await waitFor(() => expect(screen.queryByTestId("table-delete")).toBeNull());
    expect(operator("DATE").value).toBe("year");
  });

  it("moves the dates of questions where asked to", async () => {
    await open();
    await fireEvent.click(item(0));
    const dates = await screen.findByTestId<HTMLSelectElement>("dates");
    expect(screen.getByTestId("preview-pane").textContent).toContain("[DATE_1]");
    await fireEvent.change(dates, { target: { value: "shifted_weeks" } });
    await waitFor(() => expect(screen.getByTestId("preview-pane").textContent).not.toContain("[DATE_1]"));
    expect(dates.value).toBe("shifted_weeks");
  });
});
