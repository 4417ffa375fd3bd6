import { MessageChannel } from "node:worker_threads";
import { expect, test } from "vitest";
import type { FromThread, ToThread } from "./_command.ts";
import { mailboxMemory, openMailbox, serveMailbox } from "./_mailbox.ts";

const LAST: ToThread = { close: true };
const DONE: FromThread = { outcomes: [{ answer: null }] };

function append(text: string): ToThread {
  const producer = { id: "p", sequence: 3 };
  return { commands: [{ op: "append", topic: "t", partition: 1, chunks: [{ text, count: 1 }], producer }] };
}

/** Sends a message and the last one; both ends are in this thread, which never waits as both are there. */
async function exchange(message: ToThread, answer: FromThread): Promise<{ arrived: ToThread; answered: FromThread }> {
  const { port1, port2 } = new MessageChannel(), shared = mailboxMemory();
  const arrived: ToThread[] = [], answered: FromThread[] = [];
  await new Promise<void>((resolve) => {
    const send = openMailbox({ shared, port: port1 }, (each) => {
      if (answered.push(each) === 2) resolve();
    });
    send(message);
    send(LAST);
    serveMailbox({ shared, port: port2 }, (each) => arrived.push(each) === 1 ? answer : DONE);
  });
  port1.close();
  expect([arrived[1], answered[1]]).toEqual([LAST, DONE]);
  return { arrived: arrived[0]!, answered: answered[0]! };
}

test.each([
  ["text", '"k":"é🙂"}\n"k":null}'],
  ["more text than a slot holds", "é".repeat(1_000_000)],
  ["no text", ""],
])("openMailbox() sends %s", async (_, text) => {
  expect((await exchange(append(text), DONE)).arrived).toEqual(append(text));
});

test("openMailbox() sends commands without text", async () => {
  const message: ToThread = { commands: [{ op: "create", topic: "t", partitions: null }, { op: "settings" }] };
  expect((await exchange(message, DONE)).arrived).toEqual(message);
});

test("serveMailbox() answers errors with class and message", async () => {
  const { answered } = await exchange(append("a"), { outcomes: [{ answer: null }, { error: new RangeError("r") }] });
  const [first, second] = (answered as { outcomes: { error?: Error }[] }).outcomes;
  expect(first).toEqual({ answer: null });
  expect(second!.error).toBeInstanceOf(RangeError);
  expect(second!.error!.message).toBe("r");
  expect((await exchange(append("a"), { failed: new Error("f") })).answered).toEqual({ failed: new Error("f") });
});
