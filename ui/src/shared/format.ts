// Numbers, times and names as a person reads them.

/** `0.974` as `97 %`; what is not a number shows as a dash rather than as certainty. */
export function percent(value: number | null | undefined): string {
  if (typeof value !== "number" || !Number.isFinite(value)) return "–";
  const bounded = Math.min(Math.max(value, 0), 1);
  // Rounding must not turn "almost" into "certain", nor "hardly" into "not".
  if (bounded > 0.99 && bounded < 1) return "> 99 %";
  if (bounded > 0 && bounded < 0.01) return "< 1 %";
  return `${Math.round(bounded * 100)} %`;
}

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

function read(at: string): Date | null {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** A short time for lists: today as a clock time, else the day. */
export function when(at: string, now: Date = new Date()): string {
  const date = read(at);
  if (!date) return at;
  return date.toDateString() === now.toDateString() ? clock.format(date) : day.format(date);
}

/** The full local time, to the second. */
export function moment(at: string): string {
  const date = read(at);
  return date ? `${day.format(date)}, ${clockSeconds.format(date)}` : at;
}

export function bytes(size: number | null): string {
  if (size === null || !Number.isFinite(size)) return "–";
  if (size < 1000) return `${size} B`;
  const units = ["kB", "MB", "GB"];
  let value = size / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `discharge_summary` or `record.imported` as words. */
export function words(name: string): string {
  const spaced = name.replace(/[_.:]+/g, " ").trim();
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

export function count(many: number, one: string, more: string): string {
  return `${many.toLocaleString("en-GB")} ${many === 1 ? one : more}`;
}

/** A name and value of the log: `confidence_ppm` 970000 is a confidence of 97 %. */
export function detail([name, value]: [string, string]): [string, string] {
  const share = /^(.+)_ppm$/.exec(name);
  return share?.[1] && /^\d+$/.test(value) ? [words(share[1]), percent(Number(value) / 1e6)] : [words(name), value];
}

/** The first characters of a digest, enough to compare by eye. */
export function short(hash: string): string {
  return hash.length > 16 ? `${hash.slice(0, 8)}…${hash.slice(-4)}` : hash;
}

/** Who found it, in words: `rule:us_ssn` is a rule, `field:PID-5` a field of the format. */
export function foundBy(source: string): string {
  const [kind, name] = [source.split(":")[0] ?? "", source.slice(source.indexOf(":") + 1)];
  if (kind === "rule") return `Rule ${name}`;
  if (kind === "field") return `Field ${name}`;
  if (kind === "model") return "Detection model";
  if (kind === "propagation") return "Same text found elsewhere in the record or its case";
  if (kind === "reviewer") return "Marked by a reviewer";
  return source;
}

// Letters that turn text around or cannot be seen would let a file name look like another one.
const unseen = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** A file name with control, direction and zero-width characters shown as `·`. */
export function fileName(name: string): string {
  return name.replace(unseen, "·");
}
