import { type Documents, openDocuments } from "./documents.ts";
import { type Rpc, ServerEnded } from "./rpc.ts";
import { type Server, type ServerOptions, startServer } from "./server.ts";

/** What a question is asked with. */
export interface Session {
  rpc: Rpc;
  documents: Documents;
}

/** Asks a language server one question at a time. */
export interface Asker extends AsyncDisposable {
  /** Whether the server runs. */
  readonly started: boolean;
  /**
   * Asks when all former questions are answered. A server that ends or hangs is started anew, once for a question.
   *
   * @param question Asks; may be called a second time.
   * @param signal Takes the question back.
   * @throws {Error} When the server is lost twice, with why.
   */
  ask<T>(question: (session: Session, signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T>;
}

/** Makes what asks; the server starts with the first question. */
export function createAsker(options: ServerOptions & { timeoutMs: number }): Asker {
  const { timeoutMs } = options;
  const closing = new AbortController();
  let running: { server: Server; session: Session } | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  const start = () => {
    const server = startServer(options);
    const started = { server, session: { rpc: server.rpc, documents: openDocuments(server.rpc) } };
    running = started;
    server.ended.then(() => {
      if (running === started) running = null;
    });
    return started;
  };
  const attempt: Asker["ask"] = async (question, signal) => {
    const hanging = new AbortController();
    const timer = setTimeout(() => hanging.abort(), timeoutMs);
    const either = AbortSignal.any([hanging.signal, closing.signal, ...(signal ? [signal] : [])]);
    const { server, session } = running ?? start();
    try {
      await Promise.race([server.ready, aborted(either)]);
      return await question(session, either);
    } catch (error) {
      if (signal?.aborted || closing.signal.aborted) throw error;
      if (hanging.signal.aborted) {
        server.kill();
        await server.ended;
        throw new Lost(`no answer within ${timeoutMs.toLocaleString("en")} ms`);
      }
      throw error instanceof ServerEnded ? new Lost(await server.ended) : error;
    } finally {
      clearTimeout(timer);
    }
  };
  const twice: Asker["ask"] = async (question, signal) => {
    signal?.throwIfAborted();
    closing.signal.throwIfAborted();
    try {
      return await attempt(question, signal);
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
      return await attempt(question, signal);
    }
  };
  return {
    get started() {
      return running !== null;
    },
    ask: (question, signal) => {
      const answer = turn.then(() => twice(question, signal));
      turn = answer.catch(() => undefined);
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort(new Error("Cannot ask language server as it must be open: it was closed"));
      const last = running;
      last?.server.kill();
      await last?.server.ended;
      await turn;
    },
  };
}

/** Fails when a signal does. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** The server went away under a question. */
class Lost extends Error {
  constructor(reason: string) {
    super(`Cannot answer as the language server must run: ${reason}; the next question starts it anew`);
  }
}
