import { z } from "zod";
import { cellName } from "../../lib/cells/directives/mod.ts";
import { parseCell } from "../../lib/cells/mod.ts";
import type { CodeCell } from "../../lib/notebook/mod.ts";
import type { Child } from "../kernel/mod.ts";
import type { GivenParameters } from "./parameters.ts";
import { literalText } from "./literal.ts";
import { type Encoded, encodeValue } from "./sent/encode_value.ts";
import { type Problem, READ_PARAMETERS, type ReadParameters } from "./sent/read_parameters.ts";

const answerSchema: z.ZodType<ReadParameters> = z.object({
  fields: z.array(z.object({
    name: z.string(),
    type: z.string(),
    required: z.boolean(),
    fallback: z.json().exactOptional(),
    description: z.string().exactOptional(),
  })),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
  values: z.record(z.string(), z.json()),
});

/** Where the schema is read. */
export interface SchemaPlace {
  /** The process in which the cell has run. */
  child: Child;
  /** The cell that exports `Parameters`. */
  cell: CodeCell;
  /** Name of the notebook, for errors. */
  file: string;
  signal?: AbortSignal | undefined;
}

/**
 * Asks the schema `Parameters` of a notebook what it takes and what it makes of parameters. A schema is code of the
 * notebook, so it is asked in the process of the cells; what comes back is data of unknown truth.
 *
 * @param place Where the cell that exports it has run.
 * @param given The parameters.
 * @returns The schema's parameters, what does not fit, and the values.
 * @throws {Error} When the schema does not answer.
 */
export async function askSchema({ child, cell, file, signal }: SchemaPlace, given: GivenParameters) {
  const { outputs, error } = await child.execute(cell.id, scriptOf(cell, given), {
    silent: true,
    timeoutMs: ANSWER_MS,
    ...(signal ? { signal } : {}),
  });
  const refuse = (found: string) =>
    `Cannot read parameters of notebook "${file}" as "Parameters" of cell "${cellName(cell)}" must tell them: ${found}`;
  if (error) throw new Error(refuse(`${error.name}: ${error.message}`));
  const shown = outputs.findLast((output) => "data" in output && "application/json" in output.data);
  const answer = answerSchema.safeParse(shown && "data" in shown ? shown.data["application/json"] : undefined);
  if (!answer.success) throw new Error(refuse("no answer that can be read"));
  return answer.data;
}

/**
 * Takes parameters by the schema of a notebook.
 *
 * @param place Where the cell that exports it has run.
 * @param given The parameters.
 * @returns The values by name, encoded.
 * @throws {RangeError} When a parameter does not fit; the message names each with its path.
 * @throws {Error} When the schema does not answer.
 */
export async function checkParameters(place: SchemaPlace, given: GivenParameters): Promise<ReadParameters["values"]> {
  const { problems: found, values } = await askSchema(place, given);
  const problems = [...found, ...Object.entries(values).flatMap(([path, value]) => unwritable(path, value))];
  if (problems.length === 0) return values;
  const shown = problems.slice(0, MAX_PROBLEMS).map(({ path, message }) => `${path}: ${message}`).join("; ");
  const more = problems.length > MAX_PROBLEMS ? `; and ${problems.length - MAX_PROBLEMS} more` : "";
  throw new RangeError(
    `Cannot run notebook "${place.file}" as its parameters must fit "Parameters" of cell "${
      cellName(place.cell)
    }": ${shown}${more}`,
  );
}

/** A parameter stands in a cell as text. */
function unwritable(path: string, value: Encoded): Problem[] {
  try {
    literalText(value);
    return [];
  } catch (error) {
    return [{ path, message: `it must be a JSON value, a date or a bigint: ${(error as Error).message}` }];
  }
}

/** A schema reads some texts; one that takes longer does something else. */
const ANSWER_MS = 30_000;
const MAX_PROBLEMS = 20;

function scriptOf(cell: CodeCell, { values, texts }: GivenParameters): string {
  const json = (value: unknown) => `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
  const own = parseCell(cell.source).defines.filter((name) => name !== "Parameters").map((name) => {
    return `[${JSON.stringify(name)}]: () => typeof ${name} === "undefined" ? undefined : ${name}`;
  });
  return `await (async () => {
${READ_PARAMETERS}
const answer = await readParameters({
  schema: () => Parameters,
  texts: ${json(texts)},
  values: ${json(values)},
  declared: { ${own.join(", ")} },
  encode: ${encodeValue},
});
await Deno.jupyter.display({ "application/json": answer }, { raw: true });
})();`;
}
