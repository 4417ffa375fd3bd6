import type { TypescriptCode, TypescriptHost } from "../models/mod.ts";
import { openSandbox, type Sandbox, SandboxError } from "../sandbox/mod.ts";
import { bundleFunction } from "./bundle.ts";

/**
 * Bundles and runs the code of models: each in a process of its own without any permission, which asks nobody. Time
 * stands still in it and chance repeats itself, so that the same rows get the same answers.
 *
 * @param root absolute folder of the workbench, whose deno.json and deno.lock say what imports mean
 * @returns what `openModels` is given
 * @example
 * ```ts
 * import { typescriptHost } from "./typescript_host.ts";
 * const host = typescriptHost(Deno.cwd());
 * const { code } = await host.bundle("export const predict = (rows) => rows.map(({ km }) => km / 2)", "half");
 * await using half = await host.open({ hash: "h", code, budgetMs: 1000, memoryBytes: 2 ** 26 });
 * if (JSON.stringify(await half.call([{ km: 3 }])) !== "[1.5]") throw new Error("unexpected");
 * ```
 */
export function typescriptHost(root: string): TypescriptHost {
  return {
    bundle: (source, name) => bundleFunction({ source, name, folder: root, root, entry: "predictor" }),
    async open(code) {
      const { hash, budgetMs } = code;
      const context = { decision: hash, nowMs: 0, seed: hash, budgetMs };
      let process = startProcess(code), closed = false;
      await process.sandbox;
      return {
        async call(rows) {
          const mine = process;
          mine.users++;
          try {
            return (await (await mine.sandbox).call(hash, rows, context)).output;
          } catch (cause) {
            // The next call waits for a process that is ready, not out of its budget.
            const isOver = !(cause instanceof SandboxError) || cause.kind !== "error";
            if (isOver && process === mine && !closed) process = startProcess(code);
            throw cause;
          } finally {
            mine.users--;
            if (mine !== process && mine.users === 0) await endProcess(mine);
          }
        },
        [Symbol.asyncDispose]: () => {
          closed = true;
          return endProcess(process);
        },
      };
    },
  };
}

interface Process {
  sandbox: Promise<Sandbox>;
  /** Calls in it. */
  users: number;
}

function startProcess({ hash, code, budgetMs, memoryBytes }: TypescriptCode): Process {
  const start = async () => {
    const sandbox = await openSandbox({ product: "models", host: { call: refuseCall }, spares: 0 });
    try {
      await sandbox.load({ hash, bundle: code, budgetMs, memoryBytes });
      return sandbox;
    } catch (cause) {
      await sandbox[Symbol.asyncDispose]();
      throw cause;
    }
  };
  const sandbox = start();
  sandbox.catch(() => {}); // whoever calls next is told
  return { sandbox, users: 0 };
}

async function endProcess({ sandbox }: Process): Promise<void> {
  const [started] = await Promise.allSettled([sandbox]);
  if (started.status === "fulfilled") await started.value[Symbol.asyncDispose]();
}

function refuseCall(): Promise<never> {
  return Promise.reject(new TypeError("Cannot ask for anything as a model has its rows alone"));
}
