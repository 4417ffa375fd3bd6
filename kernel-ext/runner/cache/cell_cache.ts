import { cellName } from "../../../lib/cells/directives/mod.ts";
import { z } from "zod";
import { canonicalJson } from "../../../lib/events/mod.ts";
import type { InputRead, Pin } from "../../../lib/lake/mod.ts";
import {
  type CellRun,
  type CodeCell,
  type CodeFacts,
  collectFacts,
  type InputsNow,
  isCode,
  type Notebook,
  openSources,
  readsText,
  type Sources,
} from "../../../lib/notebook/mod.ts";
import type { Execution } from "../../kernel/mod.ts";
import { ambientDoubt, changesAmbient, doubtOf } from "./doubts.ts";
import type { CellEntry } from "./entry.ts";
import { cellKey, type RunFacts, unlockedPackage, upstreamCells } from "./key.ts";
import { declaredValues, type ReadCell, readCell, type UsedNames, usedNames } from "./names.ts";
import { areSame } from "./same_inputs.ts";
import { captureScript, probeScript, restoreScript } from "./scripts.ts";
import { openStore } from "./store.ts";

/** Where results of `//| cache` cells are kept, and who knows how inputs stand. */
export interface CacheOptions {
  /** Absolute folder. */
  folder: string;
  /** Signs what is kept, so that nothing else is used. */
  secret: string;
  /** Whether all cells run, and what is kept is made anew. */
  refresh?: boolean;
  /** Tells what there is now of inputs; without it a cell that reads what no cell above has read runs each time. */
  inputsNow?: InputsNow;
  /** Bytes of all results at most, 1 GiB unless given; what was used longest ago goes first. */
  maxBytes?: number;
  /** Is told of what is kept and cannot be used. */
  note?(line: string): void;
}

/** The run that a cell is part of. */
export interface CachePlace {
  /** The notebook as it runs. */
  notebook: Notebook;
  cell: CodeCell;
  /** What cells have done, also those that were kept from an earlier run. */
  runs: ReadonlyMap<string, CellRun>;
  /** The cells that have done so in this run. */
  now: ReadonlySet<string>;
  /** Evaluates a cell that shows nothing and has no number. */
  evaluate(source: string): Promise<Execution>;
}

/** Results of cells, kept from run to run. */
export interface CellCache {
  /** Declares what the cell would declare and tells what it would do; null where it has to run. */
  replay(place: CachePlace): Promise<CellRun | null>;
  /** Takes what the cell has done; `doubt` is why that is not to be kept, if anything. */
  take(place: CachePlace, run: CellRun, doubt: string | null): Promise<void>;
  /** Keeps what was taken, but of cells that went on after their end; tells by cell why others are not kept. */
  keep(notebook: Notebook, late: ReadonlySet<string>): Promise<Map<string, string>>;
}

/** What is known of a cell before it runs. */
interface Asked {
  key: string;
  used: UsedNames;
  digest: string;
  read: ReadCell;
  /** It, and the cells that it needs. */
  reached: string[];
}

const refusal = z.object({ name: z.string(), found: z.string() }).nullable();
const probed = z.object({ digest: z.string(), functions: z.array(z.string()), refused: refusal });
const captured = z.object({ digest: z.string(), refused: refusal, values: z.array(z.unknown()) });

/**
 * Opens the cache of a run.
 *
 * @param notebook The notebook, before any cell runs: what it loads is taken to be as it is now.
 * @param run What all its cells depend on, and the snapshot that they read.
 * @param options Folder and key of what is kept.
 * @returns The cache.
 */
export async function openCellCache(
  notebook: Notebook,
  { pin, ...run }: Omit<RunFacts, "boathouse"> & { pin: Pin | undefined },
  { note = () => undefined, ...options }: CacheOptions,
): Promise<CellCache> {
  const store = openStore({ ...options, note });
  const sources = await openSources(run.root);
  factsOf(notebook, sources, run.from);
  const texts = new Map<string, ReadCell>();
  const doubts = new Map<string, string>();
  const asked = new Map<string, Asked>();
  const taken = new Map<string, { entry: CellEntry; facts: string }>();

  const read = (cell: CodeCell): ReadCell => {
    const known = texts.get(cell.source) ?? readCell(cell);
    texts.set(cell.source, known);
    return { ...known, id: cell.id };
  };
  const ask = async (place: CachePlace): Promise<Asked | string> => {
    const { notebook, cell, runs, evaluate } = place;
    const code = notebook.cells.filter(isCode);
    const above = code.slice(0, code.findIndex(({ id }) => id === cell.id)).map(read);
    const self = read(cell);
    const facts = factsOf(notebook, sources, run.from);
    const upstream = upstreamCells(facts, cell.id);
    const unlocked = unlockedPackage(facts, [cell.id, ...upstream]);
    const doubt = doubtOf(self, above) ?? (unlocked && `package "${unlocked}" is not in deno.lock`);
    if (doubt !== null) return doubt;
    const used = usedNames(self, above);
    const answer = answerOf(probed, await evaluate(probeScript(used)));
    if (!answer) return "the values that it uses cannot be read";
    const { digest, functions, refused } = answer;
    if (refused) return `it uses ${foundText(refused)}`;
    const called = above.filter((one) => functions.some((name) => one.functions.includes(name)));
    const ambient = called.map(ambientDoubt).find((found) => found !== null);
    if (ambient) return ambient;
    const { boathouse } = sources;
    const changing = above.filter((one, at) => changesAmbient(one, above.slice(0, at))).map(({ id }) => id);
    const key = cellKey({ ...run, boathouse }, {
      facts,
      id: cell.id,
      upstream,
      ambient: changing,
      runs,
      values: digest,
    });
    return { key, used, digest, read: self, reached: [cell.id, ...upstream] };
  };
  return {
    replay: async (place) => {
      const { cell, runs, now, evaluate } = place;
      const found = await ask(place);
      if (typeof found === "string") {
        doubts.set(cell.id, found);
        return null;
      }
      asked.set(cell.id, found);
      if (options.refresh) return null;
      const entry = await store.read(found.key);
      if (!entry) return null;
      const others = [...now].flatMap((id) => runs.get(id) ?? []);
      if (!await areSame(entry.inputs, { runs: others, pin, now: options.inputsNow })) return null;
      const declared = declaredValues(found.read);
      const script = restoreScript(found.used, { imports: found.read.imports, declared, values: entry.values });
      const { status, error } = await evaluate(script);
      if (status === "ok") return { outputs: entry.outputs, inputs: entry.inputs, unproven: [], writes: [] };
      note(`what is kept of cell "${cellName(cell)}" is not used: ${error?.message ?? "it cannot be restored"}`);
      return null;
    },
    take: async (place, done, doubt) => {
      const { cell, notebook, evaluate } = place;
      const known = asked.get(cell.id);
      if (!known) return;
      const own = doubt ?? doubtOfRun(done);
      if (own !== null) return void doubts.set(cell.id, own);
      const answer = answerOf(captured, await evaluate(captureScript(known.used, declaredValues(known.read))));
      const values = JSON.stringify(answer?.values);
      if (!answer) doubts.set(cell.id, "its values are too large");
      else if (answer.refused) doubts.set(cell.id, foundText(answer.refused));
      else if (answer.digest !== known.digest) doubts.set(cell.id, "it changes values of other cells");
      else if (`${JSON.stringify(done.outputs)}${values}`.includes("cell [")) {
        doubts.set(cell.id, "it shows its own number");
      } else {
        const facts = factsText(factsOf(notebook, sources, run.from), known.reached);
        taken.set(cell.id, { entry: { outputs: done.outputs, inputs: done.inputs as InputRead[], values }, facts });
      }
    },
    keep: async (notebook, late) => {
      if (taken.size === 0) return doubts;
      const facts = factsOf(notebook, await openSources(run.root), run.from);
      for (const [id, { entry, facts: before }] of taken) {
        const { key, reached } = asked.get(id)!;
        const edited = factsText(facts, reached) !== before;
        const doubt = late.has(id) ? "it went on after its end" : edited ? "a file that it loads was edited" : null;
        const reason = doubt ?? await store.write(key, entry);
        if (reason !== null) doubts.set(id, reason);
      }
      return doubts;
    },
  };
}

/** Parameters of a run stand in a cell of their own. */
function factsOf(notebook: Notebook, sources: Sources, from: string): Map<string, CodeFacts> {
  return collectFacts(notebook, { sources, from, parameters: {} });
}

function factsText(facts: ReadonlyMap<string, CodeFacts>, ids: readonly string[]): string {
  return canonicalText(ids.map((id) => facts.get(id)!));
}

function doubtOfRun({ unproven, writes = [] }: CellRun): string | null {
  if (unproven.length > 0) return `it ${readsText(unproven)} outside of recorded clients`;
  return writes.length > 0 ? "it writes to lake or registry" : null;
}

function answerOf<T>(schema: z.ZodType<T>, { outputs }: Execution): T | null {
  const shown = outputs.findLast((output) => "data" in output && "application/json" in output.data);
  const answer = schema.safeParse(shown && "data" in shown ? shown.data["application/json"] : undefined);
  return answer.success ? answer.data : null;
}

/** `model` and "its .fit is a function" make `"model.fit" is a function`. */
function foundText({ name, found }: { name: string; found: string }): string {
  return found.replace(/^(?:it|its (.*?)) is /s, (_all, path = "") => `"${name}${path}" is `);
}

function canonicalText(value: unknown): string {
  return canonicalJson(JSON.parse(JSON.stringify(value)));
}
