/** What an editor waits for in a notebook that imports polars, Plot and the library: each question after an edit. */
import { residentBytes } from "../../_tools/process_tree.ts";
import { openLanguage } from "./mod.ts";

const root = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");
const [WARM, TIMES] = [5, 20];

function print(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value, unit }));
}

async function measure(name: string, ask: (index: number) => Promise<unknown>): Promise<void> {
  const spent: number[] = [];
  for (let index = 0; index < WARM + TIMES; index++) {
    const start = performance.now();
    await ask(index);
    spent.push(performance.now() - start);
  }
  const sorted = spent.slice(WARM).sort((a, b) => a - b);
  print(`${name}, p50`, sorted[TIMES >> 1]!, "ms");
  print(`${name}, worst of ${TIMES}`, sorted.at(-1)!, "ms");
}

await using language = openLanguage({ root, cwd: `${root}/notebooks/flights` });
language.ran(
  "imports",
  `import pl from "nodejs-polars";\nimport { open } from "boathouse";\nimport * as Plot from "boathouse/plot";
const { lake } = await open();`,
);
language.ran("frame", "const frame = pl.DataFrame({ delay: [1, 2], route: ['a', 'b'] });");
const before = new Set(residentBytes(Deno.pid).keys());
const start = performance.now();
await language.complete("frame.he", 8);
print("first answer, start of the server included", performance.now() - start, "ms");
const edited = (index: number, end: string) => `const edit${index} = ${index};\n${end}`;
const completeAt = (text: string) => language.complete(text, text.length);
await measure("completion of a frame after an edit", (index) => completeAt(edited(index, "frame.he")));
await measure("completion of a name after an edit", (index) => completeAt(edited(index, "fra")));
await measure("completion of a plot's options after an edit", (index) => completeAt(edited(index, "Plot.plot({ mar")));
await measure("completion in a text that is known", () => completeAt("frame.he"));
await measure("diagnostics of an edited cell", (index) => {
  return language.diagnose("asked", edited(index, "const late: string = frame.filter(pl.col('delay').gt(0)).height;"));
});
await measure("documentation after an edit", (index) => {
  const text = edited(index, "frame.groupBy");
  return language.inspect(text, text.length - 3);
});
const servers = [...residentBytes(Deno.pid)].filter(([pid]) => !before.has(pid));
print("memory of the server", servers.reduce((sum, [, bytes]) => sum + bytes, 0) / 2 ** 20, "MiB");
