// Some svelte-check versions print nothing and exit 0: this holds that a type error in a component still fails the check.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(root, ".canary-"));
try {
  writeFileSync(
    join(folder, "Canary.svelte"),
    '<script lang="ts">\n  const count: number = "not a number";\n</script>\n\n<p>{count}</p>\n',
  );
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: "../tsconfig.json", include: ["./*.svelte"], exclude: [] }),
  );
  const check = join(root, "node_modules", "svelte-check", "bin", "svelte-check");
  const run = spawnSync(process.execPath, [check, "--workspace", folder, "--tsconfig", join(folder, "tsconfig.json")], {
    encoding: "utf8",
  });
  const output = run.stdout + run.stderr;
  if (run.status === 0 || !output.includes("not assignable")) {
    console.error("svelte-check did not report the canary's type error:\n" + output);
    process.exit(1);
  }
  console.log("svelte-check canary: the type error was reported");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
