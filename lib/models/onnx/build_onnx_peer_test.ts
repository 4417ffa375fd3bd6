import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../../_tools/peers/python.ts";
import { buildOnnx } from "./build_onnx.ts";
import { readFeeds } from "../load/feeds.ts";
import { openOnnx } from "../load/onnx_session.ts";

const PACKAGES = ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.32.0"];

const PROGRAM = `
import json, sys
import numpy, onnx, onnxruntime
path, rows = sys.argv[1], json.load(open(sys.argv[2]))
onnx.checker.check_model(onnx.load(path), full_check=True)
types = {"tensor(double)": numpy.float64, "tensor(int64)": numpy.int64, "tensor(string)": object}
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
feeds = {i.name: numpy.array([row[i.name] for row in rows], dtype=types[i.type]) for i in session.get_inputs()}
print(json.dumps({"names": [o.name for o in session.get_outputs()], "answers": session.run(None, feeds)[0].tolist()}))
`;

const SPEC = {
  intercept: 6.5,
  slopes: { distance: 0.0123, hour: -0.75 },
  effects: {
    hour: new Map(Array.from({ length: 24 }, (_, hour) => [hour, Math.sin(hour) * 9])),
    id: new Map([[Number.MAX_SAFE_INTEGER, 1 / 3], [-5, 1e-7]]),
    route: new Map([["ORD-LGA", 3.25], ["Zürich-東京", -1.5], ["", 0.125]]),
  },
  unknown: { route: -2.5 },
  output: "minutes",
};
const ROWS = Array.from({ length: 300 }, (_, i) => ({
  distance: i * 7.77,
  hour: i % 26,
  id: [Number.MAX_SAFE_INTEGER, -5, i][i % 3],
  route: ["ORD-LGA", "Zürich-東京", "", "XXX-YYY"][i % 4],
}));

test("buildOnnx() passes ONNX's checker, and Python's onnxruntime gives the same answers", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("onnx", PACKAGES));
  const dir = Deno.makeTempDirSync();
  const onnx = buildOnnx(SPEC);
  Deno.writeFileSync(`${dir}/model.onnx`, onnx);
  Deno.writeTextFileSync(`${dir}/rows.json`, JSON.stringify(ROWS));
  const peer = JSON.parse(await runPython(python, PROGRAM, [`${dir}/model.onnx`, `${dir}/rows.json`]));
  await using session = await openOnnx(onnx, "model");
  const ours = await session.run(readFeeds("model", session.inputs, ROWS), ["minutes"]) as number[];
  expect(peer.names).toEqual(["minutes"]);
  expect(peer.answers).toHaveLength(300);
  expect(Math.max(...ours.map((answer, row) => Math.abs(answer - peer.answers[row])))).toBeLessThanOrEqual(1e-9);
}, 300_000);
