import { z } from "zod";
import { Problem } from "../http/mod.ts";

/** Who changes something, and why: part of every body that changes something. */
export const REASON = {
  by: z.string().trim().min(1).max(200).default("local"),
  why: z.string().trim().min(1).max(2000),
};

/** Reads a body by its schema; what is wrong is a 422 that points to it. */
export function parseBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const unknown = issue.code === "unrecognized_keys" ? `: "${issue.keys[0]}"` : "";
  const pointer = issue.path.map((part) => `/${String(part)}`).join("");
  throw new Problem(422, `${pointer || "The body"} is wrong: ${issue.message}${unknown}`, { pointer });
}
