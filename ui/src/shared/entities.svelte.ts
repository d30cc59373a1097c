// The entity types the shell knows, loaded once, with their labels and colour groups.
import type { EntityInfo } from "../ipc/client";

export const groups = [
  { group: "person", label: "People" },
  { group: "identity", label: "Identity" },
  { group: "health", label: "Medical ids" },
  { group: "finance", label: "Accounts" },
  { group: "contact", label: "Contact" },
  { group: "place", label: "Places" },
  { group: "time", label: "Dates" },
  { group: "thing", label: "Other ids" },
  { group: "other", label: "Other" },
] as const;

export type Group = (typeof groups)[number]["group"];

const isGroup = (name: string): name is Group => groups.some(({ group }) => group === name);

class Entities {
  all = $state.raw<EntityInfo[]>([]);
  readonly #byName = $derived(new Map(this.all.map((info) => [info.name, info])));

  label(name: string): string {
    const known = this.#byName.get(name);
    if (known) return known.label;
    const plain = name.replace(/^CUSTOM:/, "").replace(/_/g, " ").toLowerCase();
    return plain.charAt(0).toUpperCase() + plain.slice(1);
  }

  group(name: string): Group {
    const group = this.#byName.get(name)?.group ?? "other";
    return isGroup(group) ? group : "other";
  }
}

export const entities = new Entities();

/** Types whose label or name holds the typed words, those that begin with them first. */
export function matching(all: EntityInfo[], typed: string): EntityInfo[] {
  const wanted = typed.trim().toLowerCase();
  if (!wanted) return all;
  const rank = (info: EntityInfo) => {
    const label = info.label.toLowerCase();
    if (label.startsWith(wanted)) return 0;
    if (label.split(/\s+/).some((word) => word.startsWith(wanted))) return 1;
    return label.includes(wanted) || info.name.toLowerCase().includes(wanted) ? 2 : 3;
  };
  return all
    .map((info) => ({ info, rank: rank(info) }))
    .filter((each) => each.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .map((each) => each.info);
}
