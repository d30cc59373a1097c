// The window over the fake shell: what a person does, from adding a record to the audit log.
import { cleanup, fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { afterEach, describe, expect, it } from "vitest";
import { useBackend, type RecordView } from "../ipc/client";
import { createFake, type FakeOptions } from "../ipc/fake";
import { samples, type FakeRecord } from "../ipc/fake-data";
import { cases } from "../features/cases/cases.svelte";
import { records } from "../features/documents/records.svelte";
import { toasts } from "../shared/toasts.svelte";
import App from "./App.svelte";
import { cordon } from "./window.svelte";

type Fake = ReturnType<typeof createFake>;

async function open(options: FakeOptions = {}, alter: (fake: Fake) => void = () => undefined): Promise<Fake> {
  const fake = createFake({ pauseMs: 1, ...options });
  alter(fake);
  useBackend(fake);
  render(App);
  await waitFor(() => expect(cordon.status).not.toBeNull());
  return fake;
}

async function openRecord(at: number): Promise<void> {
  const items = await screen.findAllByTestId("record-item");
  await fireEvent.click(items[at]!);
  await screen.findByTestId("original-pane");
}

const found = (entity: string) => screen.getAllByTestId("detection").filter((mark) => mark.dataset.entity === entity);
const press = (key: string, target: Element = document.activeElement ?? document.body, more: KeyboardEventInit = {}) => fireEvent.keyDown(target, { key, bubbles: true, ...more });
const view = (): RecordView => cordon.desk!.review.view;

afterEach(() => {
  cleanup();
  cordon.status = null;
  cordon.desk = null;
  cordon.folder = null;
  cases.list = [];
  cordon.page = "records";
  cordon.failed = null;
  records.list = [];
  records.reading = [];
  toasts.list = [];
});

describe("adding a record", () => {
  it("reads pasted text and opens it", async () => {
    await open({ empty: true });
    expect(await screen.findByTestId("drop-zone")).toBeTruthy();
    await fireEvent.input(screen.getByTestId("paste-area"), { target: { value: "Seen today: Maria L. Hale, MRN 00482913." } });
    await fireEvent.click(screen.getByTestId("paste-submit"));
    const pane = await screen.findByTestId("original-pane");
    expect(pane.textContent).toContain("Maria L. Hale");
    expect(screen.getAllByTestId("record-item")).toHaveLength(1);
  });

  it("takes text pasted anywhere but into a field", async () => {
    await open({ empty: true });
    await screen.findByTestId("drop-zone");
    const paste = (target: Element) => {
      const event = new Event("paste", { bubbles: true, cancelable: true });
      Object.assign(event, { clipboardData: { getData: () => "Maria L. Hale came in." } });
      target.dispatchEvent(event);
    };
    paste(screen.getByTestId("paste-area"));
    expect(records.busy).toBe(false);
    paste(document.body);
    await screen.findByTestId("original-pane");
  });
});

describe("reviewing", () => {
  it("shows class, lane, findings and exactly what would be sent", async () => {
    await open();
    await openRecord(0);
    expect(screen.getByTestId("class-label").textContent).toContain("Discharge summary");
    expect(screen.getByTestId("lane-badge").dataset.lane).toBe("cloud");
    const preview = within(screen.getByTestId("preview-pane"));
    expect(screen.getByTestId("preview-pane").textContent?.trim()).toBe(view().preview.map((part) => part.text).join("").trim());
    expect(screen.getByTestId("original-pane").textContent?.trim()).toBe(view().text.trim());
    expect(preview.getAllByTestId("placeholder")).toHaveLength(view().detections.length);
    expect(screen.getByTestId("preview-pane").textContent).not.toContain("Hale");
    expect(screen.getByTestId("instruction").textContent).toBe(view().instruction);
  });

  it("finds words by key and marks them", async () => {
    await open();
    await openRecord(0);
    const many = view().detections.length;
    await press("f", screen.getByTestId("original-pane"), { ctrlKey: true });
    const input = await screen.findByTestId<HTMLInputElement>("find-input");
    expect(document.activeElement).toBe(input);
    await fireEvent.input(input, { target: { value: "nothing like it" } });
    expect(screen.getByTestId("find-count").textContent).toBe("not found");
    await fireEvent.input(input, { target: { value: "FUROSEMIDE" } });
    expect(screen.getByTestId("find-count").textContent).toMatch(/^1 \/ \d+$/);
    await press("Enter", input, { ctrlKey: true });
    const search = await screen.findByTestId("entity-search");
    await fireEvent.input(search, { target: { value: "person" } });
    await press("Enter", search);
    await waitFor(() => expect(view().detections.length).toBeGreaterThan(many));
    expect(found("PERSON").some((mark) => mark.textContent?.toLowerCase() === "furosemide")).toBe(true);
    expect(screen.queryByTestId("find-input")).toBeNull();
  });

  it("goes through the findings by key, removes one, and undoes and redoes it", async () => {
    await open();
    await openRecord(0);
    const many = view().detections.length;
    await press("j", screen.getByTestId("original-pane"));
    await waitFor(() => expect(document.activeElement).toBe(screen.getAllByTestId("detection")[0]));
    await press("j");
    await waitFor(() => expect(document.activeElement).toBe(screen.getAllByTestId("detection")[1]));
    await press("k");
    await waitFor(() => expect(document.activeElement?.textContent).toBe("RIVERBEND MEMORIAL HOSPITAL"));
    await press("Delete");
    await waitFor(() => expect(view().detections).toHaveLength(many - 1));
    expect(screen.getByTestId("preview-pane").textContent).toContain("RIVERBEND MEMORIAL HOSPITAL");
    await waitFor(() => expect(document.activeElement?.textContent).toBe("Maria L. Hale"));
    await press("z", document.body, { ctrlKey: true });
    await waitFor(() => expect(view().detections).toHaveLength(many));
    await press("Z", document.body, { ctrlKey: true, shiftKey: true });
    await waitFor(() => expect(view().detections).toHaveLength(many - 1));
    await fireEvent.click(screen.getByTestId("undo"));
    await waitFor(() => expect(view().detections).toHaveLength(many));
  });

  it("removes two findings when the key is pressed twice in a row", async () => {
    await open();
    await openRecord(0);
    const many = view().detections.length;
    await press("j", screen.getByTestId("original-pane"));
    await waitFor(() => expect(cordon.desk?.review.selected).not.toBeNull());
    void press("Delete");
    void press("Delete");
    await waitFor(() => expect(view().detections).toHaveLength(many - 2));
    expect(screen.getByTestId("original-pane").querySelector('[data-entity="FACILITY"]')).toBeNull();
  });

  it("changes the type of a finding", async () => {
    await open();
    await openRecord(0);
    await fireEvent.click(found("US_SSN")[0]!);
    const finding = await screen.findByTestId("finding");
    expect(finding.textContent).toContain("98 %");
    expect(finding.textContent).toContain("us_ssn");
    await press("t");
    const select = screen.getByTestId("detection-type");
    await waitFor(() => expect(document.activeElement).toBe(select));
    await fireEvent.change(select, { target: { value: "NATIONAL_ID" } });
    await waitFor(() => expect(found("NATIONAL_ID")).toHaveLength(1));
    expect(screen.getByTestId("preview-pane").textContent).toContain("[NATIONAL_ID_1]");
    await press("Escape", select);
    await waitFor(() => expect(screen.queryByTestId("finding")).toBeNull());
    expect(document.activeElement?.textContent).toBe("219-09-9999");
  });

  it("marks selected text, counted in UTF-16 units, after an emoji", async () => {
    await open();
    await openRecord(3);
    const node = [...screen.getByTestId("original-pane").querySelectorAll(".block")].flatMap((block) => [...block.childNodes]).find((child) => child.textContent?.includes("levodopa"))!;
    const at = node.textContent!.indexOf("levodopa");
    getSelection()!.setBaseAndExtent(node, at - 1, node, at + 9);
    document.dispatchEvent(new Event("selectionchange"));
    await screen.findByTestId("mark-as");
    await press("m", document.body);
    const search = await screen.findByTestId("entity-search");
    await fireEvent.input(search, { target: { value: "cust" } });
    expect(screen.queryAllByTestId("entity-option")).toHaveLength(0);
    await fireEvent.input(search, { target: { value: "device" } });
    await press("Enter", search);
    await waitFor(() => expect(found("DEVICE_ID").map((mark) => mark.textContent)).toEqual(["levodopa"]));
    expect(screen.getByTestId("preview-pane").textContent).toContain("[DEVICE_ID_1] 100 mg");
  });

  it("puts a finding and its placeholder forward together", async () => {
    await open();
    await openRecord(0);
    const mark = found("US_SSN")[0]!;
    await fireEvent.pointerOver(mark);
    await waitFor(() => expect(mark.className).toContain("partner"));
    const partner = within(screen.getByTestId("preview-pane")).getByText("[US_SSN_1]");
    expect(partner.className).toContain("partner");
    expect(screen.getByTestId("hover-label").textContent).toContain("Social security number");
  });

  it("asks for approval where the policy does, and moves on once it was given", async () => {
    await open();
    await openRecord(1);
    expect(screen.getByTestId("lane-badge").dataset.lane).toBe("review");
    await fireEvent.click(screen.getByTestId("approve"));
    await waitFor(() => expect(screen.getByTestId("lane-badge").dataset.lane).toBe("cloud"));
    expect(screen.queryByTestId("approve")).toBeNull();
  });

  it("says that nothing can be sent where detection was incomplete", async () => {
    await open();
    await openRecord(4);
    expect(screen.getByText(/only rules were applied/)).toBeTruthy();
    expect(screen.getByTestId<HTMLTextAreaElement>("ask-input").disabled).toBe(true);
  });

  it("leaves what stands alone when an edit fails", async () => {
    await open({}, (fake) => {
      fake.commands.editRecord = () => Promise.resolve({ status: "error", error: { code: "store", message: "the disk is full", hint: "Make room." } });
    });
    await openRecord(0);
    const many = view().detections.length;
    await fireEvent.click(found("US_SSN")[0]!);
    await fireEvent.click(await screen.findByTestId("remove-detection"));
    expect((await screen.findByTestId("toast-error")).textContent).toContain("Make room.");
    expect(screen.getAllByTestId("detection")).toHaveLength(many);
  });

  it("shows what a rule makes of the record before it is saved, and says what was saved", async () => {
    await open();
    await openRecord(0);
    await fireEvent.click(screen.getByTestId("export-record"));
    const preview = await screen.findByTestId("export-preview");
    await waitFor(() => expect(preview.textContent).toContain("[DATE_1]"));
    await fireEvent.change(screen.getByTestId("export-preset"), { target: { value: "hipaa_safe_harbor" } });
    await waitFor(() => expect(preview.textContent).not.toContain("[DATE_1]"));
    expect(screen.getByTestId("export-claims").textContent).toContain("164.514");
    await fireEvent.click(screen.getByTestId("export-save"));
    await waitFor(() => expect(screen.queryByTestId("export-preview")).toBeNull());
    expect(toasts.list[0]!.message).toContain("record.redacted");
  });

  it("deletes a record only after asking", async () => {
    await open();
    await openRecord(0);
    await fireEvent.click(screen.getByTestId("delete-record"));
    expect(records.list).toHaveLength(samples.length);
    await fireEvent.click(await screen.findByTestId("confirm-delete"));
    await waitFor(() => expect(records.list).toHaveLength(samples.length - 1));
    await screen.findByTestId("drop-zone");
  });
});

describe("asking", () => {
  async function ask(question: string): Promise<void> {
    const input = screen.getByTestId("ask-input");
    await fireEvent.input(input, { target: { value: question } });
    await press("Enter", input, { ctrlKey: true });
  }

  it("streams the answer, marks what was put back, and shows what was sent", async () => {
    await open();
    await openRecord(0);
    await ask("When is the follow-up?");
    const exchange = await screen.findByTestId("exchange");
    expect(exchange.dataset.tier).toBe("cloud");
    expect(within(exchange).getAllByTestId("restored").map((part) => part.textContent)).toContain("March 18, 2025");
    const sent = within(exchange).getByTestId("sent").textContent!;
    expect(sent).toContain("[PERSON_1]");
    expect(sent).not.toContain("Hale");
    expect(exchange.textContent).toContain("Clinic Azure gateway");
  });

  it("stops when asked to and keeps what arrived", async () => {
    await open({ pauseMs: 15 });
    await openRecord(0);
    await ask("When is the follow-up?");
    await screen.findByTestId("answer");
    await fireEvent.click(screen.getByTestId("ask-cancel"));
    const exchange = await screen.findByTestId("exchange");
    expect(exchange.dataset.status).toBe("cancelled");
    expect(within(exchange).getByTestId("answer").textContent).toContain("Hale");
    expect(within(exchange).getByTestId("answer").textContent).not.toContain("run out");
  });

  it("marks an answer that was cut short and says what to do", async () => {
    await open();
    await openRecord(0);
    await ask("What if the stream is cut?");
    const exchange = await screen.findByTestId("exchange");
    expect(exchange.dataset.status).toBe("partial");
    expect(within(exchange).getByTestId("ask-status").textContent).toContain("Cut short");
    expect(within(exchange).getByRole("alert").textContent).toContain("Ask again");
  });

  it("gives the question back when the shell refuses it", async () => {
    await open({}, (fake) => {
      fake.ask = () => Promise.resolve({ status: "error", error: { code: "busy", message: "another question is running", hint: "Wait." } });
    });
    await openRecord(0);
    await ask("When?");
    await screen.findByText("Another question is running");
    expect(screen.getByTestId<HTMLTextAreaElement>("ask-input").value).toBe("When?");
  });

  it("answers locally with passages that lead back into the record", async () => {
    await open();
    await openRecord(2);
    await ask("What is the homework until the next session?");
    const [passage] = await screen.findAllByTestId("passage");
    expect(passage!.textContent).toContain("sleep diary");
    await fireEvent.click(passage!);
    const marked = cordon.desk!.review.passage!;
    expect(view().text.slice(marked.start, marked.end)).toContain("sleep diary");
  });

  it("sends the passages that fit where that is chosen, and keeps the choice", async () => {
    const fake = await open({ provider: true });
    await openRecord(0);
    const scope = await screen.findByTestId("ask-scope");
    expect((scope as HTMLSelectElement).value).toBe("whole");
    await fireEvent.change(scope, { target: { value: "fitting" } });
    await waitFor(async () => expect(await fake.commands.questionScope()).toEqual({ status: "ok", data: "fitting" }));
    expect(scope.title).toContain("minimum necessary");
  });

  it("says so when there is no answer", async () => {
    await open();
    await openRecord(2);
    await ask("zzzz qqqq?");
    expect((await screen.findByTestId("exchange")).dataset.status).toBe("no_answer");
    expect(screen.getByTestId("answer").textContent).toContain("does not seem to hold");
  });

  it("goes on while another record is looked at", async () => {
    await open({ pauseMs: 10 });
    await openRecord(0);
    await ask("When is the follow-up?");
    await openRecord(2);
    expect(screen.queryByTestId("exchange")).toBeNull();
    await openRecord(0);
    await waitFor(() => expect(screen.getByTestId("exchange").dataset.status).toBe("complete"));
  });
});

describe("hostile text", () => {
  const hostile = '<img src=x onerror="window.pwned = 1">';
  const evil: FakeRecord = {
    ...samples[0]!,
    name: `${hostile}.txt`,
    text: `Patient ${hostile} and <script>window.pwned = 1</script> {@html x} [x](javascript:alert(1))\n`,
    finds: [[hostile, "PERSON", 0.9, `rule:${hostile}`]],
    notes: [hostile],
    class: { ...samples[0]!.class!, label: hostile, laws: [hostile] },
    decision: { lane: "cloud", headline: hostile, reviewed: false, rules: [{ id: hostile, reason: hostile, effect: "permit" }] },
  };

  it("shows as the characters it is made of, on every page", async () => {
    await open({ records: [evil] }, (fake) => {
      fake.ask = (_id, question) =>
        Promise.resolve({
          status: "ok",
          data: {
            id: "x", askedAt: "", question, tier: "cloud", provider: hostile, status: "partial", why: hostile, confidence: null, sent: hostile,
            answer: [{ text: hostile, restored: null }, { text: hostile, restored: "PERSON" }],
            passages: [{ record: "r1", start: 0, end: 5, text: hostile, score: 0.5 }], problem: { code: "provider", message: hostile, hint: hostile },
          },
        });
    });
    await openRecord(0);
    await fireEvent.click(screen.getAllByTestId("detection")[0]!);
    await screen.findByTestId("finding");
    const input = screen.getByTestId("ask-input");
    await fireEvent.input(input, { target: { value: hostile } });
    await fireEvent.click(screen.getByTestId("ask-send"));
    const answer = await screen.findByTestId("answer");
    expect(answer.textContent).toBe(hostile + hostile);
    expect(screen.getAllByTestId("detection")[0]!.textContent).toBe(hostile);
    toasts.error({ code: "internal", message: hostile, hint: hostile });
    await screen.findByTestId("toast-error");
    for (const page of ["records", "audit", "policy", "models", "providers"]) {
      expect(document.querySelectorAll("img, script, iframe, a[href^=javascript]")).toHaveLength(0);
      await fireEvent.click(screen.getByTestId(`nav-${page}`));
    }
    await screen.findByTestId("provider-none");
    expect(document.querySelectorAll("img, script")).toHaveLength(0);
    expect((window as { pwned?: number }).pwned).toBeUndefined();
  });
});

describe("the other pages", () => {
  it("pulls a model from its hub when asked, tells how far it is, and removes it", async () => {
    await open({ pauseMs: 5 });
    await fireEvent.click(screen.getByTestId("nav-models"));
    const row = (await screen.findAllByTestId("model-row")).find((each) => each.textContent.includes("deid-roberta"))!;
    expect(screen.getAllByRole("button", { name: "Pull" })).toHaveLength(1);
    await fireEvent.click(within(row).getByRole("button", { name: "Pull" }));
    await within(row).findByText(/model\.safetensors 20 %/);
    await fireEvent.click(within(row).getByRole("button", { name: "Cancel" }));
    await within(row).findByRole("button", { name: "Pull" });
    expect(within(row).queryByText("Usable")).toBeNull();
    await fireEvent.click(within(row).getByRole("button", { name: "Pull" }));
    await within(row).findByText("Usable");
    await within(row).findByText(/next start/);
    await fireEvent.click(within(row).getByRole("button", { name: "Remove files" }));
    await within(row).findByText("Not usable");
  });

  it("lists the log, pages back, and verifies it", async () => {
    await open();
    await screen.findAllByTestId("record-item");
    await fireEvent.click(screen.getByTestId("nav-audit"));
    expect(await screen.findAllByTestId("audit-row")).toHaveLength(12);
    await fireEvent.click(screen.getByTestId("audit-older"));
    await waitFor(() => expect(screen.getAllByTestId("audit-row")).toHaveLength(15));
    await fireEvent.click(screen.getByTestId("audit-verify"));
    const result = await screen.findByTestId("audit-result");
    expect(result.dataset.sound).toBe("true");
    expect(result.textContent).toContain("15 rows");
  });

  it("says which rows are wrong after the file was edited", async () => {
    await open({ brokenAudit: true });
    await screen.findAllByTestId("record-item");
    await fireEvent.click(screen.getByTestId("nav-audit"));
    await fireEvent.click(await screen.findByTestId("audit-verify"));
    expect((await screen.findByTestId("audit-result")).dataset.sound).toBe("false");
    expect(screen.getAllByTestId("audit-fault")[0]!.textContent).toContain("Row 4");
  });

  it("filters the log by the open record", async () => {
    await open();
    await openRecord(2);
    await fireEvent.click(screen.getByTestId("nav-audit"));
    await fireEvent.change(await screen.findByTestId("audit-filter"), { target: { value: view().id } });
    await waitFor(() => expect(screen.getAllByTestId("audit-row")).toHaveLength(3));
  });

  it("adds a provider, keeps the key out of the page, and goes back to local answers", async () => {
    const seen: unknown[] = [];
    await open({}, (fake) => {
      const save = fake.commands.saveProvider;
      fake.commands.saveProvider = (request) => (seen.push(request), save(request));
    });
    await screen.findAllByTestId("record-item");
    await fireEvent.click(screen.getByTestId("nav-providers"));
    await fireEvent.click(await screen.findByTestId("provider-add"));
    await fireEvent.change(screen.getByTestId("provider-wire"), { target: { value: "gemini" } });
    expect(screen.getByTestId<HTMLInputElement>("provider-address").value).toContain("generativelanguage");
    await fireEvent.input(screen.getByTestId("provider-address"), { target: { value: "http://elsewhere.example" } });
    await fireEvent.input(screen.getByTestId("provider-model"), { target: { value: "m" } });
    await fireEvent.input(screen.getByTestId("provider-key"), { target: { value: "key-123" } });
    await fireEvent.submit(document.querySelector("#provider-form")!);
    expect((await screen.findByRole("alert")).textContent).toContain("https");
    expect(screen.getByTestId<HTMLInputElement>("provider-key").value).toBe("");
    await fireEvent.input(screen.getByTestId("provider-address"), { target: { value: "https://elsewhere.example" } });
    await fireEvent.submit(document.querySelector("#provider-form")!);
    await waitFor(() => expect(screen.getAllByTestId("provider-item")).toHaveLength(3));
    expect(seen.map((request) => (request as { key: string | null }).key)).toEqual(["key-123", null]);
    expect(document.body.innerHTML).not.toContain("key-123");
    await fireEvent.click(within(screen.getByTestId("provider-none")).getByRole("radio"));
    await waitFor(() => expect(cordon.status?.provider).toBeNull());
  });
});

describe("quality", () => {
  it("measures on a file, shows shares with intervals, and can be stopped", async () => {
    await open();
    await fireEvent.click(screen.getByTestId("nav-quality"));
    await fireEvent.click(await screen.findByTestId("quality-run"));
    expect((await screen.findByTestId("quality-progress")).textContent).toContain("Measuring");
    await fireEvent.click(screen.getByTestId("quality-cancel"));
    await screen.findByTestId("quality-run");
    expect(screen.queryByTestId("quality-summary")).toBeNull();
    await fireEvent.click(screen.getByTestId("quality-run"));
    expect((await screen.findByTestId("quality-summary")).textContent).toContain("3 records");
    const [first] = screen.getAllByTestId("quality-row");
    expect(first!.textContent).toContain("98.3 %");
    expect(first!.textContent).toContain("91.0 to 99.7 %");
    expect(screen.getAllByTestId("quality-row").at(-3)!.textContent).toContain("–");
  });
});

describe("a locked store", () => {
  it("opens with the right passphrase and says when it is wrong", async () => {
    await open({ lock: "needs_passphrase" });
    const field = await screen.findByTestId("unlock-passphrase");
    await fireEvent.input(field, { target: { value: "wrong passphrase" } });
    await fireEvent.submit(field.closest("form")!);
    expect((await screen.findByRole("alert")).textContent).toContain("does not open");
    await fireEvent.input(field, { target: { value: "seven green lanterns" } });
    await fireEvent.submit(field.closest("form")!);
    await screen.findByTestId("record-list");
  });

  it("takes a new passphrase only when it is long enough and written twice", async () => {
    await open({ lock: "new_passphrase" });
    const submit = () => screen.getByTestId<HTMLButtonElement>("unlock-submit");
    const type = (id: string, value: string) => fireEvent.input(screen.getByTestId(id), { target: { value } });
    await screen.findByTestId("unlock-passphrase");
    await type("unlock-passphrase", "short");
    await type("unlock-again", "short");
    expect(submit().disabled).toBe(true);
    await type("unlock-passphrase", "seven green lanterns");
    expect(submit().disabled).toBe(true);
    await type("unlock-again", "seven green lanterns");
    expect(submit().disabled).toBe(false);
  });

  it("offers no passphrase for a damaged store", async () => {
    await open({ lock: "damaged" });
    expect(await screen.findByText(/backup/)).toBeTruthy();
    expect(screen.queryByTestId("unlock-passphrase")).toBeNull();
  });
});
