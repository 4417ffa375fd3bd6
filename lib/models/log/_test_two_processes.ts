import { expect } from "vitest";
import type { RegistryClient } from "../client/registry_client.ts";

const SCRIPT = new URL("./testdata/log_models.ts", import.meta.url).pathname;
const CONTENTS = 5;

interface Logger {
  go(): Promise<string[]>;
  end(): Promise<void>;
}

/**
 * Lets two processes log the same content four times at once each, one content after the other, and expects that all
 * eight are told of one version, and that this one and its run are all that is left.
 *
 * @param args folder of the store, and address of an MLflow server
 * @param client the registry that they log to
 */
export async function expectOneVersionEach(args: string[], client: RegistryClient): Promise<void> {
  const loggers = [startLogger(args), startLogger(args)];
  const told: string[] = [];
  for (let content = 0; content < CONTENTS; content++) {
    const versions = new Set((await Promise.all(loggers.map(({ go }) => go()))).flat());
    expect([...versions], `content ${content}`).toHaveLength(1);
    told.push(...versions);
  }
  for (const { end } of loggers) await end();
  const left = await Array.fromAsync(client.searchVersions("name = 'delay'", { orderBy: ["version_number ASC"] }));
  expect(left.map(({ version }) => version)).toEqual(told);
  const { experiment_id } = await client.getExperimentByName("delay");
  const runs = await Array.fromAsync(client.searchRuns([experiment_id]));
  expect(runs.map(({ info }) => info.run_id).sort()).toEqual(left.map(({ run_id }) => run_id).sort());
}

function startLogger(args: string[]): Logger {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", SCRIPT, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const input = child.stdin.getWriter();
  let text = "";
  return {
    async go() {
      await input.write(new Uint8Array(1));
      while (!text.includes("\n")) {
        const { value } = await output.read();
        if (value === undefined) throw new Error(`Cannot log as the process ended: ${await said}`);
        text += value;
      }
      const [line] = text.split("\n", 1) as [string];
      text = text.slice(line.length + 1);
      return JSON.parse(line);
    },
    async end() {
      await input.close();
      await output.cancel();
      expect([(await child.status).code, await said]).toEqual([0, ""]);
    },
  };
}
