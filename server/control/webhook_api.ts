import { Buffer } from "node:buffer";
import type { ModelWatch } from "../../lib/evaluate/mod.ts";
import { deliveryFilter, verifyWebhook } from "../../lib/models/mod.ts";
import { Problem } from "../http/mod.ts";
import type { App, ExpressRequest } from "./_express.ts";

/** What takes the webhooks of a registry. */
export interface WebhookParts {
  /** What deliveries are signed with; null where none are taken. */
  secret: string | null;
  /** Tells the bus what happened in the registry. */
  watch(): Promise<ModelWatch>;
}

const PATH = "/api/webhooks/mlflow";
const MAX_BYTES = 1024 * 1024;

/**
 * Adds the route that MLflow's webhooks go to. A delivery says only that something happened: what it was is asked of
 * the registry itself.
 *
 * @param app Express application, whose bodies are not parsed yet: the signature is over the bytes as they came
 * @param parts secret, watch
 */
export function addWebhookApi(app: App, { secret, watch }: WebhookParts): void {
  const isNew = deliveryFilter();
  let running: Promise<unknown> = Promise.resolve();
  app.post(PATH, async (request, response) => {
    if (secret === null) {
      throw new Problem(403, "No webhooks are taken: start the control plane with BOATHOUSE_WEBHOOK_SECRET set");
    }
    const id = verified(request, await readBytes(request), secret);
    if (!isNew(id)) return void response.json({ taken: false, reason: "this delivery was taken before" });
    // One after the other: the second comparison of two finds what came during the first.
    const next = running.then(async () => (await watch()).reconcile());
    running = next.catch(() => {});
    const { changes } = await next;
    response.json({ taken: true, changes: changes.length });
  });
}

function verified(request: ExpressRequest, bytes: Uint8Array, secret: string): string {
  const headers = new Headers(
    Object.entries(request.headers).flatMap(([name, value]) => typeof value === "string" ? [[name, value]] : []),
  );
  try {
    return verifyWebhook(headers, bytes, secret, { nowMs: Date.now() });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new Problem(
      401,
      "The delivery must be signed with this workbench's secret, and be of the last five minutes",
      {
        cause,
      },
    );
  }
}

async function readBytes(request: ExpressRequest): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Problem(413, `The body must be at most ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
