import { z } from "zod";
import { type Calls, int64, NOTHING, pageOf, pages } from "./calls.ts";

/** What a webhook tells of, for example `{ entity: "MODEL_VERSION", action: "CREATED" }`. */
export interface WebhookEvent {
  /** For example `REGISTERED_MODEL`, `MODEL_VERSION`, `MODEL_VERSION_TAG`, `MODEL_VERSION_ALIAS`. */
  entity: string;
  /** `CREATED`, `UPDATED`, `DELETED` or `SET`. */
  action: string;
}

/** Address that the registry tells of events. It sends to public addresses only, and drops what does not arrive. */
export interface Webhook {
  /** Its id. */
  webhook_id: string;
  /** Its name. */
  name: string;
  /** What it is for. */
  description: string;
  /** Where events are sent to. */
  url: string;
  /** What it tells of. */
  events: WebhookEvent[];
  /** `ACTIVE` or `DISABLED`. */
  status: string;
  /** When it was changed, milliseconds since 1970. */
  last_updated_timestamp: number;
}

/** What a webhook is made with; the secret signs what it sends. */
export interface WebhookSpec {
  /** Its name. */
  name: string;
  /** Where events are sent to. */
  url: string;
  /** What it tells of. */
  events: readonly WebhookEvent[];
  /** Key of the signatures; nobody reads it back. */
  secret?: string;
  /** What it is for. */
  description?: string;
  /** Whether it sends. @default "ACTIVE" */
  status?: "ACTIVE" | "DISABLED";
}

/** Calls on webhooks; the embedded registry has none, and answers ENDPOINT_NOT_FOUND. */
export interface WebhookCalls {
  /** Makes a webhook. */
  createWebhook(spec: WebhookSpec): Promise<Webhook>;
  /** Reads a webhook. */
  getWebhook(id: string): Promise<Webhook>;
  /** Lists the webhooks, page after page. */
  listWebhooks(): AsyncIterable<Webhook>;
  /** Changes a webhook. */
  updateWebhook(id: string, change: Partial<WebhookSpec>): Promise<Webhook>;
  /** Deletes a webhook. */
  deleteWebhook(id: string): Promise<void>;
  /** Lets the registry send an example, and tells what came back. */
  testWebhook(id: string): Promise<{ success: boolean; response_status: number; error_message: string }>;
}

const WEBHOOK: z.ZodType<Webhook> = z.object({
  webhook_id: z.string(),
  name: z.string(),
  description: z.string().default(""),
  url: z.string(),
  events: z.array(z.object({ entity: z.string(), action: z.string() })).default([]),
  status: z.string().default("ACTIVE"),
  last_updated_timestamp: int64.default(0),
});
const FOUND = z.object({ webhook: WEBHOOK }).transform((answer) => answer.webhook);
const PAGE = pageOf("webhooks", WEBHOOK);
const TESTED = z.object({
  result: z.object({
    success: z.boolean().default(false),
    response_status: z.number().default(0),
    error_message: z.string().default(""),
  }),
}).transform((answer) => answer.result);

/**
 * Makes the calls on webhooks.
 *
 * @param calls where they go
 * @returns the calls
 */
export function webhookCalls({ call }: Calls): WebhookCalls {
  const at = (id: string) => `webhooks/${encodeURIComponent(id)}`;
  return {
    createWebhook: (spec) => call("POST", "webhooks", { ...spec }, FOUND),
    getWebhook: (id) => call("GET", at(id), {}, FOUND),
    listWebhooks: () => pages((page_token) => call("GET", "webhooks", { page_token }, PAGE)),
    updateWebhook: (id, change) => call("PATCH", at(id), { ...change }, FOUND, { isSafe: true }),
    deleteWebhook: (id) => call("DELETE", at(id), {}, NOTHING),
    testWebhook: (id) => call("POST", `${at(id)}/test`, {}, TESTED),
  };
}
