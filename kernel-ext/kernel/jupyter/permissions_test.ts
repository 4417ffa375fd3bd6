import { expect, test } from "vitest";
import { narrowPermissions, readPermissions } from "./permissions.ts";

const notebook = (permissions: unknown) => JSON.stringify({ cells: [], metadata: { boathouse: { permissions } } });

test("readPermissions() takes flags one by one or together, and all where there are none", () => {
  expect(readPermissions([])).toEqual(["-A"]);
  expect(readPermissions(["--permissions=--allow-read=. --allow-net"])).toEqual(["--allow-read=.", "--allow-net"]);
  expect(readPermissions(["--permissions=-R=/my data", "--permissions=--deny-env"])).toEqual([
    "-R=/my data",
    "--deny-env",
  ]);
  expect(readPermissions(["--permissions="])).toEqual([]);
});

test.each([
  [["--permission=-A"], `Cannot start kernel as its arguments must be --permissions=FLAGS: got "--permission=-A"`],
  [["--permissions=--import-map=x"], `flags of "deno run" such as --allow-read=.: got "--import-map=x"`],
  [["--permissions=-A evil"], `got "-A evil"`],
  [["--permissions=-A --v8-flags=--x"], `got "--v8-flags=--x"`],
  [["--permissions=--allow-all-of-it"], `got "--allow-all-of-it"`],
])("readPermissions() refuses %j", (args, message) => {
  expect(() => readPermissions(args)).toThrow(RangeError);
  expect(() => readPermissions(args)).toThrow(message);
});

test("narrowPermissions() lets a notebook narrow a kernel that allows all, and no other", () => {
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

test("narrowPermissions() refuses what is no list of permission flags", () => {
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
