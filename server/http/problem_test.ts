import { expect, test } from "vitest";
import { asProblem, misfit, Problem, problemBody, problemResponse } from "./problem.ts";

test("problemResponse() is problem details with its headers", async () => {
  const response = problemResponse(new Problem(503, "Nothing answered", { retryAfterS: 2, headers: { "x-a": "b" } }));
  expect(response.status).toBe(503);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect([response.headers.get("retry-after"), response.headers.get("x-a")]).toEqual(["2", "b"]);
  expect(await response.json()).toEqual({
    type: "about:blank",
    title: "Service Unavailable",
    status: 503,
    detail: "Nothing answered",
  });
});

test("misfit() points at the place in the body", () => {
  const body = problemBody(misfit('/a b/hour must be integer: got "7"', "/3"));
  expect(body.status).toBe(422);
  expect(body.errors).toEqual([{ pointer: "#/3/a%20b/hour", detail: '/a b/hour must be integer: got "7"' }]);
  expect(problemBody(misfit("the value must be object: got 3")).errors![0]!.pointer).toBe("#");
});

test("asProblem() hides a fault's message and keeps its cause", () => {
  const fault = new Error("secret path /etc");
  const problem = asProblem(fault);
  expect(problem.status).toBe(500);
  expect(problem.cause).toBe(fault);
  expect(JSON.stringify(problemBody(problem))).not.toContain("secret");
  expect(asProblem(problem)).toBe(problem);
});
