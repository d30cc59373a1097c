// The measurement: it goes on while another page is looked at, and its result stays until the window closes.
import { asProblem, client, type CommandError, type QualityReport } from "../../ipc/client";

class Quality {
  report = $state.raw<QualityReport | null>(null);
  problem = $state.raw<CommandError | null>(null);
  running = $state(false);
  records = $state(0);

  async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.records = 0;
    this.problem = null;
    const stop = await client.listen("measured", (records) => (this.records = records));
    try {
      this.report = (await client.evaluate()) ?? this.report;
    } catch (thrown) {
      const problem = asProblem(thrown);
      if (problem.code !== "cancelled") this.problem = problem;
    } finally {
      stop();
      this.running = false;
    }
  }

  async cancel(): Promise<void> {
    await client.cancelImport();
  }
}

export const quality = new Quality();
