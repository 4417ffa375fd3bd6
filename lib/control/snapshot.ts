import { z } from "zod";
import type { ControlState } from "./state.ts";

/** The folded state of a control topic, as a node keeps it for its next start. */
export interface ControlSnapshot {
  /** Identity of the topic. */
  incarnation: string;
  /** The state, and in it the next offset to fold. */
  state: ControlState;
}

/**
 * Writes a snapshot into a file, whole or not at all.
 *
 * @param file Path of the file; an older snapshot is replaced.
 * @param snapshot What Control.snapshot answered.
 *
 * @example
 * ```ts
 * import { EMPTY_STATE } from "./state.ts";
 * import { loadState, saveState } from "./snapshot.ts";
 *
 * const file = `${Deno.makeTempDirSync()}/control.json`;
 * await saveState(file, { incarnation: "i", state: EMPTY_STATE });
 * console.assert((await loadState(file))?.incarnation === "i");
 * ```
 */
export async function saveState(file: string, snapshot: ControlSnapshot): Promise<void> {
  const temporary = `${file}.${crypto.randomUUID()}.tmp`;
  {
    using handle = await Deno.open(temporary, { write: true, createNew: true });
    const bytes = new TextEncoder().encode(JSON.stringify({ schema: 1, ...snapshot }));
    for (let written = 0; written < bytes.length;) written += await handle.write(bytes.subarray(written));
    await handle.sync();
  }
  await Deno.rename(temporary, file);
}

/**
 * Reads the snapshot of an earlier run.
 *
 * @param file Path of the file.
 * @returns The snapshot, or null when there is no such file.
 * @throws {SyntaxError} When the file holds something else.
 *
 * @example
 * ```ts
 * import { loadState } from "./snapshot.ts";
 *
 * console.assert(await loadState(`${Deno.makeTempDirSync()}/none.json`) === null);
 * ```
 */
export async function loadState(file: string): Promise<ControlSnapshot | null> {
  const text = await readText(file);
  if (text === null) return null;
  try {
    const { incarnation, state } = SNAPSHOT.parse(JSON.parse(text));
    return { incarnation, state };
  } catch (cause) {
    const found = cause instanceof z.ZodError ? z.prettifyError(cause).split("\n").join(" ") : String(cause);
    const wayOut = "remove it, and the node folds from the start";
    throw new SyntaxError(`Cannot read "${file}" as it must be a snapshot of the control topic: ${found}; ${wayOut}`, {
      cause,
    });
  }
}

async function readText(file: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(file);
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw cause;
  }
}

const offset = z.int().min(0);
const placed = { offset, by: z.string(), atMicros: z.int() };
const activation = z.object({ ...placed, revision: z.string(), spec: z.string() });
const hashed = { ...placed, hash: z.string() };

const SNAPSHOT = z.object({
  schema: z.literal(1),
  incarnation: z.string(),
  state: z.object({
    offset,
    unready: z.string().nullable(),
    topics: z.record(z.string(), z.object({ ...placed, spec: z.string() })),
    functions: z.record(z.string(), z.object({ ...hashed, history: z.array(z.object(hashed)) })),
    models: z.record(z.string(), z.object({ ...placed, version: z.string(), digest: z.string() })),
    endpoints: z.record(
      z.string(),
      z.object({
        revisions: z.record(z.string(), z.object({ ...placed, spec: z.string(), forced: z.boolean() })),
        // Snapshots of versions that knew no proposals have none.
        proposals: z.record(z.string(), z.object({ ...placed, spec: z.string(), why: z.string() })).default({}),
        active: activation.nullable(),
        previous: activation.nullable(),
      }),
    ),
    // Snapshots of versions that knew no tokens have none: those would have stood still at the first.
    tokens: z.record(z.string(), z.object({ ...placed, spec: z.string() })).default({}),
  }),
});
