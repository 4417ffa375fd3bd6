import { expect, test } from "vitest";

const MAIN = new URL("../../boathouse.ts", import.meta.url).pathname;
const PRODUCT = "product: trains\nowner: rail\nbusinessCase: fewer waits\ntasks: [T-1]\nrepositories: [.]\n";

async function run(
  args: string[],
  { yaml = "", files = {} as Record<string, string>, env = {} as Record<string, string> } = {},
) {
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(`${cwd}/boathouse.yaml`, yaml);
  await Deno.mkdir(`${cwd}/notebooks/trains`, { recursive: true });
  for (const [name, text] of Object.entries(files)) await Deno.writeTextFile(`${cwd}/${name}`, text);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", MAIN, ...args],
    cwd,
    env,
  })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), lines: text(stderr).trimEnd().split("\n") };
}

test.each<[string, string[], number, RegExp, Parameters<typeof run>[1]?]>([
  ["an unknown verb", ["row"], 2, /^boathouse: unknown command 'row'; see boathouse --help$/],
  [
    "a verb of a later version",
    ["monitor", "status"],
    2,
    /^boathouse: Cannot run "boathouse monitor" as it is not in version 0\.1\.0/,
  ],
  ["an unknown option", ["lake", "tables", "--fast"], 2, /^boathouse: unknown option '--fast'/],
  ["a missing argument", ["lake", "sql"], 2, /^boathouse: missing required argument 'query'/],
  ["a missing notebook", ["notebook", "run", "none.ipynb"], 1, /^boathouse: .*none\.ipynb/],
  ["a missing endpoint file", ["endpoint", "apply", "none.yaml"], 1, /^boathouse: .*none\.yaml/],
  ["a malformed notebook", ["notebook", "run", "n.ipynb"], 1, /^boathouse: Cannot read notebook ".*n\.ipynb"/, {
    files: { "n.ipynb": '{"cells": [' },
  }],
  [
    "a wrong boathouse.yaml",
    ["lake", "tables"],
    1,
    /^boathouse: Cannot read boathouse\.yaml:1:7 as settings: "buss" is not a known key$/,
    {
      yaml: "buss: x",
    },
  ],
  [
    "a wrong product.yaml",
    ["check"],
    1,
    /^boathouse: Cannot read .*product\.yaml:2:8 as product: "owner" must not be empty$/,
    {
      files: { "notebooks/trains/product.yaml": PRODUCT.replace("rail", "''") },
    },
  ],
  ["a lake that is a file", ["lake", "tables"], 1, /^boathouse: .*boathouse\.yaml/, {
    env: { BOATHOUSE_LAKE: "file:boathouse.yaml" },
  }],
  [
    "a role that is none",
    ["start", "--role", "captain"],
    2,
    /^boathouse: option '--role <role>' argument 'captain' is invalid\. Allowed choices are all, serving, control, ingest, jobs;/,
  ],
  ["SQL that is no SELECT", ["lake", "sql", "DROP TABLE flights"], 1, /^boathouse: Cannot /],
  ["SQL that reads a file", ["lake", "sql", "SELECT * FROM read_text('/etc/passwd')"], 1, /^boathouse: Cannot /],
])("boathouse refuses %s in one line", async (_name, args, code, message, options) => {
  const result = await run(args, options);
  expect(result).toMatchObject({ code, out: "" });
  expect(result.lines).toHaveLength(1);
  expect(result.lines[0]).toMatch(message);
});

test("start says in one line that its port is taken", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const result = await run(["start", "--role", "serving"], { env: { BOATHOUSE_LISTEN_SERVING: `127.0.0.1:${port}` } });
  expect(result.code).toBe(1);
  expect(result.lines.at(-1)).toMatch(new RegExp(`^boathouse: .*${port}`));
});

test("--json prints one JSON document", async () => {
  const result = await run(["lake", "tables", "--json"]);
  expect(result.code).toBe(0);
  expect(JSON.parse(result.out)).toEqual([]);
});

test("bus publish, lake ingest and lake sql carry a record through", async () => {
  const cwd = await Deno.makeTempDir();
  await Deno.writeTextFile(`${cwd}/boathouse.yaml`, "");
  await Deno.writeTextFile(`${cwd}/rides.ndjson`, '{"line":"U1","late":3}\n{"line":"U2","late":0}\n');
  const verb = async (...args: string[]) => {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, ...args, "--json"],
      cwd,
    }).output();
    expect(code).toBe(0);
    return JSON.parse(new TextDecoder().decode(stdout));
  };
  expect(await verb("bus", "publish", "rides", "rides.ndjson", "--key", "line")).toEqual({
    topic: "rides",
    records: 2,
  });
  expect(await verb("lake", "ingest")).toMatchObject([{ topic: "rides", rows: 2, rejected: 0 }]);
  expect(await verb("lake", "sql", "SELECT _key, value->>'late' AS late FROM rides ORDER BY 1")).toEqual([
    { _key: "U1", late: "3" },
    { _key: "U2", late: "0" },
  ]);
});
