import { z } from "zod";

const DEFAULT_TIMEOUT_MS = 10_000;

/** How a model elsewhere is reached, as MLmodel keeps it. */
export const oipSettings = z.object({
  url: z.string().refine(isPlainUrl, "it must be http or https, without login, query and fragment"),
  model: z.string().min(1),
  version: z.string().min(1).optional(),
  matrix: z.string().min(1).optional(),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  timeoutMs: z.number().min(1).max(600_000).default(DEFAULT_TIMEOUT_MS),
});

/** How a model elsewhere is reached. */
export type OipSettings = z.output<typeof oipSettings>;

/** A login in a URL would lie open in the registry. */
function isPlainUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return ["http:", "https:"].includes(protocol) && [username, password, search, hash].every((part) => part === "");
}

/**
 * Writes the address of a model, without a slash at its end.
 *
 * @param settings server, model and version
 * @returns for example `http://127.0.0.1:8401/v2/models/delay/versions/2`
 */
export function addressOf({ url, model, version }: Pick<OipSettings, "url" | "model" | "version">): string {
  const of = version === undefined ? "" : `/versions/${encodeURIComponent(version)}`;
  return `${url.replace(/\/+$/, "")}/v2/models/${encodeURIComponent(model)}${of}`;
}
