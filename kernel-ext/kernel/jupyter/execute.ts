import type { Child, Evaluation, Execution } from "../child.ts";
import type { DisplayOutput } from "../../../lib/notebook/mod.ts";
import type { AnswerInput } from "../session.ts";
import type { Content, Extra, Request } from "./channels.ts";
import type { ExecuteRequest } from "./execute_request.ts";
import type { History } from "./history.ts";
import { outputMessage } from "./outputs.ts";

/** What executing needs of the kernel. */
export interface ExecuteContext {
  /** The process of the cells. */
  child(): Promise<Child>;
  history: History;
  publish(type: string, content: Content, request: Request, extra?: Extra): void;
  answerFor(request: Request, allowed: boolean): AnswerInput;
}

/** Executes the cells of one kernel. */
export interface Executor {
  /** Runs a cell and returns the content of its reply; all that it shows has been published then. */
  execute(request: Request, asked: ExecuteRequest): Promise<Content>;
  /** Interrupts the running cell, if any, and settles when it has ended. */
  interrupt(): Promise<void>;
}

/** Makes the executor. */
export function createExecutor({ child, history, publish, answerFor }: ExecuteContext): Executor {
  let count = 0;
  let running: { abort: AbortController; over: Promise<unknown> } | null = null;

  const run = async (request: Request, asked: ExecuteRequest, signal: AbortSignal): Promise<Content> => {
    const { code, silent, storeHistory } = asked;
    const executionCount = storeHistory ? ++count : count;
    if (!silent) publish("execute_input", { code, execution_count: executionCount }, request);
    const cells = await child();
    const execution = await cells.execute(asked.cellId, code, {
      executionCount,
      silent: !storeHistory,
      signal,
      onInput: answerFor(request, asked.allowInput),
      ...(silent ? {} : {
        onOutput: (event) => {
          const [type, content, extra] = outputMessage(event);
          publish(type, content, request, extra);
        },
      }),
    });
    if (storeHistory) history.add(executionCount, code, shownText(execution));
    const failed = failureOf(execution);
    if (failed) return { ...failed, execution_count: executionCount, user_expressions: {}, payload: [] };
    const evaluated = await evaluateAll(cells, asked.expressions, signal);
    return { status: "ok", execution_count: executionCount, user_expressions: evaluated, payload: [] };
  };
  return {
    execute: async (request, asked) => {
      const abort = new AbortController();
      const over = run(request, asked, abort.signal);
      running = { abort, over };
      try {
        return await over;
      } finally {
        running = null;
      }
    },
    interrupt: async () => {
      running?.abort.abort();
      await running?.over.catch(() => undefined);
    },
  };
}

/** Evaluates expressions until all are, or the cell is interrupted. */
async function evaluateAll(cells: Child, expressions: Record<string, string>, signal: AbortSignal) {
  const evaluated: Record<string, Evaluation> = {};
  const stop = () => void cells.interrupt();
  signal.addEventListener("abort", stop, { once: true });
  for (const [name, source] of Object.entries(expressions)) {
    if (!signal.aborted) Object.assign(evaluated, await cells.evaluate({ [name]: source }));
  }
  signal.removeEventListener("abort", stop);
  return evaluated;
}

function failureOf({ status, outputs }: Execution): Content | null {
  if (status === "ok") return null;
  const error = outputs.findLast((output) => output.output_type === "error");
  if (!error) throw new Error("Cannot reply to a cell that failed as it must show an error: it shows none");
  const { ename, evalue, traceback } = error;
  return { status, ename, evalue, traceback };
}

function shownText({ outputs }: Execution): string | null {
  const result = outputs.find((output): output is DisplayOutput => output.output_type === "execute_result");
  const text = result?.data["text/plain"];
  return typeof text === "string" ? text : null;
}
