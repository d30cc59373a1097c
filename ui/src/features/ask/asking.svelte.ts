// The questions of one record or one case: what was answered, and the answer that is arriving.
import { asProblem, client, type AnswerPart, type CommandError, type Exchange, type Scope } from "../../ipc/client";

export type Running = { question: string; tier: Exchange["tier"] | null; why: string; parts: AnswerPart[] };

export type About = "record" | "case";

export class Asking {
  readonly about: string;
  readonly kind: About;
  exchanges = $state.raw<Exchange[]>([]);
  running = $state<Running | null>(null);
  problem = $state.raw<CommandError | null>(null);
  open = $state(false);
  draft = $state("");

  constructor(about: string, exchanges: Exchange[], kind: About) {
    this.about = about;
    this.kind = kind;
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
      const send = this.kind === "case" ? client.askCase : client.ask;
      const exchange = await send(this.about, asked, (event) => {
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
      await client.cancelAsk(this.about);
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

/** How much of the records goes with a question: of all questions, until it is chosen anew. */
class Sending {
  scope = $state<Scope>("whole");
  problem = $state.raw<CommandError | null>(null);

  async load(): Promise<void> {
    await this.#settle(async () => {
      this.scope = await client.questionScope();
    });
  }

  async choose(scope: Scope): Promise<void> {
    await this.#settle(async () => {
      await client.setQuestionScope(scope);
      this.scope = scope;
    });
  }

  async #settle(work: () => Promise<void>): Promise<void> {
    try {
      this.problem = null;
      await work();
    } catch (thrown) {
      this.problem = asProblem(thrown);
    }
  }
}

export const sending = new Sending();

const kept = new Map<string, Asking>();

/** A question goes on while another record is looked at: its answer is there on return. */
export function askingAbout(id: string, exchanges: Exchange[], kind: About = "record"): Asking {
  const known = kept.get(id);
  if (known?.running) return known;
  const asking = new Asking(id, exchanges, kind);
  if (known) [asking.open, asking.draft] = [known.open || asking.open, known.draft];
  kept.set(id, asking);
  return asking;
}
