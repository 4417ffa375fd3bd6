import { withWorkbench } from "./with_workbench.ts";

/** Writes the small files of a table anew as larger ones. */
export const lakeCompact = withWorkbench(async (workbench, { args, options }) => {
  const table = args[0]!;
  const clusterBy = options.clusterBy === undefined ? {} : { clusterBy: String(options.clusterBy).split(",") };
  const done = await (await workbench.lake()).compact(table, clusterBy);
  const { version, filesBefore, filesAfter, rows } = done;
  const text = version === null
    ? `"${table}" has no small files: nothing to do`
    : `"${table}" version ${version}: ${filesBefore} files became ${filesAfter}, with the same ${rows} rows`;
  return { json: { table, ...done }, text };
});
