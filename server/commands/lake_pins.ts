import type { Lake } from "../../lib/lake/mod.ts";
import { textTable } from "./text_table.ts";
import { type Answer, type Call, UsageError } from "./verb.ts";
import { withWorkbench } from "./with_workbench.ts";

/** Lists pins; `add TABLE` keeps a version of a table readable until some day, `remove ID` ends a pin. */
export const lakePins = withWorkbench(async (workbench, call) => {
  const [action, what] = call.args;
  if (action === undefined) return await list(await workbench.lake());
  if (what === undefined || !["add", "remove"].includes(action)) {
    throw new UsageError("lake pins takes nothing, or add TABLE, or remove ID");
  }
  if (action === "add") return await add(await workbench.lake(), what, call.options);
  await (await workbench.lake()).removePin(what);
  return { json: { removed: what }, text: `pin ${what} is gone` };
});

async function list(lake: Lake): Promise<Answer> {
  const pins = (await lake.pins()).map(({ id, table, version, until, why }) => ({
    id,
    table,
    version,
    until: until.toISOString(),
    why,
  }));
  return { json: pins, text: pins.length === 0 ? "no pins" : textTable(pins) };
}

async function add(lake: Lake, table: string, options: Call["options"]): Promise<Answer> {
  const { until, why, at } = options;
  if (until === undefined || why === undefined) throw new UsageError("lake pins add needs --until TIME and --why TEXT");
  const pin = await lake.savePin(table, {
    until: String(until),
    why: String(why),
    ...(at === undefined ? {} : { version: Number(at) }),
  });
  const shown = { id: pin.id, table, version: pin.version, until: pin.until.toISOString(), why: pin.why };
  return { json: shown, text: `"${table}" version ${pin.version} stays readable until ${shown.until}; pin ${pin.id}` };
}
