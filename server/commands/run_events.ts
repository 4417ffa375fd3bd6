import { relative } from "node:path";
import { appendOnce, openBus } from "../../lib/bus/mod.ts";
import { createEvent, type Json, STANDARD_EVENTS, uuidv7 } from "../../lib/events/mod.ts";
import type { InputRead, OutputWritten } from "../../lib/lake/mod.ts";
import { loadSettings } from "../../lib/config/mod.ts";
import { explain } from "./explain.ts";
import { datasetsOf, failureOf, NAMESPACE, PRODUCER } from "./_run_facets.ts";

/** How a run of a notebook went, as far as its events tell it. */
export interface RanNotebook {
  /** "ok", "error" or "aborted". */
  status: string;
  /** What its cells read and wrote, and why one failed. */
  cells: readonly {
    inputs: readonly InputRead[];
    writes?: readonly OutputWritten[];
    error?: { name: string; message: string };
  }[];
}

/** The events of one run on the topic `run`. */
export interface RunEvents extends AsyncDisposable {
  /** Tells how the run went, and waits until both events are on the bus, or given up with a note. */
  end(run: RanNotebook): Promise<void>;
}

/** What run events need. */
export interface RunEventOptions {
  /** Folder of the workbench. */
  root: string;
  /** Absolute path of the notebook. */
  file: string;
  /** Is told why nothing was published. */
  note(line: string): void;
}

/** An OpenLineage RunEvent (https://openlineage.io/spec/2-0-2/OpenLineage.json). */
const SCHEMA_URL = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const TYPE = STANDARD_EVENTS.run!;
/** A bus that is away must not hold up who runs a notebook. */
const GIVE_UP_MS = 5_000;

/**
 * Begins to tell of a run: the bus is opened and told of its start beside the run. A bus that cannot be reached is a
 * note, and never fails a run.
 *
 * @param options workbench, notebook, and who is told of trouble
 * @returns the events; dispose of them to close the bus, which ends a run that was not ended as failed
 */
export function openRunEvents({ root, file, note }: RunEventOptions): RunEvents {
  const runId = uuidv7();
  const job = { namespace: NAMESPACE, name: relative(root, file).split("\\").join("/").replace(/^notebooks\//, "") };
  const { bus: location } = loadSettings(root);
  const opening = openBus(location);
  const publish = async (eventType: string, facts: object, facets: object = {}): Promise<void> => {
    const event = createEvent({
      type: TYPE.type,
      source: `/notebooks/${encodeURI(job.name)}`,
      subject: job.name,
      data: null,
    });
    const data = {
      eventType,
      eventTime: event.time!,
      producer: PRODUCER,
      schemaURL: SCHEMA_URL,
      run: { runId, facets },
      job,
      ...facts,
    };
    await appendOnce(await opening, TYPE.topic, { ...event, data: data as unknown as Json });
  };
  const started = publish("START", { inputs: [], outputs: [] });
  started.catch(() => undefined);
  let hasEnded = false;
  const end = async ({ status, cells }: RanNotebook): Promise<void> => {
    hasEnded = true;
    const told = started.then(() => publish(EVENT_TYPES[status] ?? "OTHER", datasetsOf(cells), failureOf(cells)));
    const trouble = await troubleWithin(GIVE_UP_MS, told);
    if (trouble !== null) note(`no event tells of this run: ${trouble}`);
  };
  return {
    end,
    [Symbol.asyncDispose]: async () => {
      // A run that was refused behind its start, as parameters may be, has failed.
      if (!hasEnded) await end({ status: "error", cells: [] });
      await (await opening.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}

const EVENT_TYPES: Readonly<Record<string, string>> = { ok: "COMPLETE", error: "FAIL", aborted: "ABORT" };

/** Waits for something; tells why it failed, or that it took too long, and null where it is done. */
async function troubleWithin(limitMs: number, work: Promise<void>): Promise<string | null> {
  const late = Promise.withResolvers<string>();
  const timer = setTimeout(() => late.resolve(`the bus did not answer within ${limitMs / 1_000} s`), limitMs);
  const done = work.then(() => null, (error) => explain(error));
  const trouble = await Promise.race([done, late.promise]);
  clearTimeout(timer);
  return trouble;
}
