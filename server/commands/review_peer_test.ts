import { expect, test } from "vitest";
import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { tempRepository } from "../../_tools/temp_repository.ts";
import { PROMOTED, promoteLate, reviewedBench } from "./_test_reviewed.ts";

const kafka = useKafka();

test("boathouse review reads promoted versions from the control topic of a real Kafka", async () => {
  await using repo = await tempRepository();
  const bench = await reviewedBench(repo, `bus: kafka://${kafka().brokers.join(",")}`);
  expect(await bench.json("review", "HEAD~1..HEAD")).toMatchObject({ functions: [{ name: "late", state: "changed" }] });
  await promoteLate(bench.dir);
  expect(await bench.json("review", "HEAD~1..HEAD")).toMatchObject({
    functions: [{ name: "late", promoted: PROMOTED }],
  });
});
