import { expect, test } from "vitest";
import { limitsOf, readLimits } from "./limits.ts";

const readPermissions = (args: string[]) => readLimits(args).permissions;
const narrowPermissions = (permissions: string[], text: string) => limitsOf({ permissions }, text).permissions;
const notebook = (permissions: unknown) => JSON.stringify({ cells: [], metadata: { boathouse: { permissions } } });

test("readLimits() takes flags one by one or together, and all where there are none", () => {
  expect(readPermissions([])).toEqual(["-A"]);
  expect(readPermissions(["--permissions=--allow-read=. --allow-net"])).toEqual(["--allow-read=.", "--allow-net"]);
  expect(readPermissions(["--permissions=-R=/my data", "--permissions=--deny-env"])).toEqual([
    "-R=/my data",
    "--deny-env",
  ]);
  expect(readPermissions(["--permissions="])).toEqual([]);
});

test.each([
  [
    ["--permission=-A"],
    `Cannot start kernel as its arguments must be --permissions=FLAGS or --memory=MB: got "--permission=-A"`,
  ],
  [["--memory"], `--memory=MB: got "--memory"`],
  [["--memory=1 GB"], `must be a whole number of MB from 64 to 1,048,576: got "1 GB"`],
  [["--memory=16"], `got "16"`],
  [["--permissions=--import-map=x"], `flags of "deno run" such as --allow-read=.: got "--import-map=x"`],
  [["--permissions=-A evil"], `got "-A evil"`],
  [["--permissions=-A --v8-flags=--x"], `got "--v8-flags=--x"`],
  [["--permissions=--allow-all-of-it"], `got "--allow-all-of-it"`],
])("readLimits() refuses %j", (args, message) => {
  expect(() => readPermissions(args)).toThrow(RangeError);
  expect(() => readPermissions(args)).toThrow(message);
});

test("limitsOf() lets a notebook narrow a kernel that allows all, and no other", () => {
  expect(narrowPermissions(["-A"], notebook(["--allow-read=."]))).toEqual(["--allow-read=."]);
  expect(narrowPermissions(["--allow-all", "--deny-run"], notebook(["--allow-read"]))).toEqual([
    "--allow-read",
    "--deny-run",
  ]);
  expect(narrowPermissions(["-A"], notebook([]))).toEqual([]);
  expect(narrowPermissions(["--allow-net"], notebook(["-A"]))).toEqual(["--allow-net"]);
  for (const text of ["", "{}", notebook(undefined), `{"cells": ["permissions"]}`]) {
    expect(narrowPermissions(["-A"], text)).toEqual(["-A"]);
  }
});

test("limitsOf() refuses what is no list of permission flags", () => {
  const narrow = (permissions: unknown) => () => narrowPermissions(["-A"], notebook(permissions));
  expect(narrow("--allow-read")).toThrow(
    new TypeError(
      `Cannot run cells as metadata.boathouse.permissions of the notebook must be a list of flags: got "--allow-read"`,
    ),
  );
  expect(narrow([1])).toThrow(TypeError);
  expect(narrow(["--preload=evil.ts"])).toThrow(RangeError);
  expect(narrow(["--allow-read", "main.ts"])).toThrow(`got "main.ts"`);
});

test("readLimits() takes the memory beside permissions", () => {
  expect(readLimits(["--memory=512"])).toEqual({ permissions: ["-A"], memoryMb: 512 });
  expect(readLimits(["--permissions=--allow-net", "--memory=64"])).toEqual({
    permissions: ["--allow-net"],
    memoryMb: 64,
  });
});

test("limitsOf() lets a notebook say how much memory it may use where nobody else does", () => {
  const text = JSON.stringify({ cells: [], metadata: { boathouse: { memoryMb: 512 } } });
  expect(limitsOf({ permissions: ["-A"] }, text)).toEqual({ permissions: ["-A"], memoryMb: 512 });
  expect(limitsOf({ permissions: ["--allow-net"] }, text)).toEqual({ permissions: ["--allow-net"], memoryMb: 512 });
  expect(limitsOf({ permissions: ["-A"], memoryMb: 256 }, text)).toEqual({ permissions: ["-A"], memoryMb: 256 });
});

test.each([0, "512 MB", null, {}, -1])("limitsOf() refuses %j as memory", (memoryMb) => {
  const text = JSON.stringify({ cells: [], metadata: { boathouse: { memoryMb } } });
  expect(() => limitsOf({ permissions: ["-A"] }, text)).toThrow(
    new RangeError(
      `Cannot limit cells as metadata.boathouse.memoryMb of the notebook must be a whole number of MB from 64 to 1,048,576: got ${
        JSON.stringify(memoryMb)
      }`,
    ),
  );
});
