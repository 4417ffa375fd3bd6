import { expect, test } from "vitest";
import { clock, denoVersion, disks } from "./machine.ts";

test.each([["2.9.6", "proved"], ["2.10.0", "proved"], ["3.0.0", "proved"], ["2.9.6+ab12", "proved"], [
  "2.9.5",
  "broken",
], ["1.46.3", "broken"]])(
  "denoVersion() finds %s %s",
  (version, state) => {
    expect(denoVersion(version)).toEqual({
      name: "Deno",
      state,
      detail: expect.stringContaining("at least 2.9.6 is needed"),
    });
  },
);

test("clock() is broken behind the bus's newest record, and only promised without one", () => {
  const newest = { topic: "rides", busTimeMicros: 60_000_000 };
  expect(clock(60_000, newest).state).toBe("proved");
  expect(clock(59_500, newest).state).toBe("proved");
  expect(clock(0, newest)).toEqual({
    name: "clock",
    state: "broken",
    detail:
      'the newest record of topic "rides" was taken at 1970-01-01T00:01:00.000Z, 60 s ahead of this machine\'s clock: set the clocks by NTP',
  });
  expect(clock(0, null).state).toBe("promised");
});

test("disks() is broken where the reserve is not free", async () => {
  const free = (folder: string) => Promise.resolve(folder === "/a" ? 1e9 : 1e8);
  const [a, b] = await disks([["the lake", "/a"], ["the bus", "/b"]], free);
  expect(a).toEqual({
    name: "disk of the lake",
    state: "proved",
    detail: "1.00 GB free; a reserve of 0.27 GB is kept",
  });
  expect(b).toMatchObject({ name: "disk of the bus", state: "broken" });
  expect(b!.detail).toContain("publishing is refused until there is more; reading goes on");
});
