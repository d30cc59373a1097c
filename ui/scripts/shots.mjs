// Builds the window over the fake and takes a screenshot of every page, light and dark, under the real content security policy.
// Usage: node scripts/shots.mjs [folder] [name part]; CHROMIUM names another browser.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { build, preview } from "vite";

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src ipc: http://ipc.localhost; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'";
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = process.argv[2] ?? fileURLToPath(new URL("../node_modules/.shots", import.meta.url));
const wanted = process.argv[3] ?? "";
mkdirSync(folder, { recursive: true });

const id = (name) => `[data-testid="${name}"]`;
const openRecord = (at) => async (page) => {
  await page.locator(id("record-item")).nth(at).click();
  await page.waitForSelector(id("original-pane"));
};
const choose = (...places) => async (page) => {
  for (const at of places) await page.locator(id("record-item")).nth(at).click({ modifiers: ["Control"] });
};
const makeCase = (name, ...places) => async (page) => {
  await choose(...places)(page);
  await page.locator(id("put-into-case")).click();
  await page.locator(id("case-name")).fill(name);
  await page.locator(id("case-put")).click();
  await page.waitForSelector(id("case-item"));
};
const go = (name) => async (page) => page.locator(id(`nav-${name}`)).click();
const ask = async (page, question) => {
  await page.locator(id("ask-input")).fill(question);
  await page.locator(id("ask-input")).press("Control+Enter");
};

const shots = {
  add: { steps: [] },
  empty: { query: "empty", steps: [] },
  record: { steps: [openRecord(0)] },
  finding: { steps: [openRecord(0), async (page) => page.locator(`${id("detection")}[data-entity="US_SSN"]`).click()] },
  labels: { steps: [openRecord(0), async (page) => page.locator(id("labels-toggle")).check()] },
  wide: { steps: [openRecord(1), async (page) => page.locator(id("wrap-toggle")).uncheck(), async (page) => page.keyboard.press("Control+b")] },
  find: {
    steps: [openRecord(0), async (page) => page.locator(id("find")).click(), async (page) => page.locator(id("find-input")).fill("furosemide")],
  },
  quality: { steps: [go("quality"), async (page) => page.locator(id("quality-run")).click(), async (page) => page.waitForSelector(id("quality-summary"))] },
  review: { steps: [openRecord(1), async (page) => page.locator(id("decision-why")).click()] },
  local: {
    steps: [
      openRecord(2),
      async (page) => {
        await ask(page, "What is the homework until the next session?");
        await page.locator(id("passage")).first().click();
        await page.waitForTimeout(200);
      },
    ],
  },
  refused: { steps: [openRecord(4)] },
  export: {
    steps: [
      openRecord(0),
      async (page) => page.locator(id("export-record")).click(),
      async (page) => page.locator(id("export-preset")).selectOption("hipaa_safe_harbor"),
    ],
  },
  types: {
    steps: [
      openRecord(0),
      async (page) => page.locator(id("export-record")).click(),
      async (page) => page.locator(id("by-type")).click(),
      async (page) => page.locator(`${id("operator")}[data-entity="PERSON"]`).selectOption("redact"),
    ],
  },
  choosing: { steps: [choose(0, 1), async (page) => page.locator(id("put-into-case")).click(), async (page) => page.locator(id("case-name")).fill("Hale, Maria")] },
  case: { steps: [makeCase("Hale, Maria", 0, 3), async (page) => page.locator(id("case-item")).click(), async (page) => { await ask(page, "Who is it?"); await page.waitForSelector(id("exchange")); }] },
  "case-review": { steps: [makeCase("Hale, Maria", 0, 1), async (page) => page.locator(id("case-item")).click(), async (page) => page.locator(id("case-take-out")).first().click()] },
  "case-empty": { steps: [makeCase("Hale, Maria", 0, 1), async (page) => page.locator(id("case-item")).click(), async (page) => page.locator(id("case-take-out")).first().click(), async (page) => page.locator(id("case-take-out")).first().click()] },
  "case-record": { steps: [makeCase("Hale, Maria", 0, 1), openRecord(0)] },
  answer: {
    steps: [
      openRecord(0),
      async (page) => {
        await ask(page, "When is the follow-up, and what should she watch at home?");
        await page.waitForSelector(id("exchange"));
      },
    ],
  },
  streaming: { query: "pause=400", steps: [openRecord(0), async (page) => { await ask(page, "When is the follow-up?"); await page.waitForTimeout(3000); }] },
  partial: { steps: [openRecord(0), async (page) => { await ask(page, "What if the stream is cut?"); await page.waitForSelector(id("exchange")); }] },
  mark: {
    steps: [
      openRecord(0),
      async (page) => {
        await page.evaluate(() => {
          const walker = document.createTreeWalker(document.querySelector('[data-testid="original-pane"]'), NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const at = node.textContent.indexOf("metformin");
            if (at >= 0) { node.parentElement.scrollIntoView(); getSelection().setBaseAndExtent(node, at, node, at + 9); return; }
          }
        });
        await page.locator(id("mark-as")).click();
        await page.locator(id("entity-search")).fill("num");
      },
    ],
  },
  // A megabyte: the last finding is drawn, in view on both sides and focused although only a part of the record is in the page.
  long: {
    steps: [
      openRecord(0),
      async (page) => {
        await page.evaluate(() => {
          const text = document.querySelector(".original .text").textContent;
          const filler = "A line without anything to find in it, as most lines of a long record are.\n".repeat(150);
          const event = new Event("paste", { bubbles: true, cancelable: true });
          Object.assign(event, { clipboardData: { getData: () => (text + filler).repeat(Math.ceil(1_000_000 / (text + filler).length)) } });
          document.body.dispatchEvent(event);
        });
        await page.waitForFunction(() => document.querySelectorAll(".original .block").length > 300);
        await page.locator(id("original-pane")).press("k");
        await page.waitForTimeout(400);
        const problem = await page.evaluate(() => {
          if (document.querySelectorAll(".original .block:not(:empty)").length > 60) return "the whole record was drawn";
          for (const pane of document.querySelectorAll(".pane")) {
            const [mark, box] = [pane.querySelector(".chosen")?.getBoundingClientRect(), pane.getBoundingClientRect()];
            if (!mark || mark.top < box.top || mark.bottom > box.bottom) return `the finding is not in view: ${JSON.stringify([pane.className, mark, box])}`;
          }
          return document.activeElement.matches(".original .chosen") ? null : "the finding is not focused";
        });
        if (problem) throw new Error(`long record: ${problem}`);
      },
    ],
  },
  delete: { steps: [openRecord(0), async (page) => page.locator(id("delete-record")).click()] },
  importing: { query: "pause=150", steps: [async (page) => { await page.locator(id("open-folder")).click(); await page.waitForSelector(id("import-pages")); await page.waitForTimeout(500); }] },
  imported: { steps: [async (page) => { await page.locator(id("open-folder")).click(); await page.waitForSelector(id("file-password")); await page.keyboard.press("Escape"); }] },
  password: { steps: [async (page) => { await page.locator(id("open-folder")).click(); await page.locator(id("file-password")).fill("red"); await page.keyboard.press("Enter"); await page.getByText("Try again").first().waitFor(); }] },
  left: { query: "left", steps: [] },
  watched: { steps: [async (page) => { await page.locator(id("watch-choose")).click(); await page.locator(id("watch-problems")).scrollIntoViewIfNeeded(); }] },
  audit: { steps: [openRecord(0), go("audit"), async (page) => page.locator(id("audit-verify")).click(), async (page) => page.locator(`${id("audit-row")} button`).nth(1).click()] },
  tampered: { query: "broken", steps: [go("audit"), async (page) => page.locator(id("audit-verify")).click()] },
  policy: { steps: [go("policy")] },
  models: { steps: [go("models")] },
  providers: { steps: [go("providers")] },
  provider: { steps: [go("providers"), async (page) => page.locator(id("provider-add")).click()] },
  passphrase: { query: "lock=new_passphrase", steps: [async (page) => page.locator(id("unlock-passphrase")).fill("seven green lanterns")] },
  unlock: { query: "lock=needs_passphrase", steps: [async (page) => { await page.locator(id("unlock-passphrase")).fill("wrong passphrase"); await page.locator(id("unlock-submit")).click(); }] },
  damaged: { query: "lock=damaged", steps: [] },
};

await build({ root, mode: "fake", logLevel: "warn" });
const server = await preview({ root, mode: "fake", logLevel: "warn", preview: { port: 4199, headers: { "Content-Security-Policy": csp } } });
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
const faults = [];
try {
  for (const size of [{ width: 1280, height: 800 }, { width: 1000, height: 700 }, { width: 1680, height: 1000 }]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const [name, { query = "", steps }] of Object.entries(shots)) {
        if (!`${name}-${colorScheme}-${size.width}`.includes(wanted)) continue;
        const page = await browser.newPage({ viewport: size, colorScheme, reducedMotion: "reduce" });
        await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
        page.on("console", (message) => message.type() === "error" && faults.push(`${name}: ${message.text()}`));
        page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
        await page.goto(`http://localhost:4199/?${query}&pause=8`);
        await page.waitForSelector("main");
        await page.waitForTimeout(120);
        for (const step of steps) await step(page);
        await page.waitForTimeout(150);
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${size.width}.png` });
        await page.close();
      }
    }
  }
} finally {
  await browser.close();
  await new Promise((resolve) => server.httpServer.close(resolve));
}
for (const fault of new Set(faults)) console.error(fault);
process.exit(faults.length > 0 ? 1 : 0);
