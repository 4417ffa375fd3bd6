import { readFailedTag, VERDICT_TAG } from "../../lib/models/mod.ts";
import { withWorkbench } from "./with_workbench.ts";
import { textTable } from "./text_table.ts";

/** The verb `model list`. */
export const modelList = withWorkbench(async (workbench) => {
  const models = await (await workbench.models()).list();
  const rows = models.map(({ name, newest, aliases }) => ({
    model: name,
    newest,
    aliases: Object.entries(aliases).map(([alias, version]) => `${alias} = ${version}`).join(", "),
  }));
  return { json: JSON.parse(JSON.stringify(models)), text: textTable(rows) };
});

/** The verb `model show`. */
export const modelShow = withWorkbench(async (workbench, { args }) => {
  const versions = await (await workbench.models()).versions(args[0]!);
  const rows = versions.map(({ version, digest, evaluation, aliases, tags }) => ({
    version,
    aliases: aliases.join(", "),
    digest: digest.slice(0, 12),
    verdict: readFailedTag(tags[VERDICT_TAG]) === null ? tags[VERDICT_TAG] ?? "none" : "failed",
    ...Object.fromEntries(Object.entries(evaluation).map(([name, { value }]) => [name, value])),
  }));
  const failed = versions.flatMap(({ version, tags }) => {
    const reason = readFailedTag(tags[VERDICT_TAG]);
    if (reason === null) return [];
    return [`version ${version} failed to be evaluated: ${reason}; mend it, then run boathouse evaluate PRODUCT`];
  });
  return { json: JSON.parse(JSON.stringify(versions)), text: [textTable(rows), ...failed].join("\n") };
});

/** The verb `model alias`. */
export const modelAlias = withWorkbench(async (workbench, { args }) => {
  const [name, alias, version] = args as [string, string, string];
  await (await workbench.models()).setAlias(name, alias, version);
  return { json: { name, alias, version }, text: `${name}@${alias} is version ${version}; no traffic changed` };
});
