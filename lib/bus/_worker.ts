import type { FromThread, ToThread } from "./_command.ts";
import { type Executor, openExecutor } from "./_execute.ts";
import { explain } from "./_explain.ts";

/** What a worker's global scope offers here; the library for windows does not type it. */
interface Scope {
  onmessage: (event: MessageEvent<ToThread>) => void;
  postMessage(message: FromThread): void;
  close(): void;
}

serve(globalThis as unknown as Scope);

/** Answers each message with one message; durable commits block this thread and no other. */
function serve(scope: Scope): void {
  let executor: Executor | null = null;
  scope.onmessage = ({ data }) => {
    if ("commands" in data) return scope.postMessage({ outcomes: executor!.execute(data.commands) });
    if ("open" in data) {
      const { dir, lockWaitMs } = data.open;
      return scope.postMessage(attempt(`open bus "sqlite:${dir}"`, dir, () => {
        executor = openExecutor(dir, lockWaitMs);
      }));
    }
    scope.postMessage(attempt("close bus", "", () => executor?.close()));
    scope.close();
  };
}

function attempt(verb: string, dir: string, action: () => void): FromThread {
  try {
    action();
    return { outcomes: [] };
  } catch (cause) {
    return { failed: explain(verb, dir, cause) };
  }
}
