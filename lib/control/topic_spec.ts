import type { Bus } from "../bus/mod.ts";
import { canonicalJson, compileSchema, sha256 } from "../events/mod.ts";
import { checkTopicTable } from "../lake/mod.ts";
import { getObject, putObject, type Store } from "../store/mod.ts";
import { z } from "zod";
import type { Control } from "./control.ts";

/** What a product declares of its topic. */
export interface TopicSpec {
  /** The CloudEvents type of its events. */
  type: string;
  /** JSON Schema of their data. */
  schema: Record<string, unknown>;
  /** JSON pointer into the data: what becomes the key. */
  key: string;
  /** Number of partitions. */
  partitions: number;
}

const SPEC = z.object({
  type: z.string().min(1),
  schema: z.record(z.string(), z.unknown()),
  key: z.string(),
  partitions: z.int().min(1),
});

/**
 * Makes a topic, and registers what its events must look like; nothing happens where the same is registered already.
 *
 * @param parts Control topic, store and bus.
 * @param topic Name of the topic.
 * @param spec Type, schema, key and partitions.
 * @param attestation Who registers it, and why.
 * @returns SHA-256 of the spec.
 * @throws {SyntaxError} When the schema is no JSON Schema.
 * @throws {RangeError} When the topic has another number of partitions, or a written table has its name.
 *
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { openControl } from "./control.ts";
 * import { registerTopic, topicSchemas } from "./topic_spec.ts";
 *
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * const store = await openStore({ kind: "directory", dir });
 * await using control = await openControl({ bus, key: "secret" });
 * const spec = { type: "rides.ride.v1", schema: { type: "object" }, key: "/city", partitions: 2 };
 * await registerTopic({ control, store, bus }, "rides", spec, { by: "ann", why: "new product" });
 * console.assert((await topicSchemas(control, store)()).get("rides")?.type === "rides.ride.v1");
 * ```
 */
export async function registerTopic(
  { control, store, bus }: { control: Control; store: Store; bus: Bus },
  topic: string,
  { type, schema, key, partitions }: TopicSpec,
  attestation: { by: string; why: string },
): Promise<string> {
  compileSchema(schema);
  await checkTopicTable(store, topic);
  await bus.createTopic(topic, { partitions });
  const text = canonicalJson({ type, schema, key, partitions });
  const registered = (await control.state()).topics;
  const spec = sha256(text);
  if (Object.hasOwn(registered, topic) && registered[topic]!.spec === spec) return spec;
  await putObject(store, new TextEncoder().encode(text));
  await control.append({ op: "topic", target: topic, expected: null, rule: 1, spec, ...attestation });
  return spec;
}

/**
 * Reads what the events of each registered topic must look like.
 *
 * @param control The control topic.
 * @param store The store that holds the specs.
 * @returns A function that answers the newest specs by topic.
 *
 * @example
 * ```ts
 * import { openBus } from "../bus/mod.ts";
 * import { openStore } from "../store/mod.ts";
 * import { openControl } from "./control.ts";
 * import { topicSchemas } from "./topic_spec.ts";
 *
 * const dir = Deno.makeTempDirSync();
 * await using bus = await openBus({ kind: "sqlite", dir: `${dir}/bus` });
 * await using control = await openControl({ bus, key: "secret" });
 * const schemas = topicSchemas(control, await openStore({ kind: "directory", dir }));
 * console.assert((await schemas()).size === 0);
 * ```
 */
export function topicSchemas(
  control: Pick<Control, "state">,
  store: Store,
): () => Promise<ReadonlyMap<string, TopicSpec>> {
  const known = new Map<string, TopicSpec>();
  return async () => {
    const { topics } = await control.state();
    const specs = new Map<string, TopicSpec>();
    for (const [topic, { spec: digest }] of Object.entries(topics)) {
      const spec = known.get(digest) ?? await readSpec(store, topic, digest);
      known.set(digest, spec);
      specs.set(topic, spec);
    }
    return specs;
  };
}

async function readSpec(store: Store, topic: string, digest: string): Promise<TopicSpec> {
  try {
    return SPEC.parse(JSON.parse(new TextDecoder().decode(await getObject(store, digest))));
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Cannot read the spec of topic "${topic}" as object ${digest} must hold it: ${found}`, { cause });
  }
}
