import { type MessagePort, parentPort } from "node:worker_threads";
import type { FromThread, ToThread } from "./_command.ts";
import { type Executor, openExecutor } from "./_execute.ts";
import { explain } from "./_explain.ts";
import { type Mailbox, serveMailbox } from "./_mailbox.ts";

serve(parentPort!);

/** Its first message brings the mailbox; waiting for others and durable commits block this thread and no other. */
function serve(parent: MessagePort): void {
  let executor: Executor | null = null;

  function answerTo(message: ToThread): FromThread {
    if ("commands" in message) return { outcomes: executor!.execute(message.commands) };
    if ("close" in message) return attempt("close bus", "", () => executor?.close());
    const { dir, lockWaitMs } = message.open;
    return attempt(`open bus "sqlite:${dir}"`, dir, () => {
      executor = openExecutor(dir, lockWaitMs);
    });
  }

  parent.once("message", (mailbox: Mailbox) => serveMailbox(mailbox, answerTo));
}

function attempt(verb: string, dir: string, action: () => void): FromThread {
  try {
    action();
    return { outcomes: [] };
  } catch (cause) {
    return { failed: explain(verb, dir, cause) };
  }
}
