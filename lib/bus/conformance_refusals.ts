import { expect, test } from "vitest";
import type { Message } from "./bus.ts";
import { expectRangeError, newTopic, numbered, type Open, recordsOf, rejection } from "./conformance_support.ts";
import { JsonText } from "./json_text.ts";

/** The contract of a bus, part by part: see conformance.ts. */
export function refusalConformance(open: Open): void {
  test("every verb refuses an unknown topic or partition", async () => {
    await using bus = await open();
    const missing = newTopic(), topic = newTopic();
    await bus.createTopic(topic, { partitions: 2 });
    const verbs = (name: string, partition: number): (() => Promise<unknown>)[] => [
      () => bus.append(name, partition, numbered(0, 1)),
      () => recordsOf(bus, name, 0, {}, partition),
      () => recordsOf(bus, name, 0, { follow: true }, partition),
      () => bus.lastSequence(name, partition, "p"),
      () => bus.offsetAt(name, partition, 0),
      () => bus.commit("readers", name, partition, 0),
      () => bus.truncate(name, partition, 0),
    ];
    const named = [
      () => bus.publish(missing, numbered(0, 1)),
      () => bus.positions(missing),
      () => bus.committed("readers", missing),
    ];
    const unknown = `as the topic must exist: no topic "${missing}"; name it in product.yaml or call createTopic`;
    for (const verb of [...verbs(missing, 0), ...named]) await expectRangeError(verb(), unknown);
    for (const partition of [2, -1, 0.5]) {
      const wrong = `as its partition must be from 0 to 1: got ${partition}`;
      for (const verb of verbs(topic, partition)) await expectRangeError(verb(), wrong);
    }
  });

  test("append() takes 1,000,000 bytes of key, headers and value and refuses one more", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    const of = (value: Message["value"]): Message => ({
      key: "kü",
      eventTimeMicros: null,
      headers: [["h", new Uint8Array(4)]],
      value,
    });
    const fits = [of("ü".repeat(499_994) + "xx"), of(new Uint8Array(999_992)), of("x".repeat(999_990))];
    await bus.append(topic, 0, [...fits, of(new JsonText("1".repeat(999_992)))]);
    const records = await recordsOf(bus, topic);
    expect(records.slice(0, 3).map(({ value }) => value)).toEqual(fits.map(({ value }) => value));
    expect(records[3]!.json).toBe("1".repeat(999_992));
    const larges = [
      "ü".repeat(499_994) + "xxx",
      new Uint8Array(999_993),
      "x".repeat(999_991),
      new JsonText("1".repeat(999_993)),
    ];
    for (const large of larges.map(of)) {
      for (const append of [() => bus.append(topic, 0, [of(1), large]), () => bus.publish(topic, [of(1), large])]) {
        await expectRangeError(
          append(),
          `Cannot append to "${topic}" as record 1 must have at most 1000000 bytes of key, headers and value: got 1000001`,
        );
      }
    }
    expect((await bus.positions(topic))[0]!.high).toBe(4);
  });

  test("append() refuses messages of the wrong shape, naming topic and record", async () => {
    await using bus = await open();
    const topic = newTopic(), good = numbered(0, 1)[0]!;
    await bus.createTopic(topic);
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const bad: [object, string][] = [
      [{ ...good, value: undefined }, "have JSON or bytes as value: got undefined"],
      [{ ...good, value: () => 1 }, "have JSON or bytes as value: got function"],
      [{ ...good, value: 1n }, "have JSON or bytes as value: got "],
      [{ ...good, value: cycle }, "have JSON or bytes as value: got "],
      [{ ...good, key: 7 }, "have text or null as key: got number"],
      [{ ...good, key: undefined }, "have text or null as key: got undefined"],
      [{ ...good, eventTimeMicros: 1.5 }, "have microseconds or null as event time: got 1.5"],
      [{ ...good, eventTimeMicros: undefined }, "have microseconds or null as event time: got undefined"],
      [{ ...good, headers: [["a", "b"]] }, "have pairs of text and bytes as headers: got string, string"],
    ];
    for (const [message, rule] of bad) {
      const error = await rejection(bus.append(topic, 0, [good, message as Message]));
      expect(error, rule).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain(`Cannot append to "${topic}" as record 1 must ${rule}`);
    }
    expect((await bus.positions(topic))[0]!.high).toBe(0);
  });

  test("offsets, sequences, groups and producers that cannot be are refused", async () => {
    await using bus = await open();
    const topic = newTopic();
    await bus.createTopic(topic);
    await bus.append(topic, 0, numbered(0, 3));
    for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
      const rule = `must be an integer of at least 0: got ${bad}`;
      await expectRangeError(recordsOf(bus, topic, bad), `Cannot read "${topic}" as its offset ${rule}`);
      await expectRangeError(bus.commit("readers", topic, 0, bad), `Cannot commit "${topic}" as its offset ${rule}`);
      await expectRangeError(bus.truncate(topic, 0, bad), `Cannot truncate "${topic}" as its offset ${rule}`);
      await expectRangeError(
        bus.append(topic, 0, numbered(0, 1), { id: "p", sequence: bad }),
        `Cannot append to "${topic}" as its sequence ${rule}`,
      );
    }
    await expectRangeError(
      bus.commit("readers", topic, 0, 4),
      `Cannot commit "${topic}" as the offset of group "readers" in partition 0 must be at most 3: got 4`,
    );
    await expectRangeError(bus.commit("", topic, 0, 0), `Cannot name group as it must have 1 to 249 of a-z 0-9 _ . - `);
    for (const id of ["", "a".repeat(256), "\ud800"]) {
      await expectRangeError(
        bus.append(topic, 0, numbered(0, 1), { id, sequence: 0 }),
        `Cannot append to "${topic}" as its producer id must have 1 to 255 characters: got `,
      );
    }
  });
}

/** The contract of a bus, part by part: see conformance.ts. */
export function closeConformance(open: Open): void {
  test("closing waits for what was appended, then refuses everything", async () => {
    const bus = await open(), topic = newTopic();
    await bus.createTopic(topic);
    const appended = bus.append(topic, 0, numbered(0, 3));
    const following = rejection(recordsOf(bus, topic, 3, { follow: true }));
    await Promise.all([bus[Symbol.asyncDispose](), bus[Symbol.asyncDispose]()]);
    expect((await appended).count).toBe(3);
    const tries = [
      () => bus.append(topic, 0, numbered(0, 1)),
      () => bus.positions(topic),
      () => bus.topics(),
      () => recordsOf(bus, topic),
    ];
    const closed = `Cannot use bus "${bus.url}" as it must be open: it was closed; open it again`;
    for (const verb of tries) expect(await rejection(verb())).toEqual(new Error(closed));
    expect(await following).toEqual(new Error(closed));
    await using again = await open();
    expect((await recordsOf(again, topic)).map(({ value }) => value)).toEqual([0, 1, 2]);
  });
}
