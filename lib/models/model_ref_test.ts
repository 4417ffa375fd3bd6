import fc from "fast-check";
import { expect, test } from "vitest";
import { checkLogName, parseModelRef } from "./model_ref.ts";

test("parseModelRef() tells versions from aliases", () => {
  expect(parseModelRef("flight-delay@12")).toEqual({ name: "flight-delay", selector: "12", isAlias: false });
  expect(parseModelRef("flight-delay@champion")).toEqual({ name: "flight-delay", selector: "champion", isAlias: true });
  expect(parseModelRef("of Python's@1st")).toEqual({ name: "of Python's", selector: "1st", isAlias: true });
});

for (
  const ref of [
    "",
    "@",
    "@1",
    "a",
    "a@",
    "a@b c",
    "a/b@1",
    "a:b@1",
    "a@b/c",
    "models:/a@b",
    "a@é",
    "a@1\n",
    "a@1@2",
    "a@02",
    "a@00",
  ]
) {
  test(`parseModelRef() refuses ${JSON.stringify(ref)}`, () => {
    expect(() => parseModelRef(ref)).toThrow(TypeError);
    expect(() => parseModelRef(ref)).toThrow(
      `Cannot find model ${JSON.stringify(ref)} as a model is named name@version`,
    );
  });
}

test("parseModelRef() reads back every name that log() takes", () => {
  const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/);
  fc.assert(fc.property(names, fc.nat(), (name, version) => {
    checkLogName(name);
    expect(parseModelRef(`${name}@${version}`)).toEqual({ name, selector: String(version), isAlias: false });
  }));
});

for (const name of ["", "-a", ".a", "a b", "a/b", "a@b", "ä", "a\n", "a".repeat(129)]) {
  test(`checkLogName() refuses ${JSON.stringify(name).slice(0, 20)}`, () => {
    expect(() => checkLogName(name)).toThrow(RangeError);
    expect(() => checkLogName(name)).toThrow(
      `must be at most 128 letters, digits, ".", "_" and "-": got ${JSON.stringify(name)}`,
    );
  });
}
