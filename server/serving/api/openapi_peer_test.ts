import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "../../../_tools/peers/install.ts";
import { pythonEnv, requirePeer, runPython } from "../../../_tools/peers/python.ts";
import { serve } from "../_test_node.ts";
import { fillFlights, openTestWorkbench, type TestWorkbench } from "../_test_workbench.ts";

const PACKAGES = [
  "cloudevents==2.2.0",
  "openapi-python-client==0.29.1",
  "openapi-spec-validator==0.9.0",
  "requests",
  "schemathesis==4.32.5",
];

async function openFlights(): Promise<TestWorkbench> {
  const workbench = await openTestWorkbench();
  await fillFlights(workbench);
  await workbench.promoteModel("flight-delay@1");
  const tree = { type: "object", properties: { below: { type: "array", items: { $ref: "#/$defs/tree" } } } };
  const input = { type: "object", properties: { root: { $ref: "#/$defs/tree" } }, $defs: { tree } };
  await workbench.promote("climb", { body: "return { minutes: 1 };", input });
  return workbench;
}

/** What a consumer in Python does with the generated package. */
const CONSUMER = `
import json, sys
sys.path.insert(0, sys.argv[1])
from boathouse_client import Client
from boathouse_client.api.endpoints import ask_flight_delay, ask_flight_delay_in_batch, find_decision
from boathouse_client.api.events import publish_labels
from boathouse_client.api.functions import try_average_delay
from boathouse_client.models import FlightDelayInput, FunctionAverageDelayInput, Label, Problem
import time

client = Client(base_url=sys.argv[2])
body = FlightDelayInput(route="R1", hour=4)
answer = ask_flight_delay.sync(client=client, body=body, idempotency_key="order-7", boathouse_budget_ms=9000.0)
again = ask_flight_delay.sync_detailed(client=client, body=body, idempotency_key="order-7")
refused = ask_flight_delay.sync(client=client, body=FlightDelayInput(route="R1", hour=99))
batch = ask_flight_delay_in_batch.sync(client=client, body=[body, FlightDelayInput(route="R2", hour=99)])
tried = try_average_delay.sync(client=client, body=FunctionAverageDelayInput(route="R1", hour=4))
taken = publish_labels.sync(client=client, body=Label(decision=answer.decision.id if isinstance(answer.decision.id, str) else str(answer.decision.id), value=3))
for _ in range(300):
  found = find_decision.sync(client=client, id=answer.decision.id)
  if not isinstance(found, Problem): break
  time.sleep(0.1)
print(json.dumps({
  "minutes": answer.output.minutes,
  "variant": answer.decision.variant,
  "same": str(answer.decision.id) == str(again.parsed.decision.id),
  "offset": again.headers["boathouse-config-offset"],
  "refused": [type(refused).__name__, refused.status, refused.errors[0].pointer],
  "batch": [type(each).__name__ for each in batch.results],
  "tried": tried.output.minutes,
  "taken": taken.to_dict(),
  "found": [found.decision, found.output["minutes"], len(found.labels)],
}))
`;

test("openApiDocument() is valid, and a client generated from it asks, tries, labels and looks up", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("openapi", PACKAGES));
  await using workbench = await openFlights();
  await using node = await serve(workbench);
  const dir = await Deno.makeTempDir();
  const file = join(dir, "openapi.json");
  await Deno.writeTextFile(file, await (await fetch(`${node.url}/openapi.json`)).text());
  const tool = (name: string, ...args: string[]) => runProgram(join(dirname(python), name), args);
  expect(await tool("openapi-spec-validator", "--errors", "all", file)).toMatch(/OK\s*$/);
  await tool(
    "openapi-python-client",
    "generate",
    "--path",
    file,
    "--meta",
    "none",
    "--output-path",
    `${dir}/boathouse_client`,
  );
  const seen = JSON.parse(await runPython(python, CONSUMER, [dir, node.url]));
  expect(seen).toEqual({
    minutes: 3,
    variant: "control",
    same: true,
    offset: expect.stringMatching(/^\d+$/),
    refused: ["Problem", 422, "#/hour"],
    batch: ["FlightDelayAnswer", "BatchError"],
    tried: 42,
    taken: { accepted: 1, unknown: 0 },
    found: [expect.stringMatching(/^[\da-f-]{36}$/), 3, 1],
  });
  await Deno.remove(dir, { recursive: true });
}, 600_000);

test("Schemathesis finds no answer that the document does not tell, and no fault", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("openapi", PACKAGES));
  await using workbench = await openFlights();
  await using node = await serve(workbench);
  const dir = await Deno.makeTempDir();
  // 503 is an answer here; what a schema cannot say (names of tensors, text of headers) may still be refused.
  const excluded = "not_a_server_error,positive_data_acceptance,negative_data_rejection";
  const options = ["--max-examples", "20", "--seed", "7", "--exclude-checks", excluded, "--no-color"];
  const program = `import os, subprocess, sys
os.chdir(sys.argv[1])
run = subprocess.run(sys.argv[2:], capture_output=True, text=True)
print(run.stdout[-4000:])
print("code", run.returncode)`;
  const schemathesis = join(dirname(python), "schemathesis");
  const said = await runPython(python, program, [dir, schemathesis, "run", `${node.url}/openapi.json`, ...options]);
  expect(said).toMatch(/Tested: +17[\s\S]*code 0\s*$/);
  expect(node.said).toEqual([]);
  await Deno.remove(dir, { recursive: true });
}, 600_000);

/** What the CloudEvents SDK for Python sends. */
const PUBLISHER = `
import sys, json, requests
from cloudevents.core.v1.event import CloudEvent
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.formats.json import JSONFormat

def event(subject, data):
  return CloudEvent({"id": subject, "source": "/python", "type": "a.b.v1", "specversion": "1.0", "subject": subject,
                     "datacontenttype": "application/json", "myextension": "caf\u00e9 \u20ac 100%"}, data)

answers = []
for make, subject in [(to_binary_event, "binary \u00fc"), (to_structured_event, "structured \u00fc")]:
  message = make(event(subject, {"n": 1}), JSONFormat())
  answer = requests.post(sys.argv[1] + "/v1/events", headers=message.headers, data=message.body)
  answers.append([answer.status_code, answer.text])
print(json.dumps(answers))
`;

test("the CloudEvents SDK for Python publishes in binary and structured mode alike", async (context) => {
  const python = await requirePeer(context, () => pythonEnv("openapi", PACKAGES));
  await using workbench = await openTestWorkbench();
  await using node = await serve(workbench);
  const answers = JSON.parse(await runPython(python, PUBLISHER, [node.url]));
  expect(answers).toEqual([[200, '{"accepted":1}'], [200, '{"accepted":1}']]);
  const found = [];
  for await (const batch of workbench.bus.read("events", 0, 0)) {
    found.push(...batch.records().map(({ value }) => value));
  }
  const common = { source: "/python", type: "a.b.v1", data: { n: 1 }, myextension: "caf\u00e9 \u20ac 100%" };
  expect(found).toEqual(
    ["binary \u00fc", "structured \u00fc"].map((subject) =>
      expect.objectContaining({ ...common, id: subject, subject })
    ),
  );
}, 600_000);
