/**
 * `deno doc --lint` over every face, all at once so that they know each other's types. Left out: `plot`, which hands on
 * Observable Plot's own declarations, and the root face, which hands on zod's; what they add is documented below them.
 * `papermill` is a package of Python.
 */
const LEFT_OUT = ["lib/plot/mod.ts", "kernel-ext/papermill/mod.ts"];

function faces(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory).map(({ name }) =>
    `${folder}/${name}/mod.ts`
  );
}

const files = ["lib", "server", "kernel-ext"].flatMap(faces).filter((file) => !LEFT_OUT.includes(file)).sort();
const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: ["doc", "--lint", ...files] }).output();
if (code !== 0) console.error(new TextDecoder().decode(stderr));
Deno.exit(code);
