// Shares with their counts, as numbers and words.
import type { QualityReport } from "../../ipc/client";

export type Share = QualityReport["identifiers"];

export const ratio = (share: Share): number => (share.of ? share.hit / share.of : 0);

/** `98.2 %`, or a dash where nothing was counted. */
export const shown = (share: Share): string => (share.of ? `${(ratio(share) * 100).toFixed(1)} %` : "–");

export const interval = (share: Share): string => (share.of ? `${((share.low ?? 0) * 100).toFixed(1)} to ${((share.high ?? 0) * 100).toFixed(1)} %` : "");

export const milliseconds = (ms: number | null): string => (ms === null ? "–" : ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`);
