/**
 * `boathouse notebook verify` of 100 notebooks of 30 cells, start included: as they ran, fresh but written in another way, with a
 * module changed, edited at the top. Beside it a bare Deno that reads and parses the same files, and nbformat of Jupyter where that can be had.
 */
import { pythonEnv } from "../../_tools/peers/python.ts";
import { MANY_FILES, ranNotebook } from "./testdata/many.ts";

const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const [NOTEBOOKS, RUNS] = [100, 5];
const folder = await Deno.makeTempDir({ prefix: "boathouse-bench-" });

async function medianMs(program: string, args: string[], expected = 0): Promise<number> {
  const spent: number[] = [];
  for (let index = 0; index <= RUNS; index++) {
    const start = performance.now();
    const { code, stderr } = await new Deno.Command(program, { args, cwd: folder, stdout: "null" }).output();
    if (code !== expected) throw new Error(`Cannot measure ${program} (${code}): ${new TextDecoder().decode(stderr)}`);
    // The first run warms the caches of the disk and of Deno.
    if (index > 0) spent.push(performance.now() - start);
  }
  return spent.sort((a, b) => a - b)[RUNS >> 1]!;
}

function print(name: string, value: number, unit = "ms", against: object = {}): void {
  console.log(JSON.stringify({ name, value, unit, ...against }));
}

/** Changes each notebook as it lies on the disk. */
async function edit(change: (text: string) => string): Promise<void> {
  for (let index = 0; index < NOTEBOOKS; index++) {
    const path = `${folder}/notebooks/${index}.ipynb`;
    await Deno.writeTextFile(path, change(await Deno.readTextFile(path)));
  }
}

const BARE = `let cells = 0;
for (const { name } of Deno.readDirSync("notebooks")) {
  if (name.endsWith(".ipynb")) cells += JSON.parse(Deno.readTextFileSync("notebooks/" + name)).cells.length;
}
console.log(cells);`;
const NBFORMAT = `import glob, nbformat
print(sum(len(nbformat.read(path, as_version=4).cells) for path in glob.glob("notebooks/*.ipynb")))`;

async function peerMs(): Promise<number | null> {
  try {
    return await medianMs(await pythonEnv("nbdime", ["nbdime==4.0.4"]), ["-c", NBFORMAT]);
  } catch (error) {
    console.error((error as Error).message);
    return null;
  }
}

try {
  await Deno.mkdir(`${folder}/notebooks`);
  for (const [name, text] of Object.entries(MANY_FILES)) await Deno.writeTextFile(`${folder}/${name}`, text);
  let size = 0;
  for (let index = 0; index < NOTEBOOKS; index++) {
    const text = await ranNotebook(index, folder);
    size += text.length;
    await Deno.writeTextFile(`${folder}/notebooks/${index}.ipynb`, text);
  }
  await Deno.writeTextFile(`${folder}/bare.ts`, BARE);
  print("size of all notebooks", size / 1e6, "MB");
  const bare = await medianMs(Deno.execPath(), ["run", "-A", "--no-config", "--no-lock", "bare.ts"]);
  print("the floor: a bare Deno that reads and parses them, p50", bare);
  const nbformat = await peerMs();
  if (nbformat !== null) print("nbformat.read of them, p50", nbformat);
  const against = (ms: number) => ({
    ratio: ms / (nbformat ?? bare),
    peer: nbformat === null ? "a bare Deno" : "nbformat.read",
  });
  const verify = async (name: string, expected: number) => {
    const ms = await medianMs(Deno.execPath(), ["run", "-A", `${ROOT}/boathouse.ts`, "notebook", "verify"], expected);
    print(`notebook verify of ${NOTEBOOKS} x 30 cells, ${name}, p50`, ms, "ms", against(ms));
  };
  await verify("all fresh", 0);
  await edit((text) => text.replace("const until", "const  until"));
  await verify("fresh but for white space", 0);
  await Deno.writeTextFile(`${folder}/notebooks/figures.ts`, "export const other = 1;", { append: true });
  await verify("stale by a module", 1);
  await edit((text) => text.replace('until = \\"2001-05-01', 'until = \\"2001-06-01'));
  await verify("edited at the top", 1);
} finally {
  await Deno.remove(folder, { recursive: true });
}
