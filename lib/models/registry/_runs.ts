import { z } from "zod";
import type { Database } from "./_database.ts";
import { findActiveExperiment } from "./_experiments.ts";
import { integer, maybeText, type Route, route, tags, text } from "./_route.ts";
import { NAME_TAG, setRunTags } from "./_run_data.ts";
import { findRun, showRun, showRunInfo } from "./_run_row.ts";
import { invalid } from "../client/registry_error.ts";

const CREATE = {
  experiment_id: text,
  start_time: integer.nullish(),
  run_name: maybeText,
  user_id: maybeText,
  tags,
};
const UPDATE = {
  run_id: text,
  status: z.enum(["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"]).nullish(),
  end_time: integer.nullish(),
  run_name: maybeText,
};
/** Calls on runs as wholes. */
export const RUN_ROUTES: readonly Route[] = [
  route("POST", "runs/create", CREATE, ({ db }, run) => db.transaction(() => ({ run: createRun(db, run) }))),
  route(
    "GET",
    "runs/get",
    { run_id: text },
    ({ db }, { run_id }) => ({ run: showRun(db, findRun(db, run_id, false)) }),
  ),
  route("POST", "runs/update", UPDATE, ({ db }, change) => db.transaction(() => ({ run_info: updateRun(db, change) }))),
  route("POST", "runs/delete", { run_id: text }, ({ db }, { run_id }) => {
    findRun(db, run_id, false);
    db.run("UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_id = ?", run_id);
    return {};
  }),
  route("POST", "runs/restore", { run_id: text }, ({ db }, { run_id }) => {
    findRun(db, run_id, false);
    db.run("UPDATE runs SET lifecycle_stage = 'active' WHERE run_id = ?", run_id);
    return {};
  }),
];

function createRun(db: Database, run: z.output<z.ZodObject<typeof CREATE>>): unknown {
  const { experiment_id } = findActiveExperiment(db, run.experiment_id);
  const named = run.tags.find(({ key }) => key === NAME_TAG)?.value ?? "";
  if (run.run_name !== "" && named !== "" && named !== run.run_name) {
    throw invalid(
      `Both 'run_name' argument and '${NAME_TAG}' tag are specified, but with different values ` +
        `(run_name='${run.run_name}', ${NAME_TAG}='${named}').`,
    );
  }
  const id = crypto.randomUUID().replaceAll("-", "");
  const name = run.run_name || named || `run-${id.slice(0, 8)}`;
  const sql = "INSERT INTO runs VALUES (?, ?, ?, ?, 'RUNNING', ?, NULL, 'active')";
  db.run(sql, id, experiment_id, name, run.user_id, run.start_time ?? 0);
  setRunTags(db, id, [...run.tags, { key: NAME_TAG, value: name }]);
  const { outputs: _, ...shown } = showRun(db, findRun(db, id));
  return shown;
}

function updateRun(db: Database, change: z.output<z.ZodObject<typeof UPDATE>>): unknown {
  const row = findRun(db, change.run_id);
  const name = change.run_name || row.run_name;
  db.run(
    "UPDATE runs SET status = ?, end_time = ?, run_name = ? WHERE run_id = ?",
    change.status ?? row.status,
    change.end_time ?? row.end_time,
    name,
    row.run_id,
  );
  if (change.run_name !== "") setRunTags(db, row.run_id, [{ key: NAME_TAG, value: name }]);
  return showRunInfo(findRun(db, row.run_id));
}
