import { openWorkbench } from "../../lib/workbench/mod.ts";
import { explain } from "./explain.ts";
import type { RunNotebook } from "./notebook_run.ts";
import { type Action, UsageError } from "./verb.ts";

const ROLES = ["serving", "control", "ingest", "jobs"] as const;
type Role = typeof ROLES[number];

/** The verb `start`: runs roles of the workbench until a signal ends it. */
export function start({ runNotebook }: { runNotebook: RunNotebook }): Action {
  return async ({ options, root, note }) => {
    const role = String(options.role);
    if (typeof options.from === "string") {
      await serveExport(options.from, role, options.port);
      return { json: null, text: "" };
    }
    if (options.port !== undefined) {
      throw new UsageError("Cannot take --port as it goes with --from: set listen.serving");
    }
    const folder = root();
    if (role === "serving") await serve(folder, options.piped === true);
    else await startRoles(folder, role === "all" ? ROLES : [role as Role], { note, runNotebook });
    return { json: null, text: "" };
  };
}

/** What roles are given. */
export interface RoleParts {
  /** Says where things are. */
  note: (line: string) => void;
  /** Runs a notebook; it lives with the kernel. */
  runNotebook: RunNotebook;
  /** Ends everything when it settles. */
  ended?: Promise<unknown>;
}

/**
 * Runs roles of a workbench in this process, and for `serving` a supervised child.
 *
 * @param root folder of the workbench
 * @param roles what to run
 * @param parts notes, runner
 */
export async function startRoles(
  root: string,
  roles: readonly Role[],
  { note, runNotebook, ended }: RoleParts,
): Promise<void> {
  const stop = stopOnSignal();
  ended?.then(() => stop.abort());
  await using workbench = openWorkbench(root);
  const { settings, key } = workbench;
  await using stack = new AsyncDisposableStack();
  const jobs: Promise<unknown>[] = [];
  if (roles.includes("serving")) {
    const { startServingProcess } = await import("../demo/serving_process.ts");
    const child = stack.use(await startServingProcess(root));
    note(`serving ${child.url}`);
    jobs.push(child.ended.then((status) => {
      if (!stop.signal.aborted) {
        throw new Error(`Cannot go on as the serving plane ended with exit code ${status.code}`);
      }
    }));
  }
  if (roles.includes("ingest")) {
    const onError = (error: unknown) => note(`ingest ${explain(error)}; it goes on`);
    jobs.push((await workbench.ingest()).follow({ signal: stop.signal, onError }));
    note("ingest follows the bus: a record is in the lake within about a minute");
  }
  if (roles.includes("control")) {
    const { startControl } = await import("../control/mod.ts");
    jobs.push(startControl({ settings, key, signal: stop.signal, onReady: (url) => note(`control ${url}`) }));
  }
  if (roles.includes("jobs")) {
    const { startJobs } = await import("../jobs/mod.ts");
    jobs.push(startJobs({ workbench, runNotebook, note, signal: stop.signal }));
    note("jobs evaluate what is registered");
  }
  const over = new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve(), { once: true }));
  jobs.push(over);
  try {
    await Promise.race([over, Promise.all(jobs)]);
  } finally {
    stop.abort();
  }
}

// A supervisor hands faults through the pipe, and its end is the end: no serving plane outlives who started it.
async function serve(root: string, piped: boolean): Promise<void> {
  const stop = stopOnSignal();
  await using workbench = openWorkbench(root);
  const { startServing } = await import("../serving/mod.ts");
  const [faults, watched] = piped ? Deno.stdin.readable.tee() : [];
  watched?.pipeTo(new WritableStream()).finally(() => stop.abort());
  await startServing({
    settings: workbench.settings,
    key: workbench.key,
    signal: stop.signal,
    ...(faults && { faults }),
    onReady: (url) => console.log(JSON.stringify({ serving: url })),
  });
}

async function serveExport(dir: string, role: string, given: unknown): Promise<void> {
  if (role !== "serving") throw new UsageError("Cannot take --from as only one role goes with it: add --role serving");
  const port = given === undefined ? 8401 : Number(given || NaN);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new UsageError(`Cannot take --port as it must be a whole number from 0 to 65535: got "${given}"`);
  }
  const { startExported } = await import("../serving/mod.ts");
  await startExported({
    dir,
    port,
    signal: stopOnSignal().signal,
    onReady: ({ url, ...what }) => console.log(JSON.stringify({ serving: url, ...what, events: "written nowhere" })),
  });
}

function stopOnSignal(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());
  return stop;
}
