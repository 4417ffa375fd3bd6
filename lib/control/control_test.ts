import { join } from "node:path";
import { expect, test } from "vitest";
import { type Bus, openBus } from "../bus/mod.ts";
import { createEvent, messageOf, signEvent, STANDARD_EVENTS } from "../events/mod.ts";
import { commit } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import {
  type Control,
  type ControlAlert,
  type ControlRequest,
  type ControlState,
  loadState,
  openControl,
  registerTopic,
  saveState,
  topicSchemas,
} from "./mod.ts";

const KEY = "secret";
const DIGEST = "a".repeat(64);

async function setup() {
  const dir = await Deno.makeTempDir();
  const bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const alerts: ControlAlert[] = [];
  const open = () => openControl({ bus, key: KEY, onAlert: (alert) => alerts.push(alert) });
  const control = await open();
  return {
    dir,
    bus,
    control,
    alerts,
    open,
    async [Symbol.asyncDispose]() {
      await control[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
      await Deno.remove(dir, { recursive: true });
    },
  };
}

function request(part: Partial<ControlRequest> = {}): ControlRequest {
  return {
    op: "apply",
    target: "delay",
    revision: "r1",
    expected: null,
    rule: 1,
    spec: DIGEST,
    by: "ann",
    why: "",
    ...part,
  };
}

function signed(data: Record<string, unknown>, key = KEY) {
  return messageOf(signEvent(createEvent({ type: STANDARD_EVENTS.control!.type, source: "/test", data }), key));
}

test("openControl() makes topic control with one partition", async () => {
  await using t = await setup();
  expect(await t.bus.topics()).toMatchObject([{ topic: "control", partitions: 1, incarnation: t.control.incarnation }]);
  expect(await t.control.state()).toMatchObject({ offset: 0, unready: null, endpoints: {} });
});

test("append() answers what became of a request at its own offset", async () => {
  await using t = await setup();
  expect(await t.control.append(request())).toEqual({ offset: 0, applied: true });
  expect(await t.control.append(request({ op: "activate" }))).toEqual({ offset: 1, applied: true });
  expect(await t.control.append(request({ op: "activate", by: "bob" }))).toEqual({
    offset: 2,
    applied: false,
    reason: "it expects the activation at offset null, in force is 1",
    winner: { offset: 1, by: "ann", atMicros: expect.any(Number), revision: "r1", spec: DIGEST },
  });
  expect((await t.control.state()).offset).toBe(3);
});

test("append() of racing nodes lets one win, and tells the others who", async () => {
  await using t = await setup();
  const nodes: Control[] = [t.control, await t.open(), await t.open(), await t.open()];
  await t.control.append(request());
  const answers = await Promise.all(
    nodes.map((node, index) => node.append(request({ op: "activate", by: `n${index}` }))),
  );
  const won = answers.filter(({ applied }) => applied);
  expect(won.length).toBe(1);
  for (const answer of answers) if (!answer.applied) expect(answer.winner?.offset).toBe(won[0]!.offset);
  const states = await Promise.all(nodes.map((node) => node.state()));
  for (const state of states) expect(state).toEqual(states[0]);
});

test.each<[Partial<ControlRequest>, string]>([
  [{ target: "" }, "/target must NOT have fewer than 1 characters"],
  [{ target: "a b" }, '/target must be a name: got "a b"'],
  [{ target: "model:m" }, '/target must be a name: got "model:m"'],
  [{ target: "__proto__" }, '/target must be a name: got "__proto__"'],
  [{ expected: -1 }, "/expected must be >= 0: got -1"],
  [{ spec: "abc" }, "/spec must match pattern"],
  [{ by: "" }, "/by must NOT have fewer than 1 characters"],
  [{ op: "steal" as "apply" }, "/op must be one of"],
])("append() refuses %j and writes nothing", async (part, message) => {
  await using t = await setup();
  await expect(t.control.append(request(part))).rejects.toThrow(TypeError);
  await expect(t.control.append(request(part))).rejects.toThrow(`Cannot append control request as ${message}`);
  expect((await t.bus.positions("control"))[0]?.high).toBe(0);
});

test("append() needs a revision to apply and activate, and to promote a model", async () => {
  await using t = await setup();
  const { revision: _, ...without } = request();
  for (const part of [{ op: "apply" }, { op: "activate" }, { op: "promote", target: "model:m" }] as const) {
    await expect(t.control.append({ ...without, ...part })).rejects.toThrow("/revision must be there: got nothing");
  }
  expect(await t.control.append({ ...without, op: "promote", target: "predict" })).toMatchObject({ applied: true });
});

test("append() refuses what is not in this version by name", async () => {
  await using t = await setup();
  await expect(t.control.append(request({ op: "rollout" }))).rejects.toThrow(RangeError);
  await expect(t.control.append(request({ op: "rollout" }))).rejects.toThrow(
    'Cannot append control request as "rollout" is not in this version: use one of topic, promote, apply, force, propose, activate, rollback',
  );
  await expect(t.control.append(request({ rule: 2 as 1 }))).rejects.toThrow("/rule must be 1: got 2");
});

test("the fold ignores unsigned, forged and malformed records, and reports each once", async () => {
  await using t = await setup();
  const event = createEvent({ type: STANDARD_EVENTS.control!.type, source: "/evil", data: { ...request() } });
  await t.bus.append("control", 0, [
    messageOf(event),
    signed({ ...request() }, "another key"),
    { key: null, eventTimeMicros: null, value: "text" },
    { key: null, eventTimeMicros: null, value: new Uint8Array([1]) },
    messageOf(signEvent(createEvent({ type: "boathouse.gap.v1", source: "/x", data: { ...request() } }), KEY)),
    signed({ ...request(), spec: "x" }),
    signed({ ...request() }),
  ]);
  expect(Object.keys((await t.control.state()).endpoints)).toEqual(["delay"]);
  expect((await t.control.state()).endpoints.delay?.revisions.r1?.offset).toBe(6);
  await t.control.append(request({ op: "activate" }));
  expect(t.alerts.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(t.alerts.map(({ reason }) => reason)).toEqual([
    "it is unsigned or forged",
    "it is unsigned or forged",
    'Cannot read CloudEvent as it must be an object: got "text"',
    expect.stringContaining('Cannot read CloudEvent as attribute "specversion"'),
    'its type is "boathouse.gap.v1"',
    expect.stringContaining("/spec must match pattern"),
  ]);
});

test.each([
  [{ rule: 2 }, "rule 2"],
  [{ op: "teleport" }, 'operation "teleport"'],
  [{ op: "rollout" }, 'operation "rollout"'],
])("a signed record of %j makes the state stand still, unready", async (part, found) => {
  await using t = await setup();
  await t.control.append(request());
  await t.bus.append("control", 0, [signed({ ...request(), ...part }), signed({ ...request({ op: "activate" }) })]);
  const state = await t.control.state();
  expect(state.unready).toBe(`${found} at offset 1 of topic "control" is not known to this version`);
  expect(state.endpoints.delay?.active).toBe(null);
  await expect(t.control.append(request())).rejects.toThrow(
    `Cannot append to topic "control" as its state stands still: ${found} at offset 1 of topic "control" is not known to ` +
      "this version; start a newer version",
  );
  expect((await t.bus.positions("control"))[0]?.high).toBe(3);
});

test("follow() calls back with the state of now, and after each change of another node", async () => {
  await using t = await setup();
  await t.control.append(request());
  await using node = await t.open();
  const states: ControlState[] = [];
  const ending = new AbortController();
  const following = node.follow({ signal: ending.signal, onChange: (state) => states.push(state) });
  await expect.poll(() => states.length, { interval: 5 }).toBe(1);
  expect(states[0]?.endpoints.delay?.active).toBe(null);
  await t.control.append(request({ op: "activate" }));
  await expect.poll(() => states.at(-1)?.endpoints.delay?.active?.revision, { interval: 5 }).toBe("r1");
  ending.abort();
  await following;
});

test("a node starts from its snapshot, and folds on from there", async () => {
  await using t = await setup();
  const file = join(t.dir, "control.json");
  expect(await loadState(file)).toBe(null);
  await t.control.append(request());
  await t.control.append(request({ op: "activate" }));
  await saveState(file, t.control.snapshot());
  await t.control.append(request({ op: "topic", target: "flights" }));
  const reads: number[] = [];
  const bus: Bus = {
    ...t.bus,
    read: (topic, partition, from, options) => (reads.push(from), t.bus.read(topic, partition, from, options)),
  };
  await using node = await openControl({ bus, key: KEY, snapshot: await loadState(file) });
  expect(await node.state()).toEqual(await t.control.state());
  expect(reads).toEqual([2]);
  expect([...Deno.readDirSync(t.dir)].map(({ name }) => name).sort()).toEqual(["bus", "control.json"]);
});

test("a node that stood still tries again after its start", async () => {
  await using t = await setup();
  const snapshot = {
    incarnation: t.control.incarnation,
    state: { ...await t.control.state(), unready: "an older version" },
  };
  await t.control.append(request());
  await using node = await openControl({ bus: t.bus, key: KEY, snapshot });
  expect(await node.state()).toEqual(await t.control.state());
});

test("openControl() refuses the snapshot of another topic, or of more than the bus has", async () => {
  await using t = await setup();
  const { incarnation, state } = t.control.snapshot();
  for (const snapshot of [{ incarnation: "another", state }, { incarnation, state: { ...state, offset: 1 } }]) {
    const opening = openControl({ bus: t.bus, key: KEY, snapshot });
    await expect(opening).rejects.toThrow(RangeError);
    await expect(opening).rejects.toThrow(
      `Cannot open topic "control" as it must be the one that this node followed, ${snapshot.incarnation} up to offset ` +
        `${snapshot.state.offset}: got ${incarnation} up to 0; bring the old one over with "boathouse bus move"`,
    );
  }
});

test.each(["", "{", "[]", '{"schema":1}', '{"schema":2,"incarnation":"i","state":{}}'])(
  "loadState() refuses %j",
  async (text) => {
    const file = join(await Deno.makeTempDir(), "control.json");
    Deno.writeTextFileSync(file, text);
    await expect(loadState(file)).rejects.toThrow(SyntaxError);
    await expect(loadState(file)).rejects.toThrow(
      `Cannot read "${file}" as it must be a snapshot of the control topic: `,
    );
    await expect(loadState(file)).rejects.toThrow("; remove it, and the node folds from the start");
  },
);

test("openControl() refuses an empty bus beside a lake that has a history", async () => {
  await using t = await setup();
  const store = await openStore({ kind: "directory", dir: join(t.dir, "lake") });
  const schema = [{ name: "_offset", type: "long", nullable: true }];
  await commit(store, "control", { read: null, operation: "INGEST", schema, txns: { "control/another/0": 3 } });
  const opening = openControl({ bus: t.bus, key: KEY, store });
  await expect(opening).rejects.toThrow(RangeError);
  await expect(opening).rejects.toThrow(
    `Cannot open topic "control" as it must be the one that the lake holds, another up to offset 3: got ` +
      `${t.control.incarnation} up to 0; bring the old one over with "boathouse bus move", or remove what is left of it`,
  );
});

test("openControl() takes a lake that is behind the bus", async () => {
  await using t = await setup();
  const store = await openStore({ kind: "directory", dir: join(t.dir, "lake") });
  await t.control.append(request());
  await using before = await openControl({ bus: t.bus, key: KEY, store });
  const schema = [{ name: "_offset", type: "long", nullable: true }];
  const txns = { [`control/${t.control.incarnation}/0`]: 1 };
  await commit(store, "control", { read: null, operation: "INGEST", schema, txns });
  await using after = await openControl({ bus: t.bus, key: KEY, store });
  expect(await after.state()).toEqual(await before.state());
});

const SPEC = { type: "rides.ride.v1", schema: { type: "object" }, key: "/city", partitions: 2 };
const REASON = { by: "ann", why: "new" };

test("registerTopic() makes the topic and registers its spec once", async () => {
  await using t = await setup();
  const store = await openStore({ kind: "directory", dir: join(t.dir, "lake") });
  const parts = { control: t.control, store, bus: t.bus };
  const digest = await registerTopic(parts, "rides", SPEC, REASON);
  expect(await registerTopic(parts, "rides", { ...SPEC }, REASON)).toBe(digest);
  expect((await t.control.state()).offset).toBe(1);
  expect((await t.bus.topics()).find(({ topic }) => topic === "rides")?.partitions).toBe(2);
  const schemas = topicSchemas(t.control, store);
  expect([...await schemas()]).toEqual([["rides", SPEC]]);
  await registerTopic(parts, "rides", { ...SPEC, schema: { type: "object", required: ["city"] } }, REASON);
  expect((await schemas()).get("rides")?.schema).toEqual({ type: "object", required: ["city"] });
});

test("registerTopic() refuses another number of partitions and a malformed schema, and registers nothing", async () => {
  await using t = await setup();
  const store = await openStore({ kind: "directory", dir: join(t.dir, "lake") });
  const parts = { control: t.control, store, bus: t.bus };
  await t.bus.createTopic("rides", { partitions: 1 });
  await expect(registerTopic(parts, "rides", SPEC, REASON)).rejects.toThrow(RangeError);
  await expect(registerTopic(parts, "trips", { ...SPEC, schema: { type: "whole" } }, REASON)).rejects.toThrow(
    SyntaxError,
  );
  expect((await t.bus.topics()).map(({ topic }) => topic)).toEqual(["control", "rides"]);
  expect((await t.control.state()).offset).toBe(0);
});

test("topicSchemas() names the topic whose spec is not in the store", async () => {
  await using t = await setup();
  const store = await openStore({ kind: "directory", dir: join(t.dir, "lake") });
  await t.control.append(request({ op: "topic", target: "rides" }));
  await expect(topicSchemas(t.control, store)()).rejects.toThrow(
    `Cannot read the spec of topic "rides" as object ${DIGEST} must hold it: `,
  );
});
