import type { InputRead } from "../lake/mod.ts";
import type { Input, InputNow } from "../notebook/mod.ts";
import { askDerived, askForeign, askRaw, type LakeAsked } from "./_ask_table.ts";
import type { Workbench, WorkbenchOptions } from "./workbench.ts";

/** Asks one input after the other. */
export interface Asked extends AsyncDisposable {
  ask(name: string, input: Input, signal: AbortSignal): Promise<InputNow>;
}

/** Asks a workbench that is opened at the first question; its tables stand still from there on. */
export function openAsked(open: (options: WorkbenchOptions) => Promise<Workbench>): Asked {
  let workbench: Promise<Workbench> | undefined;
  let lake: Promise<LakeAsked> | undefined;
  let last: InputRead | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  async function openLake(): Promise<LakeAsked> {
    const opened = await workbench!;
    const [store, lake, bus] = await Promise.all([opened.store(), opened.lake(), opened.bus()]);
    const query: LakeAsked["query"] = async (text, signal) => {
      last = null;
      const rows = (await lake.query(text, [], { signal })).rows();
      return { rows, read: last! };
    };
    return { store, bus, query };
  }

  async function ask(name: string, input: Input, signal: AbortSignal): Promise<InputNow> {
    workbench ??= open({ recorder: { read: (read) => last = read } });
    if ("model" in input) return await askModel(await workbench, name);
    const asked = await (lake ??= openLake());
    if ("ends" in input) return await askRaw(asked, name, input, signal);
    return name.startsWith("delta:")
      ? await askForeign(asked, name, input, signal)
      : await askDerived(asked, name, input);
  }

  return {
    ask: (name, input, signal) => {
      const answer = turn.then(() => ask(name, input, signal));
      turn = answer.catch(() => {}); // whoever asked is told
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      await turn;
      await (await workbench?.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}

async function askModel(workbench: Workbench, ref: string): Promise<InputNow> {
  const { name, version, digest } = await (await workbench.models()).get(ref);
  return { model: name, version, digest };
}
