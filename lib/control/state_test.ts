import fc from "fast-check";
import { expect, test } from "vitest";
import type { ControlRecord, ControlRequest } from "./request.ts";
import { type ControlState, decide, EMPTY_STATE, fold } from "./state.ts";

const DIGEST = "a".repeat(64);

function request(part: Partial<ControlRequest>): ControlRequest {
  return { op: "apply", target: "delay", expected: null, rule: 1, spec: DIGEST, by: "ann", why: "test", ...part };
}

function record(offset: number, part: Partial<ControlRequest>): ControlRecord {
  return { offset, atMicros: offset * 10, kind: "request", request: request(part) };
}

function foldAll(records: ControlRecord[], from: ControlState = EMPTY_STATE): ControlState {
  return records.reduce(fold, from);
}

const APPLIED = [record(0, { revision: "r1" }), record(1, { revision: "r2", spec: "b".repeat(64) })];

test("fold() registers topics, functions, models and revisions, the newest wins", () => {
  const state = foldAll([
    record(0, { op: "topic", target: "flights" }),
    record(1, { op: "topic", target: "flights", spec: "c".repeat(64), by: "bob" }),
    record(2, { op: "promote", target: "predictDelay" }),
    record(3, { op: "promote", target: "predictDelay", spec: "d".repeat(64) }),
    record(4, { op: "promote", target: "model:flight-delay", revision: "2" }),
    record(5, { op: "apply", revision: "r1" }),
    record(6, { op: "force", revision: "r2" }),
  ]);
  const at = (offset: number, by = "ann") => ({ offset, by, atMicros: offset * 10 });
  expect(state).toEqual({
    offset: 7,
    unready: null,
    topics: { flights: { ...at(1, "bob"), spec: "c".repeat(64) } },
    functions: {
      predictDelay: {
        ...at(3),
        hash: "d".repeat(64),
        history: [{ ...at(2), hash: DIGEST }, { ...at(3), hash: "d".repeat(64) }],
      },
    },
    models: { "flight-delay": { ...at(4), version: "2", digest: DIGEST } },
    endpoints: {
      delay: {
        revisions: {
          r1: { ...at(5), spec: DIGEST, forced: false },
          r2: { ...at(6), spec: DIGEST, forced: true },
        },
        proposals: {},
        active: null,
        previous: null,
      },
    },
    tokens: {},
  });
});

test("fold() activates what expects the activation in force, and keeps the one before", () => {
  const state = foldAll([
    ...APPLIED,
    record(2, { op: "activate", revision: "r1" }),
    record(3, { op: "activate", revision: "r2", expected: 2 }),
  ]);
  expect(state.endpoints.delay?.active).toEqual({
    offset: 3,
    by: "ann",
    atMicros: 30,
    revision: "r2",
    spec: "b".repeat(64),
  });
  expect(state.endpoints.delay?.previous?.revision).toBe("r1");
});

test("fold() keeps a proposed revision apart: it cannot be activated until it is applied, and traffic is as before", () => {
  const active = foldAll([...APPLIED, record(2, { op: "activate", revision: "r1" })]);
  const propose = (offset: number, part: Partial<ControlRequest> = {}) =>
    record(offset, { op: "propose", revision: "r3", expected: 2, why: "champion moved", ...part });
  const proposed = fold(active, propose(3));
  expect(proposed.endpoints.delay).toEqual({
    ...active.endpoints.delay,
    proposals: { r3: { offset: 3, by: "ann", atMicros: 30, spec: DIGEST, why: "champion moved" } },
  });
  expect(decide(proposed, record(4, { op: "activate", revision: "r3", expected: 2 })).outcome).toMatchObject({
    applied: false,
    reason: 'revision "r3" of endpoint "delay" is proposed, not applied',
  });
  const applied = fold(proposed, record(4, { op: "apply", revision: "r3" }));
  expect(applied.endpoints.delay?.proposals).toEqual({});
  expect(decide(applied, record(5, { op: "activate", revision: "r3", expected: 2 })).outcome).toEqual({
    applied: true,
  });
  const other = fold(proposed, record(4, { op: "activate", revision: "r2", expected: 2 }));
  expect(other.endpoints.delay?.proposals).toEqual({});
  for (
    const [part, reason] of [
      [{ expected: null }, "it expects the activation at offset null, in force is 2"],
      [{ revision: "r2" }, 'revision "r2" is applied already'],
      [{ target: "nope" }, "it expects the activation at offset 2, in force is null"],
    ] as const
  ) {
    expect(decide(active, propose(3, part)).outcome).toMatchObject({ applied: false, reason });
  }
});

test("decide() names the winner to whoever expects an older activation", () => {
  const state = foldAll([...APPLIED, record(2, { op: "activate", revision: "r1", by: "bob" })]);
  const late = decide(state, record(3, { op: "activate", revision: "r2" }));
  expect(late.outcome).toEqual({
    applied: false,
    reason: "it expects the activation at offset null, in force is 2",
    winner: { offset: 2, by: "bob", atMicros: 20, revision: "r1", spec: DIGEST },
  });
  expect(late.state).toEqual({ ...state, offset: 4 });
});

test("decide() voids a revision that was never applied", () => {
  const { outcome } = decide(EMPTY_STATE, record(0, { op: "activate", revision: "constructor" }));
  expect(outcome).toEqual({
    applied: false,
    reason: 'endpoint "delay" has no revision "constructor"',
    winner: null,
  });
});

test("decide() rolls back to the activation before, there and back", () => {
  const active = foldAll([
    ...APPLIED,
    record(2, { op: "activate", revision: "r1" }),
    record(3, { op: "activate", revision: "r2", expected: 2 }),
  ]);
  const back = decide(active, record(4, { op: "rollback", expected: 3 }));
  expect(back.outcome).toEqual({ applied: true });
  expect(back.state.endpoints.delay?.active).toMatchObject({ revision: "r1", offset: 4 });
  const named = decide(back.state, record(5, { op: "rollback", expected: 4, revision: "r2" }));
  expect(named.state.endpoints.delay?.active).toMatchObject({ revision: "r2", offset: 5 });
  const void_ = decide(back.state, record(5, { op: "rollback", expected: 3 }));
  expect(void_.outcome).toMatchObject({ applied: false, winner: { offset: 4 } });
});

test("decide() voids a rollback where nothing was before", () => {
  const one = foldAll([...APPLIED, record(2, { op: "activate", revision: "r1" })]);
  expect(decide(one, record(3, { op: "rollback", expected: 2 })).outcome).toMatchObject({
    applied: false,
    reason: 'endpoint "delay" has no earlier activation',
    winner: { offset: 2 },
  });
  expect(decide(EMPTY_STATE, record(0, { op: "rollback", revision: "r1" })).outcome).toMatchObject({ winner: null });
});

test("fold() stands still at a record of unknown rule, and says so", () => {
  const before = foldAll(APPLIED);
  const unknown: ControlRecord = { offset: 2, atMicros: 0, kind: "unknown", found: "rule 2" };
  const { state, outcome } = decide(before, unknown);
  const unready = 'rule 2 at offset 2 of topic "control" is not known to this version';
  expect(state).toEqual({ ...before, unready });
  expect(state.offset).toBe(2);
  expect(outcome).toEqual({ applied: false, reason: unready, winner: null });
  const later = decide(state, record(3, { op: "topic", target: "flights" }));
  expect(later.state).toBe(state);
  expect(later.outcome).toEqual({ applied: false, reason: unready, winner: null });
});

test("fold() moves past an ignored record and changes nothing else", () => {
  const before = foldAll(APPLIED);
  expect(fold(before, { offset: 2, atMicros: 0, kind: "ignored", reason: "it is forged" })).toEqual({
    ...before,
    offset: 3,
  });
});

test("decide() voids operations of later versions that a reader let through", () => {
  for (const op of ["approve", "rollout"] as const) {
    expect(decide(EMPTY_STATE, record(0, { op })).outcome).toMatchObject({
      applied: false,
      reason: `operation "${op}" is not in this version`,
    });
  }
});

test("decide() retires a version: the newest of those that are left answers to the name, until none is", () => {
  const [one, two] = ["1".repeat(64), "2".repeat(64)];
  const promoted = foldAll([one, two, one].map((spec, at) => record(at, { op: "promote", target: "f", spec })));
  const first = decide(promoted, record(3, { op: "retire", target: "f", spec: one, expected: null }));
  expect(first.outcome).toEqual({ applied: true });
  expect(first.state.functions.f).toMatchObject({ hash: two, offset: 1, history: [{ hash: two }] });
  const again = decide(first.state, record(4, { op: "retire", target: "f", spec: one, expected: null }));
  expect(again.outcome).toMatchObject({ applied: false, reason: 'function "f" has no version 111111111111' });
  expect(decide(again.state, record(5, { op: "retire", target: "f", spec: two, expected: null })).state.functions)
    .toEqual({});
});

test("decide() voids retiring where an endpoint was activated since whoever asks has looked", () => {
  const spec = "1".repeat(64);
  const state = foldAll([
    record(0, { op: "promote", target: "f", spec }),
    record(1, { revision: "r1" }),
    record(2, { op: "activate", revision: "r1" }),
  ]);
  const late = decide(state, record(3, { op: "retire", target: "f", spec, expected: null }));
  expect(late.outcome).toMatchObject({
    applied: false,
    reason: "it expects the newest activation at offset null, it is 2",
    winner: { offset: 2 },
  });
  expect(decide(late.state, record(4, { op: "retire", target: "f", spec, expected: 2 })).outcome).toEqual({
    applied: true,
  });
});

const anyRecord = fc.record({
  op: fc.constantFrom("apply", "force", "propose", "activate", "rollback", "promote", "retire", "topic" as const),
  target: fc.constantFrom("a", "b", "constructor", "toString"),
  revision: fc.constantFrom("r1", "r2", "__proto__"),
  expected: fc.option(fc.nat(30)),
  by: fc.constantFrom("ann", "bob"),
  skip: fc.nat(2),
  kind: fc.constantFrom("request", "request", "request", "ignored"),
});

const anyLog = fc.array(anyRecord, { maxLength: 40 }).map((parts) => {
  let offset = -1;
  return parts.map(({ skip, kind, ...part }): ControlRecord => {
    offset += 1 + skip;
    return kind === "ignored" ? { offset, atMicros: 0, kind, reason: "forged" } : record(offset, part);
  });
});

test("fold() of a replay, whole, split, repeated or through JSON, gives the same state", () => {
  fc.assert(fc.property(anyLog, fc.nat(), (log, at) => {
    const whole = foldAll(log);
    const cut = log.length === 0 ? 0 : at % log.length;
    const half = JSON.parse(JSON.stringify(foldAll(log.slice(0, cut))));
    expect(foldAll(log.slice(cut), half)).toEqual(whole);
    expect(foldAll(log, half)).toEqual(whole);
    expect(foldAll(log, whole)).toBe(whole);
  }));
});

test("fold() never changes its argument", () => {
  fc.assert(fc.property(anyLog, (log) => {
    let state = EMPTY_STATE;
    for (const each of log) {
      const before = JSON.stringify(state);
      const next = fold(state, each);
      expect(JSON.stringify(state)).toBe(before);
      state = next;
    }
  }));
});

test("fold() lets exactly one of several activations win that expect the same one, in any interleaving", () => {
  const racers = fc.array(fc.constantFrom("ann", "bob", "eve", "dan"), { minLength: 2, maxLength: 12 });
  const noise = fc.array(fc.nat(12), { maxLength: 5 });
  fc.assert(fc.property(racers, noise, fc.boolean(), (names, noiseAt, hasActive) => {
    const base = hasActive ? foldAll([...APPLIED, record(2, { op: "activate", revision: "r1" })]) : foldAll(APPLIED);
    const expected = hasActive ? 2 : null;
    const parts = names.map((by): Partial<ControlRequest> => ({ op: "activate", revision: "r2", expected, by }));
    for (const index of noiseAt) parts.splice(index, 0, { op: "topic", target: "flights" });
    let state = base;
    const winners: string[] = [];
    for (const [index, part] of parts.entries()) {
      const result = decide(state, record(base.offset + index, part));
      if (part.op === "activate" && result.outcome.applied) winners.push(part.by!);
      if (!result.outcome.applied) expect(result.outcome.winner?.by).toBe(winners[0]);
      state = result.state;
    }
    expect(winners).toEqual([names[0]]);
    expect(state.endpoints.delay?.active?.by).toBe(names[0]);
  }));
});

test("fold() has a token from its creation to its revocation, and neither twice", () => {
  const token = (offset: number, part: Partial<ControlRequest> = {}) =>
    record(offset, { op: "token", target: "shop", ...part });
  const made = foldAll([token(0), token(1, { spec: "b".repeat(64), by: "bob" })]);
  expect(made.tokens).toEqual({ shop: { offset: 0, by: "ann", atMicros: 0, spec: DIGEST } });
  expect(decide(made, token(2)).outcome).toMatchObject({ applied: false, reason: 'there is a token "shop" already' });
  const ended = fold(made, record(2, { op: "revoke", target: "shop" }));
  expect(ended.tokens).toEqual({});
  for (const target of ["shop", "constructor", "__proto__"]) {
    const { outcome } = decide(ended, record(3, { op: "revoke", target }));
    expect(outcome).toMatchObject({ applied: false, reason: `there is no token "${target}"` });
  }
  expect(fold(ended, token(3, { spec: "c".repeat(64) })).tokens.shop!.spec).toBe("c".repeat(64));
});
