/** Logs each of some contents four times at once, each when a byte comes from standard input. */
import { openStore } from "../../../store/mod.ts";
import { openModels } from "../../models.ts";
import { buildOnnx } from "../../onnx/build_onnx.ts";

const [dir, url] = Deno.args as [string, string?];
const store = await openStore({ kind: "directory", dir });
await using models = await openModels({ store, dir: `${dir}/registry`, ...(url && { remote: { url, login: null } }) });
const log = (intercept: number) =>
  models.log("delay", { onnx: buildOnnx({ intercept, slopes: { distance: 1 } }), example: { distance: 1 } });
await log(0); // everything is loaded
for (let content = 0; (await Deno.stdin.read(new Uint8Array(1))) !== null; content++) {
  const found = await Promise.all(Array.from({ length: 4 }, () => log(content)));
  console.log(JSON.stringify(found.map(({ version }) => version)));
}
