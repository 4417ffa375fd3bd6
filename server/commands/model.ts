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
    verdict: tags["boathouse.verdict"] ?? "none",
    ...Object.fromEntries(Object.entries(evaluation).map(([name, { value }]) => [name, value])),
  }));
  return { json: JSON.parse(JSON.stringify(versions)), text: textTable(rows) };
});

/** The verb `model alias`. */
export const modelAlias = withWorkbench(async (workbench, { args }) => {
  const [name, alias, version] = args as [string, string, string];
  await (await workbench.models()).setAlias(name, alias, version);
  return { json: { name, alias, version }, text: `${name}@${alias} is version ${version}; no traffic changed` };
});
