import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { AppendCommand, Command, FromThread, ToThread } from "./_command.ts";
import { type Letter, readLetter, writeLetter } from "./_letter.ts";

/** What both threads share. */
export interface Mailbox {
  /** Two counters, of messages and of answers, and a slot for each message that is unanswered. */
  shared: SharedArrayBuffer;
  /** For what no slot can hold: much text, and errors. */
  port: MessagePort;
}

const SLOTS = 2; // as many messages as are ever unanswered
const SLOT_BYTES = 1024 * 1024;
const HEAD_BYTES = 64;
const SENT = 0, ANSWERED = 1;

/**
 * Makes the memory of a mailbox.
 *
 * @returns Zeroes.
 */
export function mailboxMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + SLOTS * SLOT_BYTES);
}

/**
 * Opens the caller's end. It wakes the thread at once, and is woken at once: messages between event loops would take half
 * as long as a durable commit.
 *
 * @param mailbox The memory, and one end of the port.
 * @param onAnswer Is called with each answer, in the order of messages.
 * @returns Sends a message; at most two may be unanswered.
 */
export function openMailbox(mailbox: Mailbox, onAnswer: (answer: FromThread) => void): (message: ToThread) => void {
  const counters = countersOf(mailbox);
  let sent = 0, answered = 0, isListening = false;

  async function listen(): Promise<void> {
    isListening = true;
    while (answered !== sent) {
      const found = Atomics.load(counters, ANSWERED);
      if (found === answered) await Atomics.waitAsync(counters, ANSWERED, found).value;
      else {
        for (; answered !== found; answered = after(answered)) onAnswer(take(mailbox, answered).head as FromThread);
      }
    }
    isListening = false;
  }

  return (message) => {
    put(mailbox, sent, "commands" in message ? slim(message.commands) : { head: message, texts: [] }, message);
    sent = after(sent);
    count(counters, SENT);
    if (!isListening) listen();
  };
}

/**
 * Answers messages, one after the other; blocks its thread while there is none.
 *
 * @param mailbox The memory, and the other end of the port.
 * @param answerTo Answers a message; null where that was the last.
 */
export function serveMailbox(mailbox: Mailbox, answerTo: (message: ToThread) => FromThread): void {
  const counters = countersOf(mailbox);
  for (let taken = 0, isOpen = true; isOpen; taken = after(taken)) {
    while (Atomics.load(counters, SENT) === taken) Atomics.wait(counters, SENT, taken);
    const { head, texts } = take(mailbox, taken);
    const message = (Array.isArray(head) ? { commands: whole(head, texts) } : head) as ToThread;
    isOpen = !("close" in message);
    const answer = answerTo(message);
    put(mailbox, taken, hasError(answer) ? null : { head: answer, texts: [] }, answer);
    count(counters, ANSWERED);
  }
}

function countersOf({ shared }: Mailbox): Int32Array<SharedArrayBuffer> {
  return new Int32Array(shared, 0, 2);
}

/** Counters have 32 bits, and go on below zero. */
function after(number: number): number {
  return number + 1 | 0;
}

function count(counters: Int32Array<SharedArrayBuffer>, which: number): void {
  Atomics.add(counters, which, 1);
  Atomics.notify(counters, which);
}

function put({ shared, port }: Mailbox, number: number, letter: Letter | null, whole: unknown): void {
  if (!writeLetter(slotOf(shared, number), letter)) port.postMessage(whole);
}

function take({ shared, port }: Mailbox, number: number): Letter {
  return readLetter(slotOf(shared, number)) ??
    { head: (receiveMessageOnPort(port) as { message: unknown }).message, texts: [] };
}

function slotOf(shared: SharedArrayBuffer, number: number): Uint8Array<SharedArrayBuffer> {
  return new Uint8Array(shared, HEAD_BYTES + (number & SLOTS - 1) * SLOT_BYTES, SLOT_BYTES);
}

function hasError(answer: FromThread): boolean {
  return "failed" in answer || answer.outcomes.some((outcome) => "error" in outcome);
}

type Slim = Exclude<Command, AppendCommand> | Omit<AppendCommand, "chunks"> & { chunks: number[] };

/** Takes the texts out of commands. */
function slim(commands: readonly Command[]): Letter {
  const head: Slim[] = commands.map((command) =>
    command.op === "append" ? { ...command, chunks: command.chunks.map((chunk) => chunk.count) } : command
  );
  return { head, texts: commands.flatMap((one) => one.op === "append" ? one.chunks.map(({ text }) => text) : []) };
}

function whole(commands: readonly Slim[], texts: readonly string[]): Command[] {
  let at = 0;
  return commands.map((command) =>
    command.op === "append"
      ? { ...command, chunks: command.chunks.map((count) => ({ text: texts[at++]!, count })) }
      : command
  );
}
