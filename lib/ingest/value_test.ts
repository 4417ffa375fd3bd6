import fc from "fast-check";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { JsonText, openBus } from "../bus/mod.ts";
import { openLake } from "../lake/mod.ts";
import { openStore } from "../store/mod.ts";
import { openIngest, openTail } from "./mod.ts";

const digits = fc.stringMatching(/^[1-9]\d{0,40}$/);
const number = fc.tuple(
  fc.constantFrom("", "-"),
  fc.oneof(fc.constant("0"), digits),
  fc.oneof(fc.constant(""), fc.stringMatching(/^\.\d{1,40}$/)),
  fc.oneof(fc.constant(""), fc.stringMatching(/^[eE][+-]?\d{1,3}$/)),
).map((parts) => parts.join(""));
const text = fc.oneof(
  fc.string({ unit: "grapheme" }).map((each) => JSON.stringify(each)),
  fc.string({ unit: "grapheme-ascii" }).map((each) => JSON.stringify(each).replace(/[a-z]/g, escaped)),
  fc.constantFrom('"\\u0000"', '"\\ud83d\\ude00"', '"\\/"', '",\\"v\\":"', '"specversion"', '"id"', '"\u2028"'),
);
const space = fc.constantFrom("", "", " ", "\t", "  ");
const { json } = fc.letrec<{ json: string; list: string; object: string }>((tie) => ({
  json: fc.tuple(
    space,
    fc.oneof({ depthSize: "small" }, number, text, fc.constantFrom("true", "null"), tie("list"), tie("object")),
    space,
  ).map((parts) => parts.join("")),
  list: fc.array(tie("json"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
  object: fc.array(fc.tuple(text, space, tie("json")), { maxLength: 4 })
    .map((members) => `{${members.map(([name, gap, value]) => `${name}${gap}:${value}`).join(",")}}`),
}));

const ODD = [
  '{"price": 0.1234567890123456789, "big": 12345678901234567890123, "neg": -0, "e": 1E400, "d": 1.10}',
  `{"v": [1.10,\t{"v":-0}], "long": "${"é,".repeat(200_000)}"}`,
  `${"[".repeat(500)}1.0${"]".repeat(500)}`,
  '{"specversion":"1.0","id":"a","type":"t","source":"/s","subject":"é","data":{"n":1.10}}',
  "1.10",
  " null",
];

const dir = await Deno.makeTempDir();
afterAll(() => Deno.remove(dir, { recursive: true }));

function escaped(letter: string): string {
  return `\\u00${letter.charCodeAt(0).toString(16)}`;
}

test("a topic without a schema keeps each value as the text that was published, before and after ingest", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: join(dir, "bus") });
  const store = await openStore({ kind: "directory", dir: join(dir, "lake") });
  const schemas = () => Promise.resolve(new Map());
  await using ingest = await openIngest({ bus, store, schemas, key: "secret" });
  await bus.createTopic("notes");
  const sent: string[] = [];
  const values = async () => {
    await using lake = await openLake({ store, tail: openTail({ bus, store, schemas }) });
    return (await lake.query("SELECT value FROM notes ORDER BY _offset")).rows().map(({ value }) => value);
  };
  const publish = async (texts: readonly string[]) => {
    const messages = texts.map((each) => ({ key: ',"v":', eventTimeMicros: null, value: new JsonText(each) }));
    await bus.append("notes", 0, messages);
    sent.push(...texts);
    expect(await values()).toEqual(sent);
    await ingest.flush();
    expect(await values()).toEqual(sent);
  };
  await publish(ODD);
  await fc.assert(fc.asyncProperty(fc.array(json, { minLength: 100, maxLength: 200 }), publish), { numRuns: 8 });
  await using lake = await openLake({ store });
  const select = "SELECT _id, _type, _source, _subject FROM notes WHERE _offset = 3";
  expect((await lake.query(select)).rows()).toEqual([{ _id: "a", _type: "t", _source: "/s", _subject: "é" }]);
});

test("a number in an open shape keeps its digits in its column, or with all bytes in _raw", async () => {
  await using bus = await openBus({ kind: "sqlite", dir: join(dir, "open-bus") });
  const store = await openStore({ kind: "directory", dir: join(dir, "open-lake") });
  const schema = { type: "object", properties: { c: {} } };
  const schemas = () => Promise.resolve(new Map([["things", { type: "test.thing.v1", schema }]]));
  await using ingest = await openIngest({ bus, store, schemas, key: "secret" });
  await bus.createTopic("things");
  const textOf = (c: string, more = "") =>
    `{"specversion": "1.0", "id": "1", "source": "/t", "type": "test.thing.v1", "data": {"c":${c}${more}}}`;
  const lists = fc.sample(fc.array(fc.tuple(space, number, space).map((parts) => parts.join(""))), 300)
    .map((items) => `[${items.join(",")}]`);
  const plain = ["[1, 0.5, -2.25, 100.0, 9007199254740993, 0]", "0.10", "-0"];
  const texts = [...plain, ...lists].map((c) => textOf(c));
  await bus.append(
    "things",
    0,
    [...texts, textOf("1", ',  "extra": 1.10')].map((each) => ({
      key: null,
      eventTimeMicros: null,
      value: new JsonText(each),
    })),
  );
  const [report] = await ingest.flush();
  expect(report).toMatchObject({ rows: texts.length + 1, rejected: 0 });
  await using lake = await openLake({ store });
  const rows = (await lake.query("SELECT c, decode(_raw) AS raw FROM things ORDER BY _offset")).rows();
  for (const [index, text] of texts.entries()) {
    const { c, raw } = rows[index]!;
    if (raw === null) expect(c).toBe(/"c":(.*)\}\}$/.exec(text)![1]!.replaceAll(/\s/g, ""));
    else expect(raw).toBe(text);
  }
  expect(rows.slice(0, 3).map(({ raw }) => raw === null)).toEqual([true, false, false]);
  expect(rows.at(-1)).toEqual({ c: "1", raw: textOf("1", ',  "extra": 1.10') });
});
