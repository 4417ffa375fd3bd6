import { expect, test } from "vitest";
import type { Fault } from "./fault.ts";
import { openInjector, type Report, sleep } from "./injector.ts";
import { randomOf } from "./random.ts";

function injectorOf(...faults: Partial<Fault>[]) {
  const reports: Report[] = [], limits: string[] = [];
  const injector = openInjector({
    faults: faults.map((fault, id) => ({ id, kind: "lost", step: "commit", way: "", skip: 0, ...fault })),
    random: randomOf(1),
    limit: { refuse: () => limits.push("refuse"), allow: () => limits.push("allow") },
    report: (report) => reports.push(report),
  });
  return { injector, reports, limits };
}

test("around() loses the answer of a step that was done, after the steps to skip", async () => {
  const { injector, reports } = injectorOf({ kind: "lost", skip: 1 });
  let done = 0;
  const step = () => injector.around("commit", () => Promise.resolve(++done));
  expect(await step()).toBe(1);
  expect(reports).toEqual([]);
  await expect(step()).rejects.toThrow("the answer was lost");
  expect([done, reports]).toEqual([2, [{ type: "struck", fault: 0 }]]);
  expect(await step()).toBe(3);
});

test("around() gives a step up that is never done, or done late", async () => {
  for (const [way, late] of [["never", 0], ["late", 1]] as const) {
    const { injector } = injectorOf({ kind: "timeout", way });
    let done = 0;
    await expect(injector.around("commit", () => Promise.resolve(++done))).rejects.toThrow("no answer within 5 ms");
    expect(done).toBe(0);
    await sleep(300);
    expect(done).toBe(late);
  }
});

test("around() leaves other steps alone, and faults that come later in the queue", async () => {
  const { injector, reports } = injectorOf({ kind: "pause" }, { kind: "lost" }, { kind: "lost", step: "put" });
  expect(await injector.around("publish", () => Promise.resolve(1))).toBe(1);
  expect(await injector.around("commit", () => Promise.resolve(2))).toBe(2);
  expect(reports).toEqual([]);
  const pause = injector.next("commit")!;
  expect(pause).toMatchObject({ kind: "pause" });
  injector.postpone(pause);
  await expect(injector.around("commit", () => Promise.resolve(3))).rejects.toThrow("the answer was lost");
  injector.leave(pause);
  expect(injector.next("commit")).toBeNull();
});

test("a disk that refuses strikes when the kernel's refusal comes back, else it waits for the next step", async () => {
  const { injector, reports, limits } = injectorOf({ kind: "disk" });
  expect(await injector.around("commit", () => Promise.resolve(1))).toBe(1);
  expect([reports, limits]).toEqual([[], ["refuse", "allow"]]);
  const refused = new Error("Cannot put", { cause: new Error("File too large (os error 27)") });
  await expect(injector.around("commit", () => Promise.reject(refused))).rejects.toBe(refused);
  expect(reports).toEqual([{ type: "struck", fault: 0 }]);
  expect(await injector.around("commit", () => Promise.resolve(3))).toBe(3);
});
