import fc from "fast-check";
import { expect, test } from "vitest";
import { admitCall, type BreakerState, type CallEnd, CLOSED, endCall } from "./breaker.ts";
import { createBreakers } from "./breakers.ts";

const SETTINGS = { share: 0.5, calls: 4, openMs: 100 };
const after = (...ends: CallEnd[]) =>
  ends.reduce<BreakerState>((state, end) => endCall(state, "call", end, SETTINGS, 0), CLOSED);

test("endCall() opens at the share of failures, once as many calls are known", () => {
  expect(after("failed", "failed", "failed").kind).toBe("closed");
  expect(after("failed", "good", "failed", "good")).toEqual({ kind: "open", untilMs: 100 });
  expect(after("failed", "good", "good", "good").kind).toBe("closed");
  expect(after("failed", "good", "good", "good", "good", "failed").kind).toBe("closed");
  expect(after("unknown", "unknown", "unknown", "unknown")).toBe(CLOSED);
});

test("admitCall() lets one probe through when the time is over, and its end decides", () => {
  const open = after("failed", "failed", "failed", "failed");
  expect(admitCall(open, 99).pass).toBe("open");
  const probing = admitCall(open, 100);
  expect(probing.pass).toBe("probe");
  expect(admitCall(probing.state, 500).pass).toBe("open");
  expect(endCall(probing.state, "call", "good", SETTINGS, 110)).toBe(probing.state);
  expect(endCall(probing.state, "probe", "good", SETTINGS, 110)).toBe(CLOSED);
  expect(endCall(probing.state, "probe", "failed", SETTINGS, 110)).toEqual({ kind: "open", untilMs: 210 });
  expect(admitCall(endCall(probing.state, "probe", "unknown", SETTINGS, 110), 110).pass).toBe("probe");
});

test("createBreakers() never lets two probes through at once, and lets calls through again after a good one", () => {
  const end = fc.constantFrom<CallEnd>("good", "failed", "unknown");
  const step = fc.oneof(fc.constant("ask" as const), fc.record({ end, which: fc.nat() }), fc.nat({ max: 150 }));
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    let now = 0;
    const breakers = createBreakers(() => now), breaker = breakers.of({ key: "f", settings: SETTINGS });
    const under: ("call" | "probe")[] = [];
    for (const step of steps) {
      if (typeof step === "number") now += step;
      else if (step === "ask") {
        const pass = breaker.admit();
        if (pass !== "open") under.push(pass);
      } else if (under.length > 0) {
        const [pass] = under.splice(step.which % under.length, 1);
        breaker.end(pass!, step.end);
        if (pass === "probe") expect(breakers.opened()).toBe(step.end === "good" ? 0 : 1);
      }
      expect(under.filter((pass) => pass === "probe").length).toBeLessThan(2);
      if (breakers.opened() === 0) expect(breaker.admit()).toBe("call");
    }
    // Whatever happened: once the time is over and no probe is under way, the next call goes through.
    now += SETTINGS.openMs;
    if (!under.includes("probe")) expect(breaker.admit()).not.toBe("open");
  }));
});

test("createBreakers() keeps functions apart, and forgets the first past a thousand", () => {
  const breakers = createBreakers(() => 0),
    of = (key: string) => breakers.of({ key, settings: { ...SETTINGS, calls: 1 } });
  of("f").end("call", "failed");
  expect([of("f").admit(), of("g").admit(), breakers.opened()]).toEqual(["open", "call", 1]);
  for (let i = 0; i < 1000; i++) of(`h${i}`);
  expect([of("f").admit(), breakers.opened()]).toEqual(["call", 0]);
});
