import { afterAll } from "vitest";
import { busConformance } from "./conformance.ts";
import { openBus } from "./mod.ts";

const dir = Deno.makeTempDirSync();
busConformance(() => openBus({ kind: "sqlite", dir }, { pollMs: 2 }));
afterAll(() => Deno.remove(dir, { recursive: true }));
