import { withWorkbench } from "./with_workbench.ts";

/** Deletes data files that no version needs any more. */
export const lakeVacuum = withWorkbench(async (workbench, { args, options }) => {
  const table = args[0]!, dryRun = options.dryRun === true;
  const { deleted, bytes, pinned } = await (await workbench.lake()).vacuum(table, {
    dryRun,
    ...(options.retention === undefined ? {} : { retentionHours: Number(options.retention) }),
  });
  const kept = pinned.length === 0 ? "" : `; the files of pinned versions ${pinned.join(", ")} stay`;
  const text = `${deleted.length} files of "${table}", ${bytes} bytes, ${dryRun ? "would be" : "were"} deleted${kept}`;
  return { json: { table, dryRun, deleted, bytes, pinned }, text: [text, ...dryRun ? deleted : []].join("\n") };
});
