import fs from "node:fs";
import { stopped, traceCaller } from "./interrupts.ts";
import type { Output } from "./output.ts";

/** What the kernel writes for a question: the answer, why there is none, or that the cell shall end. */
export type InputReply =
  | { id: number; text: string }
  | { id: number; error: string }
  | { id: number; stop: { name: string; message: string } };

/** The questions of the web platform. They block, as they do there; a user interrupts them by the kernel. */
export interface Input {
  prompt(message?: string, preset?: string, options?: { password?: boolean }): string | null;
  confirm(message?: string): boolean;
  alert(message?: string): void;
}

/**
 * Makes the questions that go to whoever runs the cell.
 *
 * @param fd File descriptor on which the kernel answers, a JSON line for each.
 * @param output Where questions are sent.
 */
export function createInput(fd: number, output: Output): Input {
  const nextLine = lineReader(fd);
  let lastId = 0;
  const ask = (prompt: string, password: boolean, asked: (...args: never[]) => unknown): string => {
    const id = ++lastId;
    output.send({ r: "input", n: output.run().n, id, prompt, password });
    let reply: InputReply;
    // A question that was given up may have been answered all the same.
    do reply = JSON.parse(nextLine()) as InputReply; while (reply.id !== id);
    if ("text" in reply) return reply.text;
    if ("error" in reply) throw new Error(reply.error);
    throw stopped(reply.stop.name, reply.stop.message, traceCaller(asked));
  };
  const prompt: Input["prompt"] = (message = "Prompt", preset, { password = false } = {}) => {
    const shown = preset === undefined ? `${message} ` : `${message} [${preset}] `;
    return ask(shown, password, prompt) || (preset ?? "");
  };
  const confirm: Input["confirm"] = (message = "Confirm") =>
    /^y(es)?$/i.test(ask(`${message} [y/N] `, false, confirm).trim());
  const alert: Input["alert"] = (message = "Alert") => void ask(`${message} [Enter] `, false, alert);
  return { prompt, confirm, alert };
}

function lineReader(fd: number): () => string {
  const chunk = new Uint8Array(65_536);
  const decoder = new TextDecoder();
  let text = "";
  return () => {
    while (!text.includes("\n")) {
      const bytes = fs.readSync(fd, chunk);
      if (bytes === 0) throw new Error("Cannot ask as the kernel must be there to answer: it has ended");
      text += decoder.decode(chunk.subarray(0, bytes), { stream: true });
    }
    const end = text.indexOf("\n");
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return line;
  };
}
