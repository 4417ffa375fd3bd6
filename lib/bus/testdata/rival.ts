import { openBus } from "../mod.ts";

/** Appends in loops, once four rivals are there, until the topic has a number of records; prints how many appends were its own. */
const [dir, total, size, loops] = Deno.args.map((text, i) => i === 0 ? text : Number(text)) as [string, number, number, number];
await using bus = await openBus({ kind: "sqlite", dir });
const messages = Array.from({ length: size }, () => ({ key: null, eventTimeMicros: null, value: "x".repeat(190) }));
await bus.append("ready", 0, [{ key: null, eventTimeMicros: null, value: "here" }]);
let ready = 0;
for await (const { count } of bus.read("ready", 0, 0, { follow: true, to: 4 })) ready += count;
let appends = 0;
const began = performance.now();
await Promise.all(Array.from({ length: ready === 4 ? loops : 0 }, loop));
console.log(JSON.stringify({ appends, ms: Math.round(performance.now() - began) }));

async function loop(): Promise<void> {
  for (;;) {
    const { baseOffset } = await bus.append("rivals", 0, messages);
    if (baseOffset >= total) return;
    appends++;
  }
}
