// The questions of one record: what was answered, and the answer that is arriving.
import { asProblem, client, type AnswerPart, type CommandError, type Exchange } from "../../ipc/client";

export type Running = { question: string; tier: Exchange["tier"] | null; why: string; parts: AnswerPart[] };

export class Asking {
  readonly record: string;
  exchanges = $state.raw<Exchange[]>([]);
  running = $state<Running | null>(null);
  problem = $state.raw<CommandError | null>(null);
  open = $state(false);
  draft = $state("");

  constructor(record: string, exchanges: Exchange[]) {
    this.record = record;
    this.exchanges = exchanges;
    this.open = exchanges.length > 0;
  }

  async ask(question: string): Promise<void> {
    const asked = question.trim();
    if (!asked || this.running) return;
    this.problem = null;
    this.open = true;
    this.draft = "";
    this.running = { question: asked, tier: null, why: "", parts: [] };
    try {
      const exchange = await client.ask(this.record, asked, (event) => {
        const running = this.running;
        if (!running) return;
        if (event.kind === "routed") [running.tier, running.why] = [event.tier, event.why];
        if (event.kind === "parts") running.parts.push(...event.parts);
        if (event.kind === "done") this.#done(event.exchange);
      });
      this.#done(exchange);
    } catch (thrown) {
      this.problem = asProblem(thrown);
      this.draft ||= asked;
    } finally {
      this.running = null;
    }
  }

  async cancel(): Promise<void> {
    if (!this.running) return;
    try {
      await client.cancelAsk(this.record);
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }

  // The end comes as an event and as the reply, in either order.
  #done(exchange: Exchange): void {
    this.running = null;
    this.exchanges = [...this.exchanges.filter((other) => other.id !== exchange.id), exchange];
  }
}

const kept = new Map<string, Asking>();

/** A question goes on while another record is looked at: its answer is there on return. */
export function askingAbout(record: string, exchanges: Exchange[]): Asking {
  const known = kept.get(record);
  if (known?.running) return known;
  const asking = new Asking(record, exchanges);
  if (known) [asking.open, asking.draft] = [known.open || asking.open, known.draft];
  kept.set(record, asking);
  return asking;
}
