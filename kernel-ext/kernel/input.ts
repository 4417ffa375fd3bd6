import type { Writable } from "node:stream";
import type { InputReply } from "./child/input.ts";
import type { Message } from "./child/output.ts";

/** The questions of one process. */
export interface Questions {
  /** Takes a question that a cell asks, and writes the answer when there is one. */
  take(question: Message & { r: "input" }): void;
  /** Ends the waiting question, if any, as an error of its cell. */
  stop(name: string, message: string): void;
}

/**
 * Answers what cells ask.
 *
 * @param pipe Where the process reads its answers.
 * @param ask Finds the answer; its signal is aborted when nobody waits for it any more.
 */
export function answerQuestions(
  pipe: Writable,
  ask: (question: Message & { r: "input" }, signal: AbortSignal) => Promise<string>,
): Questions {
  let waiting: { id: number; abort: AbortController } | null = null;
  // A process that has ended needs no answer.
  pipe.on("error", () => undefined);
  const reply = (line: InputReply): void => {
    if (waiting?.id !== line.id) return;
    waiting = null;
    pipe.write(`${JSON.stringify(line)}\n`);
  };
  return {
    take: (question) => {
      const { id } = question;
      const abort = new AbortController();
      waiting = { id, abort };
      ask(question, abort.signal).then((text) => reply({ id, text: String(text) }), (error) => {
        reply({ id, error: error instanceof Error ? error.message : String(error) });
      });
    },
    stop: (name, message) => {
      if (!waiting) return;
      const { id, abort } = waiting;
      reply({ id, stop: { name, message } });
      abort.abort();
    },
  };
}
