import type { AnswerInput } from "../session.ts";
import type { Content, Request } from "./channels.ts";

/** Questions that cells ask of who runs them. */
export interface Inputs {
  /** Makes what answers the questions of one cell. */
  answerFor(request: Request, allowed: boolean): AnswerInput;
  /** Takes an answer of a client. */
  take(identity: string, content: Content): void;
}

/** Makes the questions; `ask` sends one and returns whether the client can be asked. */
export function createInputs(ask: (request: Request, content: Content) => boolean): Inputs {
  const waiting = new Map<string, (value: string) => void>();
  return {
    answerFor: (request, allowed) => async ({ prompt, password, signal }) => {
      if (!allowed) throw refusal(prompt, "this client must allow input", `it sent "allow_stdin": false`);
      if (!ask(request, { prompt, password })) {
        throw refusal(prompt, "this client must have a stdin channel", "none is connected");
      }
      const answer = Promise.withResolvers<string>();
      const giveUp = () => answer.reject(signal.reason);
      waiting.set(request.identity, answer.resolve);
      signal.addEventListener("abort", giveUp, { once: true });
      try {
        return await answer.promise;
      } finally {
        waiting.delete(request.identity);
        signal.removeEventListener("abort", giveUp);
      }
    },
    take: (identity, { value }) => waiting.get(identity)?.(String(value ?? "")),
  };
}

function refusal(prompt: string, rule: string, found: string): Error {
  return new Error(`Cannot ask ${JSON.stringify(prompt)} as ${rule}: ${found}`);
}
