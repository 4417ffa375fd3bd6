import { expect, test } from "vitest";
import { startMlServer } from "../../../_tools/peers/mlserver.ts";
import { requirePeer } from "../../../_tools/peers/python.ts";
import { setup } from "../_test_models.ts";
import type { ModelSignature } from "../signature.ts";

/** One model takes a matrix and is described; the other takes columns, as a data frame, and is not. */
const MODELS = `
import json, os, sys, joblib, numpy, pandas
from sklearn.linear_model import LinearRegression, LogisticRegression
random = numpy.random.default_rng(7)
rows = pandas.DataFrame(random.normal(size=(1500, 3)) * [1000 / 3, 24, 1 / 7], columns=["km", "hour", "load"])
minutes = rows.to_numpy() @ [2.0, -1.0, 0.5] + 3
late = numpy.where(minutes > 0, "late", "early")
kinds = {
  "minutes": (LinearRegression().fit(rows.to_numpy(), minutes), {
    "inputs": [{"name": "X", "datatype": "FP64", "shape": [-1, 3]}],
    "outputs": [{"name": "predict", "datatype": "FP64", "shape": [-1, 1]}]}),
  "late": (LogisticRegression(max_iter=1000).fit(rows, late), {}),
}
for name, (model, described) in kinds.items():
  folder = f"{sys.argv[1]}/{name}"
  os.mkdir(folder)
  joblib.dump(model, f"{folder}/model.joblib")
  settings = {"name": name, "implementation": "mlserver_sklearn.SKLearnModel", **described,
              "parameters": {"uri": "./model.joblib", "version": "v1"}}
  json.dump(settings, open(f"{folder}/model-settings.json", "w"))
print(json.dumps({"rows": rows.to_dict("records"), "minutes": kinds["minutes"][0].predict(rows.to_numpy()).tolist(),
                  "late": kinds["late"][0].predict_proba(rows).tolist()}))
`;

test("a model of MLServer answers as scikit-learn does, by a matrix and by columns", async (context) => {
  await using server = await requirePeer(context, () => startMlServer(MODELS));
  const { rows, minutes, late } = JSON.parse(server.printed);
  await using bench = await setup();
  const inputs: ModelSignature["inputs"] = ["km", "hour", "load"].map((name) => ({ name, type: "double" }));
  const url = server.url, example = rows[0];
  const of = (name: string): ModelSignature => ({ inputs, outputs: [{ name, type: "double" }] });
  await bench.models.log("minutes", {
    oip: { url, model: "minutes", version: "v1", matrix: "X" },
    example,
    signature: of("predict"),
  });
  await bench.models.log("late", {
    oip: { url, model: "late", parameters: { content_type: "pd" } },
    example,
    signature: of("predict_proba"),
  });
  const ours = await (await bench.models.load("minutes@1")).predict(rows);
  expect(ours).toHaveLength(1500);
  expect(Math.max(...ours.map((value, row) => Math.abs(value - minutes[row])))).toBeLessThanOrEqual(1e-9);
  const chances = await (await bench.models.load<number[]>("late@1")).predict(rows);
  expect(chances.map((pair) => pair.length)).toEqual(Array(1500).fill(2));
  expect(Math.max(...chances.flat().map((value, i) => Math.abs(value - late.flat()[i])))).toBeLessThanOrEqual(1e-9);

  const log = (oip: Record<string, string>, signature: ModelSignature) =>
    bench.models.log("odd", { oip: { url, model: "minutes", ...oip }, example, signature });
  await expect(log({ model: "none" }, of("predict"))).rejects.toThrow("/v2/models/none must answer");
  await expect(log({ version: "v9" }, of("predict"))).rejects.toThrow(
    "got 404: Model minutes with version v9 not found",
  );
  await expect(log({}, of("predict"))).rejects.toThrow('its input "km" must be there: got "X"');
  await expect(log({ matrix: "X" }, of("minutes"))).rejects.toThrow(
    'its output "minutes" must be there: got "predict"',
  );
  const late3 = { model: "late", matrix: "X" };
  await expect(log(late3, of("none"))).rejects.toThrow(/Cannot predict with "odd" as .*none/);
}, 300_000);
