import { expect, test } from "vitest";
import { readConnectionFile } from "./connection_file.ts";

const GOOD = {
  ip: "127.0.0.1",
  transport: "tcp",
  key: "secret",
  signature_scheme: "hmac-sha256",
  shell_port: 1,
  iopub_port: 2,
  stdin_port: 3,
  control_port: 4,
  hb_port: 5,
  kernel_name: "boathouse",
};
const read = (changes: object) => readConnectionFile(JSON.stringify({ ...GOOD, ...changes }), "c.json");

test("readConnectionFile() reads transport, address, key and ports", () => {
  expect(read({})).toEqual({
    transport: "tcp",
    ip: "127.0.0.1",
    key: "secret",
    ports: { shell: 1, iopub: 2, stdin: 3, control: 4, hb: 5 },
  });
  expect(read({ key: "", signature_scheme: undefined }).key).toBe("");
});

test.each<[object, typeof Error, string]>([
  [{ transport: "inproc" }, RangeError, `"transport" must be tcp or ipc: got "inproc"`],
  [{ signature_scheme: "hmac-md5" }, RangeError, `"signature_scheme" must be hmac-sha256: got "hmac-md5"`],
  [{ key: 5 }, TypeError, `"key" must be text: got 5`],
  [{ ip: null }, TypeError, `"ip" must be text: got null`],
  [{ hb_port: 70_000 }, TypeError, `"hb_port" must be a port, from 1 to 65535: got 70000`],
  [{ shell_port: "1" }, TypeError, `"shell_port" must be a port, from 1 to 65535: got "1"`],
])("readConnectionFile() refuses %j", (changes, kind, message) => {
  expect(() => read(changes)).toThrow(kind);
  expect(() => read(changes)).toThrow(`Cannot use connection file "c.json" as ${message}`);
});

test("readConnectionFile() refuses what is no JSON object", () => {
  expect(() => readConnectionFile("{", "c.json")).toThrow(SyntaxError);
  expect(() => readConnectionFile("[]", "c.json")).toThrow(
    new TypeError(`Cannot use connection file "c.json" as it must be a JSON object: it is something else`),
  );
});
