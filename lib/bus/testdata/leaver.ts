/** Publishes without waiting and ends without closing its bus. */
import { openBus } from "../mod.ts";

const [dir, count] = Deno.args;
const bus = await openBus({ kind: "sqlite", dir: dir! });
const messages = Array.from({ length: Number(count) }, (_, i) => ({ key: null, eventTimeMicros: null, value: { i } }));
bus.publish("left", messages);
