import { openBus } from "../mod.ts";

/** Appends the numbers below a total, each with itself as sequence, from where its predecessor was killed. */
const [dir, topic, id, total] = Deno.args;
await using bus = await openBus({ kind: "sqlite", dir: dir! });
let sequence = (await bus.lastSequence(topic!, 0, id!) ?? -1) + 1;
console.log(`from ${sequence}`);
while (sequence < Number(total)) {
  const count = Math.min(1 + Math.floor(Math.random() * 50), Number(total) - sequence);
  const messages = Array.from({ length: count }, (_, i) => ({ key: null, eventTimeMicros: null, value: sequence + i }));
  await bus.append(topic!, 0, messages, { id: id!, sequence });
  sequence += count;
}
