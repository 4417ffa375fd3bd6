import { join } from "node:path";
import { z } from "zod";
import { canonicalJson, sha256 } from "../events/mod.ts";
import type { Store } from "../store/mod.ts";

/** The file of an exported folder that says what belongs to it. */
export const EXPORT_FILE = "export.json";

const FORMAT = 1;
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const schema = z.strictObject({
  schema: z.literal(FORMAT),
  endpoint: z.string(),
  revision: digest,
  offset: z.int().min(0),
  models: z.array(
    z.strictObject({ name: z.string(), version: z.string(), digest, files: z.record(z.string(), digest) }),
  ),
  files: z.record(z.string(), digest),
  digest,
});

/** What an exported folder says of itself: all that an endpoint's answers follow from. */
export interface EndpointExport {
  /** Version of this format. */
  schema: 1;
  /** Name of the endpoint. */
  endpoint: string;
  /** The revision that answered. */
  revision: string;
  /** Next offset of topic `control` that was to be folded. */
  offset: number;
  /** Models of the revision, with the SHA-256 of each of their files, which lie in the folder as objects. */
  models: { name: string; version: string; digest: string; files: Record<string, string> }[];
  /** SHA-256 of each file by its path in the folder. */
  files: Record<string, string>;
  /** SHA-256 of the canonical JSON of all the rest. */
  digest: string;
}

/**
 * Writes what an exported folder says of itself.
 *
 * @param facts all but format and digest
 * @returns the text of its file
 */
export function exportText(facts: Omit<EndpointExport, "schema" | "digest">): string {
  const named = { schema: FORMAT, ...facts };
  return `${JSON.stringify({ ...named, digest: sha256(canonicalJson(named)) }, null, 2)}\n`;
}

/**
 * Reads an exported folder, and takes its files into a store once each has the digest that it must have.
 *
 * @param dir the folder; nothing is written there
 * @param store where its files go, under the same paths
 * @returns what the folder says of itself
 * @throws {RangeError} when it is no exported folder, or of a newer format
 * @throws {Error} when a file is missing or altered; the message names it
 */
export async function readExport(dir: string, store: Store): Promise<EndpointExport> {
  const facts = parseExport(dir, await readFile(dir));
  for (const [path, wanted] of Object.entries(facts.files)) {
    const bytes = await Deno.readFile(join(dir, path)).catch((cause) => {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      throw new Error(`Cannot serve from "${dir}" as "${path}" must be there: it is missing; ${AGAIN}`, { cause });
    });
    const found = sha256(bytes);
    if (found !== wanted) throw altered(dir, path, wanted, found);
    await store.put(path, bytes);
  }
  return facts;
}

const AGAIN = "export the endpoint again";

async function readFile(dir: string): Promise<string> {
  try {
    return await Deno.readTextFile(join(dir, EXPORT_FILE));
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound || cause instanceof Deno.errors.NotADirectory)) throw cause;
    const way = `boathouse endpoint export NAME DIR writes such a folder`;
    throw new RangeError(`Cannot serve from "${dir}" as it must hold ${EXPORT_FILE}: it is missing; ${way}`, { cause });
  }
}

function parseExport(dir: string, text: string): EndpointExport {
  const found = parseJson(text) as Partial<EndpointExport> | null;
  const { schema: format } = found ?? {};
  if (typeof format === "number" && format > FORMAT) {
    throw new RangeError(
      `Cannot serve from "${dir}" as its format must be ${FORMAT}: got ${format}; start a newer version of Boathouse`,
    );
  }
  const { digest: wanted = "none", ...named } = found ?? {};
  const actual = sha256(canonicalJson(named));
  if (actual !== wanted) throw altered(dir, EXPORT_FILE, wanted, actual);
  return schema.parse(found);
}

function parseJson(text: string): unknown {
  try {
    const found = JSON.parse(text);
    return typeof found === "object" ? found : null;
  } catch {
    return null; // no digest fits it
  }
}

function altered(dir: string, path: string, wanted: string, found: string): Error {
  return new Error(
    `Cannot serve from "${dir}" as "${path}" must have the SHA-256 ${wanted}: got ${found}; it was altered, ${AGAIN}`,
  );
}
