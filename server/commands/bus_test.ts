import { afterAll, expect, test } from "vitest";

const MAIN = new URL("../../boathouse.ts", import.meta.url).pathname;
const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await Deno.remove(folder, { recursive: true });
});

function workbench(): string {
  folders.push(Deno.makeTempDirSync());
  Deno.writeTextFileSync(`${folders.at(-1)!}/boathouse.yaml`, "");
  return folders.at(-1)!;
}

async function run(args: string[], { cwd = workbench(), stdin = "" as string | BlobPart } = {}) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args],
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  await new Blob([stdin]).stream().pipeTo(child.stdin);
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), lines: text(stderr).trimEnd().split("\n") };
}

test("bus publish carries every digit of a number to rows, and bus tail shows it", async () => {
  const cwd = workbench();
  const stream = '{"id":9007199254740993}\n\n{"id": 12345678901234567890}\n';
  const published = await run(["bus", "publish", "ids"], { cwd, stdin: stream });
  expect(published).toMatchObject({ code: 0, lines: [""] });
  const tail = await run(["bus", "tail", "ids", "--from", "0", "--limit", "2"], { cwd });
  expect(tail.out).toContain('"value":{"id":9007199254740993}}');
  expect(tail.out).toContain('"value":{"id": 12345678901234567890}}');
  expect(await run(["lake", "ingest"], { cwd })).toMatchObject({ code: 0 });
  const rows = await run(["lake", "sql", "SELECT value FROM ids ORDER BY _offset", "--json"], { cwd });
  expect(JSON.parse(rows.out).map(({ value }: { value: string }) => value.replaceAll(" ", "")))
    .toEqual(['{"id":9007199254740993}', '{"id":12345678901234567890}']);
});

test.each<[string, BlobPart, string]>([
  ["text that is no JSON", "1\n{x}\n", "Cannot publish standard input:2 as it is no JSON: "],
  [
    "invalid UTF-8",
    Uint8Array.of(49, 10, 10, 34, 0xff, 34, 10),
    "Cannot publish standard input:3 as it must be UTF-8: ",
  ],
  [
    "a malformed CloudEvent",
    '{"specversion":"1.0","source":"/a","type":"t"}',
    'Cannot publish standard input:1 as a CloudEvent: attribute "id" must be a text that is not empty: got nothing',
  ],
  [
    "a key past 2^53",
    '{"k":9007199254740993}',
    "Cannot publish standard input:1 as a number as key must be below 2^53",
  ],
])("bus publish refuses %s, naming the line", async (_name, stdin, message) => {
  const result = await run(["bus", "publish", "ids", "--key", "k"], { stdin });
  expect(result).toMatchObject({ code: 1, out: "" });
  expect(result.lines).toHaveLength(1);
  expect(result.lines[0]).toContain(message);
});
