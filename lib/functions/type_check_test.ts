import { join } from "node:path";
import { expect, test } from "vitest";
import { sliceCells } from "../cells/mod.ts";
import { declareLibrary } from "./declared_library.ts";
import { typeCheck } from "./type_check.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

const HEAD = `import { defineFunction, z } from "boathouse";
import { twice } from "./twice.ts";`;

function check(run: string, { folder, root = ROOT }: { folder: string; root?: string }): Promise<void> {
  const source = `export const f = defineFunction({
  input: z.object({ x: z.number() }),
  output: z.object({ y: z.number() }),
  run: ${run},
});`;
  return typeCheck(sliceCells([{ id: "a", source: HEAD }, { id: "b", source }], "f"), folder, root);
}

async function temporary(): Promise<{ dir: string } & AsyncDisposable> {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(join(dir, "twice.ts"), "export const twice = (x: number): number => 2 * x;\n");
  return { dir, [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }) };
}

test("typeCheck() accepts a function of the library with a local module", async () => {
  await using folder = await temporary();
  await check("({ x }) => ({ y: twice(x) })", { folder: folder.dir });
}, 180_000);

test("typeCheck() finds an error against the library's own types, with cell and line", async () => {
  await using folder = await temporary();
  await expect(check("({ x }) => ({ y: `${twice(x)}` })", { folder: folder.dir })).rejects.toThrow(
    /^Cannot promote the function as its type check failed in cell "b" line [1-4]: TS2322 .*string.*number/,
  );
}, 180_000);

test(
  "declareLibrary() leads the library's names to declarations that hold by themselves, all others where they led",
  async () => {
    await using folder = await temporary();
    const path = await declareLibrary(ROOT, join(folder.dir, "library"));
    const { imports } = JSON.parse(await Deno.readTextFile(path!)) as { imports: Record<string, string> };
    expect(imports["boathouse"]).toBe(`file://${folder.dir}/library${ROOT}/lib/mod.ts`);
    expect(imports["zod"]).toMatch(/^npm:zod@/);
    expect(imports["zod/"]).toMatch(/^npm:\/zod@.*\/$/);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "check",
        "--quiet",
        "--config",
        join(ROOT, "deno.json"),
        "--import-map",
        path!,
        new URL(imports["boathouse"]!).pathname,
      ],
    }).output();
    expect(new TextDecoder().decode(stderr)).toBe("");
    expect(code).toBe(0);
  },
  60_000,
);

test("declareLibrary() writes nothing where the library is no local module", async () => {
  await using folder = await temporary();
  await Deno.writeTextFile(join(folder.dir, "deno.json"), `{"imports": {"boathouse": "npm:boathouse@1"}}`);
  expect(await declareLibrary(folder.dir, join(folder.dir, "library"))).toBeNull();
});
