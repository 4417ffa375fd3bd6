import { join } from "node:path";
import type { Backend } from "./fault.ts";
import { startKafka } from "../peers/kafka.ts";
import { startS3 } from "../peers/seaweedfs.ts";
import type { Place } from "./place.ts";

/** The workbench of one run, in a folder of its own. */
export interface Workbench {
  /** Where its parts lie. */
  place: Place;
  /** Address of its table for delta-rs. */
  table: { uri: string; options: Record<string, string> };
  /** Absolute folder of all that lies on this machine. */
  dir: string;
}

/** Makes workbenches of one kind; dispose of it to end the servers that they need. */
export interface Workbenches extends AsyncDisposable {
  /** What they are on. */
  backend: Backend;
  /** What a report calls them. */
  name: string;
  /** Makes one. */
  make(): Promise<Workbench>;
}

/** Workbenches of SQLite and a directory: they need nothing that this machine lacks. */
export function embeddedWorkbenches(): Workbenches {
  return {
    backend: { bus: "sqlite", store: "directory" },
    name: "SQLite and a directory",
    async make() {
      const dir = await Deno.makeTempDir({ prefix: "boathouse-proof-" });
      const lake = join(dir, "lake");
      const place: Place = {
        bus: { kind: "sqlite", dir: join(dir, "bus") },
        store: { kind: "directory", dir: lake },
        tmpDir: join(lake, ".tmp-proof"),
        topic: "things",
      };
      return { place, table: { uri: join(lake, "tables", place.topic), options: {} }, dir };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/**
 * Workbenches of Kafka and S3: one broker and one server, a topic and a prefix each.
 *
 * @returns the workbenches
 * @throws {Error} when a server cannot be installed or does not start
 */
export async function scaledWorkbenches(): Promise<Workbenches> {
  const stack = new AsyncDisposableStack();
  try {
    const kafka = stack.use(await startKafka()), s3 = stack.use(await startS3());
    const bucket = await s3.bucket();
    let made = 0;
    return {
      backend: { bus: "kafka", store: "s3" },
      name: "Kafka and S3",
      async make() {
        const dir = await Deno.makeTempDir({ prefix: "boathouse-proof-" }), topic = `things_${made++}`;
        const { endpoint, region, credentials } = s3;
        const place: Place = {
          bus: { kind: "kafka", brokers: kafka.brokers },
          store: { kind: "s3", endpoint, region, bucket, prefix: topic, credentials, dir },
          tmpDir: join(dir, "tmp"),
          topic,
        };
        const options = {
          AWS_ENDPOINT_URL: endpoint,
          AWS_ALLOW_HTTP: "true",
          AWS_REGION: region,
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        };
        return { place, table: { uri: `s3://${bucket}/${topic}/tables/${topic}`, options }, dir };
      },
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (cause) {
    await stack.disposeAsync();
    throw cause;
  }
}
