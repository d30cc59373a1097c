// The list of models; a pull goes on while another page is looked at.
import { asProblem, client, type CommandError, type ModelView } from "../../ipc/client";

class Models {
  list = $state.raw<ModelView[] | null>(null);
  problem = $state.raw<CommandError | null>(null);
  /** The model that is being pulled, the file that it is at, and how much of that file is here. */
  pulling = $state.raw<{ id: string; file: string; percent: number } | null>(null);
  /** Pulled since the start: used from the next one on. */
  pulled = $state.raw<string[]>([]);

  async load(): Promise<void> {
    await this.#change(() => client.models());
  }

  async pull(id: string): Promise<void> {
    if (this.pulling) return;
    this.pulling = { id, file: "", percent: 0 };
    const stop = await client.listen("pulling", (at) => (this.pulling = { id, ...at }));
    if (await this.#change(() => client.pullModel(id))) this.pulled = [...this.pulled, id];
    stop();
    this.pulling = null;
  }

  async cancel(): Promise<void> {
    await client.cancelPull();
  }

  async remove(id: string): Promise<void> {
    await this.#change(() => client.removeModel(id));
    this.pulled = this.pulled.filter((each) => each !== id);
  }

  async #change(call: () => Promise<ModelView[]>): Promise<boolean> {
    this.problem = null;
    try {
      this.list = await call();
      return true;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code !== "cancelled") this.problem = problem;
      return false;
    }
  }
}

export const models = new Models();
