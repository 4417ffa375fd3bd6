import { useKafka } from "../../_tools/peers/use_kafka.ts";
import { busConformance } from "./conformance.ts";
import { openBus } from "./mod.ts";

const kafka = useKafka();

busConformance(() => openBus({ kind: "kafka", brokers: kafka().brokers }));
