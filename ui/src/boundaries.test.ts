// The arrows of the window: app -> features -> shared -> ipc, a feature never knows a feature, one file knows the shell.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const source = import.meta.dirname;
const files = readdirSync(source, { recursive: true, encoding: "utf8" })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => /\.(ts|svelte)$/.test(path));
const read = (path: string) => readFileSync(join(source, path), "utf8");

function importsOf(path: string): string[] {
  const found = read(path).matchAll(/\b(?:from\s*|import\s*\(?\s*)["']([^"']+)["']/g);
  return [...found].map(([, target]) => (target!.startsWith(".") ? relative(source, normalize(join(source, dirname(path), target!))).split(sep).join("/") : target!));
}

const layerOf = (path: string) => path.split("/")[0]!;
const featureOf = (path: string) => (path.startsWith("features/") ? path.split("/")[1] : undefined);
const allowed: Record<string, string[]> = {
  app: ["app", "features", "shared", "ipc"],
  features: ["features", "shared", "ipc"],
  shared: ["shared", "ipc"],
  ipc: ["ipc"],
};

describe("imports", () => {
  it("finds the files and their imports", () => {
    expect(files.length).toBeGreaterThan(40);
    expect(importsOf("ipc/client.ts")).toContain("@tauri-apps/api/core");
    expect(importsOf("ipc/client.ts")).toContain("ipc/fake");
    expect(importsOf("app/Desk.svelte")).toContain("features/ask/AskPanel.svelte");
  });

  it.each(files.filter((path) => path.includes("/")))("%s keeps to its layer", (path) => {
    for (const target of importsOf(path)) {
      if (/^[a-z@]/.test(target) && !(layerOf(target) in allowed)) continue;
      if (path.endsWith(".test.ts") && layerOf(target) === "ipc") continue;
      expect(allowed[layerOf(path)], `${path} imports ${target}`).toContain(layerOf(target));
      if (featureOf(path)) expect([undefined, featureOf(path)], `${path} imports ${target}`).toContain(featureOf(target));
      // Only the client knows how the shell is reached; types come through it too.
      if (layerOf(path) !== "ipc" && layerOf(target) === "ipc" && !path.endsWith(".test.ts")) expect(target).toBe("ipc/client");
    }
  });

  it("reach the shell from the client alone", () => {
    const shell = files.filter((path) => importsOf(path).some((target) => target.startsWith("@tauri-apps")));
    expect(shell.sort()).toEqual(["ipc/bindings.ts", "ipc/client.test.ts", "ipc/client.ts"]);
    const bindings = files.filter((path) => importsOf(path).some((target) => target === "ipc/bindings"));
    expect(bindings.every((path) => path.startsWith("ipc/"))).toBe(true);
  });

  it("name no package but the three that ship", () => {
    const packages = files.filter((path) => !path.includes("test")).flatMap(importsOf).filter((target) => /^[@a-z]/.test(target) && !(layerOf(target) in allowed));
    expect(new Set(packages)).toEqual(new Set(["svelte", "@tauri-apps/api/core", "@tauri-apps/api/event"]));
  });
});

describe("what the page never does", () => {
  const shipped = files.filter((path) => !path.endsWith(".test.ts") && path !== "test-setup.ts");
  it.each([
    ["parse markup", /\{@html|innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment/],
    ["use the network", /\bfetch\s*\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|\bnew Worker/],
    ["keep anything in the webview", /localStorage|sessionStorage|indexedDB|document\.cookie|caches\./],
    ["run text", /\beval\s*\(|new Function|javascript:/],
    ["write styles the policy refuses", /\sstyle="|<style[^>]*>[^<]*@import|url\(/],
    ["write to the console", /console\./],
  ])("%s", (_, pattern) => {
    for (const path of shipped) expect(pattern.exec(read(path))?.[0], path).toBeUndefined();
  });
});
