import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** What a delivery must prove. */
export interface WebhookAge {
  /** Now, milliseconds since 1970. */
  nowMs: number;
  /** Oldest delivery that is taken, and the farthest in the future, milliseconds. @default 300_000 */
  maxAgeMs?: number;
}

const MAX_AGE_MS = 300_000;

/**
 * Checks that a delivery is MLflow's: its signature over the raw bytes, and its age.
 *
 * @param headers headers of the request
 * @param rawBody bytes of the request's body, as they came
 * @param secret the webhook's secret
 * @param age the time, and how old a delivery may be
 * @returns id of the delivery, by which a repeated one is known
 * @throws {RangeError} when a header is missing, the signature is another, or the delivery is too old or of the future
 * @example
 * ```ts
 * import { createHmac } from "node:crypto";
 * import { verifyWebhook } from "./verify_webhook.ts";
 * const body = new TextEncoder().encode("{}");
 * const headers = new Headers({
 *   "x-mlflow-delivery-id": "d1",
 *   "x-mlflow-timestamp": "1000",
 *   "x-mlflow-signature": `v1,${createHmac("sha256", "secret").update("d1.1000.{}").digest("base64")}`,
 * });
 * if (verifyWebhook(headers, body, "secret", { nowMs: 1_000_500 }) !== "d1") throw new Error("unexpected");
 * ```
 */
export function verifyWebhook(
  headers: Headers,
  rawBody: Uint8Array,
  secret: string,
  { nowMs, maxAgeMs = MAX_AGE_MS }: WebhookAge,
): string {
  const given = (name: string): string => {
    const value = headers.get(`x-mlflow-${name}`);
    if (value !== null && value !== "") return value;
    throw refusal(`it must carry the header X-MLflow-${name}; give the webhook a secret`);
  };
  const id = given("delivery-id"), timestamp = given("timestamp");
  const expected = createHmac("sha256", secret).update(`${id}.${timestamp}.`).update(rawBody).digest();
  // Several signatures stand side by side while a secret is changed.
  const isSigned = given("signature").split(" ").some((signature) => {
    const [version, digest] = signature.split(",", 2);
    const found = new Uint8Array(Buffer.from(digest ?? "", "base64"));
    return version === "v1" && found.length === expected.length && timingSafeEqual(found, expected);
  });
  if (!isSigned) throw refusal("its signature must be made with the webhook's secret: it is another");
  const ageMs = nowMs - Number(timestamp) * 1000;
  if (/^\d{1,12}$/.test(timestamp) && Math.abs(ageMs) <= maxAgeMs) return id;
  throw refusal(`it must be younger than ${maxAgeMs} ms: it is of "${timestamp}" (seconds since 1970)`);
}

/**
 * Remembers deliveries, so that a repeated one is taken once.
 *
 * @param capacity how many are remembered; the oldest are forgotten first
 * @returns tells whether a delivery is new, and remembers it
 * @example
 * ```ts
 * import { deliveryFilter } from "./verify_webhook.ts";
 * const isNew = deliveryFilter();
 * if (!isNew("a") || isNew("a")) throw new Error("unexpected");
 * ```
 */
export function deliveryFilter(capacity = 10_000): (id: string) => boolean {
  const seen = new Set<string>();
  return (id) => {
    if (seen.has(id)) return false;
    seen.add(id);
    if (seen.size > capacity) seen.delete(seen.values().next().value!);
    return true;
  };
}

function refusal(why: string): RangeError {
  return new RangeError(`Cannot take the webhook's delivery as ${why}`);
}
