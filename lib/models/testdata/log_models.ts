import { openStore } from "../../store/mod.ts";
import { buildOnnx } from "../onnx/build_onnx.ts";
import { openModels } from "../models.ts";

const dir = Deno.args[0]!;
const store = await openStore({ kind: "directory", dir });
await using models = await openModels({ store, dir: `${dir}/registry` });
for (let i = 0; i < 10; i++) {
  await models.log("delay", { onnx: buildOnnx({ intercept: i, slopes: { distance: 1 } }), example: { distance: 1 } });
}
