/**
 * `deno doc --lint` over every face, all at once so that they know each other's types. Left out: `plot`, which hands on
 * Observable Plot's own declarations, and the root face, which hands on zod's; what they add is documented below them.
 */
const HANDS_ON_OTHERS = ["lib/plot/mod.ts"];

function faces(folder: string): string[] {
  return [...Deno.readDirSync(folder)].filter((entry) => entry.isDirectory).map(({ name }) =>
    `${folder}/${name}/mod.ts`
  );
}

const files = ["lib", "server", "kernel-ext"].flatMap(faces).filter((file) => !HANDS_ON_OTHERS.includes(file)).sort();
const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: ["doc", "--lint", ...files] }).output();
if (code !== 0) console.error(new TextDecoder().decode(stderr));
Deno.exit(code);
