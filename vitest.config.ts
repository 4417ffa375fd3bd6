import { defineConfig } from "vitest/config";

/** `vitest run` leaves out the tests that need real peers; `vitest run --mode peers` includes them. */
export default defineConfig(({ mode }) => ({
  test: {
    include: ["**/*_test.ts"],
    exclude: ["**/node_modules/**", "lake/**", ".peers/**", ...(mode === "peers" ? [] : ["**/*_peer_test.ts"])],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 2,
    reporters: ["default", "./_tools/count_reporter.ts"],
  },
}));
