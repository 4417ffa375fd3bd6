import { expect, test } from "vitest";
import { pythonEnv, requirePeer, runPython } from "../../_tools/peers/python.ts";
import { buildOnnx } from "../../lib/models/mod.ts";
import { KEY, openTestWorkbench } from "./_test_workbench.ts";
import { startServing } from "./start_serving.ts";

/** What NVIDIA's client of the protocol sees. */
const PROGRAM = `
import json, sys
import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

client = http.InferenceServerClient(sys.argv[1])
out = {
  "live": client.is_server_live(),
  "ready": client.is_server_ready(),
  "server": client.get_server_metadata(),
  "model_ready": [client.is_model_ready("delay"), client.is_model_ready("delay", "1"), client.is_model_ready("nope")],
  "metadata": client.get_model_metadata("delay", "1"),
}
rows = 1000
hour = http.InferInput("hour", [rows], "FP64")
hour.set_data_from_numpy(np.arange(rows, dtype=np.float64), binary_data=False)
km = http.InferInput("km", [rows, 1], "FP64")
km.set_data_from_numpy(np.ones((rows, 1)), binary_data=False)
name = out["metadata"]["outputs"][0]["name"]
wanted = [http.InferRequestedOutput(name, binary_data=False)]
asked = client.infer("delay", [hour, km], model_version="1", outputs=wanted, request_id="mine")
plain = client.infer("delay", [hour, km])
out["id"] = asked.get_response()["id"]
out["dtype"] = str(asked.as_numpy(name).dtype)
out["equal"] = bool(np.array_equal(asked.as_numpy(name), 1 + 0.5 * np.arange(rows) + 0.25))
out["plain"] = bool(np.array_equal(plain.as_numpy(name), asked.as_numpy(name)))
def refused(work):
  try:
    work()
    return "answered"
  except InferenceServerException as error:
    return f"{error.status()}: {error.message()}"
wrong = http.InferInput("hour", [rows], "FP32")
wrong.set_data_from_numpy(np.arange(rows, dtype=np.float32), binary_data=False)
binary = http.InferInput("hour", [rows], "FP64")
binary.set_data_from_numpy(np.arange(rows, dtype=np.float64), binary_data=True)
out["refused"] = [
  refused(lambda: client.infer("delay", [wrong, km])),
  refused(lambda: client.infer("delay", [hour])),
  refused(lambda: client.infer("delay", [binary, km])),
  refused(lambda: client.infer("delay", [hour, km], model_version="2")),
  refused(lambda: client.get_model_metadata("secret")),
]
print(json.dumps(out))
`;

test(
  "NVIDIA's client of the Open Inference Protocol gets its answers, and understands what is refused",
  async (context) => {
    const python = await requirePeer(context, () => pythonEnv("tritonclient", ["tritonclient[http]==2.73.0"]));
    await using workbench = await openTestWorkbench();
    for (const name of ["delay", "secret"]) {
      const onnx = buildOnnx({ intercept: 1, slopes: { hour: 0.5, km: 0.25 } });
      await workbench.models.log(name, { onnx, example: { hour: 3, km: 1 } });
    }
    await workbench.promoteModel("delay@1");
    const stop = new AbortController();
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const ended = startServing({ settings: workbench.settings, key: KEY, signal: stop.signal, onReady: resolve });
    ended.catch(reject);
    const url = await promise;
    try {
      const seen = JSON.parse(await runPython(python, PROGRAM, [new URL(url).host]));
      const column = (name: unknown) => ({ name, datatype: "FP64", shape: [-1] });
      expect(seen).toEqual({
        live: true,
        ready: true,
        server: { name: "boathouse", version: expect.any(String), extensions: [] },
        model_ready: [true, true, false],
        metadata: expect.objectContaining({
          name: "delay",
          versions: ["1"],
          inputs: [column("hour"), column("km")],
          outputs: [column(expect.any(String))],
        }),
        id: "mine",
        dtype: "float64",
        equal: true,
        plain: true,
        refused: [
          '400: Input "hour" must be of datatype FP64: got FP32',
          '400: Input "km" is missing: model "delay@1" takes hour (FP64), km (FP64)',
          expect.stringMatching(/^400: Tensors must be JSON: binary ones are not in this version/),
          expect.stringMatching(/^404: Model "delay@2" is not served, as version 1 is promoted/),
          expect.stringMatching(/^404: Model "secret" is not promoted, promoted are delay/),
        ],
      });
    } finally {
      stop.abort();
      await ended;
    }
  },
  300_000,
);
