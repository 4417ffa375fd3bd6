import { z } from "zod";

const shape = z.object({
  schema: z.object({
    fields: z.array(z.object({ name: z.string(), type: z.string().exactOptional() })).min(1),
    primaryKey: z.union([z.string().transform((name) => [name]), z.array(z.string())]).exactOptional().catch([]),
  }),
  data: z.array(z.record(z.string(), z.json())),
});

/** A tabular data resource (https://specs.frictionlessdata.io/tabular-data-resource/) with all its rows. */
export type DataTable = z.infer<typeof shape>;

/** Reads all rows of a tabular data resource; null where it is none or has no columns. */
export function readDataTable(resource: unknown): DataTable | null {
  const read = shape.safeParse(resource);
  return read.success ? read.data : null;
}
