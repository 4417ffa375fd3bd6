import { z } from "zod";

/** nbformat writes a text as one string or as a list of lines. */
const text = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(""))], {
  error: "must be a text or a list of lines",
});
const record = z.record(z.string(), z.unknown(), { error: "must be an object" });

const isJsonMime = (mime: string): boolean => /^application\/(.*\+)?json$/.test(mime);

/** Joins the lines of all values but JSON ones. */
const bundle = record.transform((data, context) => {
  const joined = Object.entries(data).map(([mime, value]) => {
    if (isJsonMime(mime)) return [mime, value];
    const read = text.safeParse(value);
    if (!read.success) context.addIssue({ code: "custom", path: [mime], message: "must be a text or a list of lines" });
    return [mime, read.data];
  });
  return Object.fromEntries(joined) as Record<string, unknown>;
});

const COUNT = { error: "must be a whole number or null" };
const count = z.int(COUNT).min(0, COUNT).nullable();

const stream = z.strictObject({ output_type: z.literal("stream"), name: z.string({ error: "must be a text" }), text });
const display = z.strictObject({ output_type: z.literal("display_data"), data: bundle, metadata: record });
const result = z.strictObject({
  output_type: z.literal("execute_result"),
  data: bundle,
  metadata: record,
  execution_count: count,
});
const error = z.strictObject({
  output_type: z.literal("error"),
  ename: z.string({ error: "must be a text" }),
  evalue: z.string(),
  traceback: z.array(z.string()),
});
const output = z.discriminatedUnion("output_type", [stream, display, result, error]);

const id = z.string({ error: "must be a text" }).regex(/^[a-zA-Z0-9_-]{1,64}$/, {
  error: "must be 1 to 64 letters, digits, - and _",
});
const attachments = z.record(z.string(), bundle).exactOptional();
const markdown = z.strictObject({ cell_type: z.literal("markdown"), id, metadata: record, source: text, attachments });
const raw = z.strictObject({ cell_type: z.literal("raw"), id, metadata: record, source: text, attachments });
const code = z.strictObject({
  cell_type: z.literal("code"),
  id,
  metadata: record,
  source: text,
  outputs: z.array(output),
  execution_count: count,
});

/** nbformat 4.5: https://nbformat.readthedocs.io/en/latest/format_description.html */
export const notebookSchema = z.strictObject({
  cells: z.array(z.discriminatedUnion("cell_type", [markdown, raw, code])),
  metadata: record,
  nbformat: z.literal(4),
  nbformat_minor: z.literal(5),
});
