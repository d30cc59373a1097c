// Short messages over the page: errors stay until they are closed, the rest goes by itself.
import { asProblem } from "../ipc/client";

export type Toast = { id: number; kind: "error" | "info"; message: string; hint: string; undo?: () => void };

const shownMs = 6000;
const sameWithinMs = 2000;

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;
  #last = { text: "", at: 0 };

  error(thrown: unknown, about = ""): void {
    const { message, hint } = asProblem(thrown);
    this.#add("error", about ? `${about}: ${message}` : sentence(message), hint);
  }

  /** `undo` takes back what the message tells of. */
  info(message: string, undo?: () => void): void {
    const id = this.#add("info", message, "", undo);
    if (id !== null) setTimeout(() => this.close(id), shownMs);
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  // The same failure can arrive as a reply and as an event: it is shown once.
  #add(kind: Toast["kind"], message: string, hint: string, undo?: () => void): number | null {
    const now = Date.now();
    // What can be taken back is always shown: it is another one each time.
    if (!undo && this.#last.text === message && now - this.#last.at < sameWithinMs) return null;
    this.#last = { text: message, at: now };
    const id = this.#next++;
    this.list = [...this.list, { id, kind, message, hint, undo }].slice(-5);
    return id;
  }
}

export function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export const toasts = new Toasts();
