import { join } from "node:path";

/** A workbench in a temporary folder, for tests. */
export interface TempWorkbench extends AsyncDisposable {
  root: string;
  /** Folder of its notebooks. */
  cwd: string;
  write(path: string, text: string): Promise<void>;
}

/** Makes a workbench whose `boathouse` hands out what the child gives to `open`. */
export async function makeWorkbench(): Promise<TempWorkbench> {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "boathouse-kernel-" }));
  const cwd = join(root, "notebooks");
  await Deno.mkdir(cwd);
  const write = (path: string, text: string) => Deno.writeTextFile(join(root, path), text);
  await write("deno.json", `{ "imports": { "boathouse": "./boathouse.ts" } }`);
  await write("boathouse.ts", BOATHOUSE);
  return { root, cwd, write, [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }) };
}

const BOATHOUSE = `
const given = (name: string): any => (globalThis as any)[Symbol.for("Boathouse." + name)];
export const root = given("root");
export const pin = given("pin");
export const read = (input: unknown) => given("recorder").read(input);
export const wrote = (output: unknown) => given("recorder").wrote(output);
export const unproven = (kind: string) => given("recorder").unproven(kind);
`;
