// The four lanes of a decision, in words.
import type { RecordSummary } from "../ipc/client";

export type Lane = RecordSummary["lane"];

export const lanes: Record<Lane, { badge: string; title: string; icon: "cloud" | "eye" | "computer" | "stop" }> = {
  cloud: { badge: "Cloud", title: "Cloud, de-identified", icon: "cloud" },
  review: { badge: "Review", title: "Review first", icon: "eye" },
  local: { badge: "Local", title: "Stays local", icon: "computer" },
  refuse: { badge: "Refused", title: "Refused", icon: "stop" },
};
