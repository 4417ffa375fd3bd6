import { readFailedTag, VERDICT_TAG } from "../../lib/models/mod.ts";
import { loadRevision, modelsOf } from "../../lib/endpoints/mod.ts";
import type { Workbench } from "../../lib/workbench/mod.ts";
import { withWorkbench } from "./with_workbench.ts";
import { textTable } from "./text_table.ts";

/** The verb `model list`. */
export const modelList = withWorkbench(async (workbench) => {
  const { models: promoted } = await (await workbench.control()).state();
  const models = (await (await workbench.models()).list()).map((model) => ({
    ...model,
    promoted: Object.hasOwn(promoted, model.name) ? promoted[model.name]!.version : null,
  }));
  const rows = models.map(({ name, newest, promoted, aliases }) => ({
    model: name,
    newest,
    promoted,
    aliases: Object.entries(aliases).map(([alias, version]) => `${alias} = ${version}`).join(", "),
  }));
  return { json: JSON.parse(JSON.stringify(models)), text: textTable(rows) };
});

/** The verb `model show`. */
export const modelShow = withWorkbench(async (workbench, { args }) => {
  const answering = await findAnswering(workbench, args[0]!);
  const versions = (await (await workbench.models()).versions(args[0]!)).map((version) => ({
    ...version,
    answers: answering.get(version.version) ?? [],
  }));
  const rows = versions.map(({ version, digest, evaluation, aliases, tags, answers }) => ({
    version,
    aliases: aliases.join(", "),
    digest: digest.slice(0, 12),
    verdict: readFailedTag(tags[VERDICT_TAG]) === null ? tags[VERDICT_TAG] ?? "none" : "failed",
    ...Object.fromEntries(Object.entries(evaluation).map(([name, { value }]) => [name, value])),
    answers: answers.join(", "),
  }));
  const failed = versions.flatMap(({ version, tags }) => {
    const reason = readFailedTag(tags[VERDICT_TAG]);
    if (reason === null) return [];
    return [`version ${version} failed to be evaluated: ${reason}; mend it, then run boathouse evaluate PRODUCT`];
  });
  return { json: JSON.parse(JSON.stringify(versions)), text: [textTable(rows), ...failed].join("\n") };
});

/** What answers from each version of a model: `/v2` where it is promoted, and active endpoints that call it. */
async function findAnswering(workbench: Workbench, name: string): Promise<Map<string, string[]>> {
  const { models, endpoints } = await (await workbench.control()).state();
  const found = new Map<string, string[]>();
  const add = (version: string, user: string) => {
    found.set(version, [...new Set([...found.get(version) ?? [], user])]);
  };
  if (Object.hasOwn(models, name)) add(models[name]!.version, "/v2");
  for (const [endpoint, { active }] of Object.entries(endpoints)) {
    if (active === null) continue;
    const { spec } = await loadRevision(await workbench.store(), active.revision);
    for (const { model } of modelsOf(spec)) if (model.name === name) add(model.version, `endpoint ${endpoint}`);
  }
  return found;
}

/** The verb `model alias`. */
export const modelAlias = withWorkbench(async (workbench, { args }) => {
  const [name, alias, version] = args as [string, string, string];
  await (await workbench.models()).setAlias(name, alias, version);
  return { json: { name, alias, version }, text: `${name}@${alias} is version ${version}; no traffic changed` };
});
