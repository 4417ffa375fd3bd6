import { expect, test } from "vitest";
import { clock, denoVersion, disk } from "./machine.ts";

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

test("disk() is broken where a flush of ingest would not fit", () => {
  expect(disk("/a", () => 1e9)).toEqual({
    name: "disk",
    state: "proved",
    detail: '1.00 GB are free on the disk of "/a"',
  });
  expect(disk("/a", () => 1e8)).toEqual({
    name: "disk",
    state: "broken",
    detail: '0.10 GB are free on the disk of "/a": free space on it, at least 0.27 GB',
  });
});
