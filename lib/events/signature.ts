import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import type { CloudEvent } from "./cloud_event.ts";
import { canonicalJson } from "./json.ts";

/**
 * Signs an event, so that readers of a reserved topic can tell it from a forged one (HMAC-SHA256, RFC 2104).
 *
 * @param event The event; a signature in its data is replaced.
 * @param key The workbench's signing key.
 * @returns A copy whose `data.signature` is the HMAC, in hexadecimal, of the event's canonical JSON without it.
 * @throws {RangeError} When the key is empty.
 * @throws {TypeError} When the event is not JSON.
 *
 * @example
 * ```ts
 * import { createEvent } from "./cloud_event.ts";
 * import { signEvent, verifyEvent } from "./signature.ts";
 *
 * const event = signEvent(createEvent({ type: "boathouse.gap.v1", source: "/ingest", data: { topic: "flights" } }), "key");
 * console.assert(verifyEvent(event, "key") && !verifyEvent(event, "another"));
 * ```
 */
export function signEvent<T extends object>(event: CloudEvent<T>, key: string): CloudEvent<T & { signature: string }> {
  return { ...event, data: { ...event.data, signature: digest(event, key).toString("hex") } };
}

/**
 * Tells whether an event carries the signature of this key and was not changed since.
 *
 * @param event The event as read.
 * @param key The workbench's signing key.
 * @returns false also for an event without a signature, or that no canonical JSON can be written of.
 * @throws {RangeError} When the key is empty.
 *
 * @example
 * ```ts
 * import { createEvent } from "./cloud_event.ts";
 * import { verifyEvent } from "./signature.ts";
 *
 * console.assert(!verifyEvent(createEvent({ type: "t", source: "/a", data: {} }), "key"));
 * ```
 */
export function verifyEvent(event: CloudEvent, key: string): boolean {
  const data = event.data;
  if (typeof data !== "object" || data === null || !("signature" in data)) return false;
  const { signature } = data;
  if (typeof signature !== "string" || !/^[0-9a-f]{64}$/.test(signature)) return false;
  try {
    return timingSafeEqual(digest(event as CloudEvent<object>, key), Buffer.from(signature, "hex"));
  } catch (cause) {
    if (cause instanceof TypeError) return false;
    throw cause;
  }
}

function digest(event: CloudEvent<object>, key: string): Buffer {
  if (key === "") throw new RangeError(`Cannot sign event as the signing key must not be empty: got ""`);
  const { signature: _, ...data } = event.data as Record<string, unknown>;
  return createHmac("sha256", key).update(canonicalJson({ ...event, data })).digest();
}
