import { z } from "zod";
import { FINDING_MIME } from "./finding.ts";
import type { Output } from "./notebook.ts";
import type { Finding } from "./provenance.ts";

const shape = z.object({ text: z.string(), values: z.record(z.string(), z.json()) });

/** Gives a finding's values their names. */
export type NameFinding = (finding: Finding) => Finding;

/** The findings among the outputs of a cell; what claims to be one and is not is left out. */
export function displayedFindings(outputs: Output[]): Finding[] {
  return outputs.flatMap((output) => {
    if (!("data" in output) || output.data[FINDING_MIME] === undefined) return [];
    const found = shape.safeParse(output.data[FINDING_MIME]);
    return found.success ? [found.data] : [];
  });
}
