/** Writes the golden files anew: `deno run -A lib/plot/testdata/write_goldens.ts`; look at them before a commit. */
import { FIGURES } from "./figures.ts";

for (const [name, draw] of Object.entries(FIGURES)) {
  await Deno.writeTextFile(new URL(`./${name}.svg`, import.meta.url), `${draw()}\n`);
}
