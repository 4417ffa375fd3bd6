const LEAST_CHARS = 16;

/**
 * The secret that MLflow signs its webhooks with: BOATHOUSE_WEBHOOK_SECRET, as it was given to `webhooks/create`.
 *
 * @param env environment variables; the process's own by default
 * @returns the secret; null where none is set and no delivery is taken
 * @throws {RangeError} when it holds fewer than 16 characters
 * @example
 * ```ts
 * import { webhookSecret } from "./webhook_secret.ts";
 * if (webhookSecret({}) !== null) throw new Error("unexpected");
 * ```
 */
export function webhookSecret(env: Record<string, string> = Deno.env.toObject()): string | null {
  const given = env.BOATHOUSE_WEBHOOK_SECRET;
  if (given === undefined) return null;
  if (given.length >= LEAST_CHARS) return given;
  throw new RangeError(
    `Cannot take webhooks as BOATHOUSE_WEBHOOK_SECRET must have at least ${LEAST_CHARS} characters: ` +
      `got ${given.length}`,
  );
}
