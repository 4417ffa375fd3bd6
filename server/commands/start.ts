import { openWorkbench } from "../../lib/workbench/mod.ts";
import { explain } from "./explain.ts";
import type { Action } from "./verb.ts";

const ROLES = ["serving", "control", "ingest"] as const;
type Role = typeof ROLES[number];

/** The verb `start`: runs roles of the workbench until a signal ends it. */
export const start: Action = async ({ options, root, note }) => {
  const folder = root();
  const role = String(options.role);
  if (role === "serving") await serve(folder, options.piped === true);
  else await startRoles(folder, role === "all" ? ROLES : [role as Role], note);
  return { json: null, text: "" };
};

/**
 * Runs roles of a workbench in this process, and for `serving` a supervised child.
 *
 * @param root folder of the workbench
 * @param roles what to run
 * @param note says where things are
 * @param ended ends everything when it settles
 */
export async function startRoles(
  root: string,
  roles: readonly Role[],
  note: (line: string) => void,
  ended?: Promise<unknown>,
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

function stopOnSignal(): AbortController {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) Deno.addSignalListener(signal, () => stop.abort());
  return stop;
}
