import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { deliveryFilter, verifyWebhook } from "./verify_webhook.ts";

const BODY = new Uint8Array([0x7b, 0xff, 0x00, 0x7d]); // bytes that are no UTF-8 stay as they are
const NOW = { nowMs: 1_700_000_100_000 };
const sign = (secret: string, timestamp: string) =>
  `v1,${createHmac("sha256", secret).update(`d.${timestamp}.`).update(BODY).digest("base64")}`;

function headers(change: Record<string, string> = {}): Headers {
  return new Headers({
    "X-MLflow-Delivery-Id": "d",
    "X-MLflow-Timestamp": "1700000000",
    "X-MLflow-Signature": sign("s", "1700000000"),
    ...change,
  });
}

test("verifyWebhook() takes what MLflow signs, and tells the delivery's id", () => {
  expect(verifyWebhook(headers(), BODY, "s", NOW)).toBe("d");
  const two = headers({ "X-MLflow-Signature": `v1,AAAA ${sign("s", "1700000000")}` });
  expect(verifyWebhook(two, BODY, "s", NOW)).toBe("d");
});

const bad: [string, Headers, Uint8Array, string, string][] = [
  ["another secret", headers(), BODY, "t", "signature must be made with the webhook's secret"],
  ["another body", headers(), BODY.slice(1), "s", "signature must be made"],
  ["another id", headers({ "X-MLflow-Delivery-Id": "e" }), BODY, "s", "signature must be made"],
  ["another version", headers({ "X-MLflow-Signature": "v2,AAAA" }), BODY, "s", "signature must be made"],
  ["no digest", headers({ "X-MLflow-Signature": "v1" }), BODY, "s", "signature must be made"],
  ["no signature", headers({ "X-MLflow-Signature": "" }), BODY, "s", "must carry the header X-MLflow-signature"],
  [
    "an old delivery",
    headers({ "X-MLflow-Timestamp": "1600000000", "X-MLflow-Signature": sign("s", "1600000000") }),
    BODY,
    "s",
    "must be younger than 300000 ms",
  ],
  [
    "a delivery of the future",
    headers({ "X-MLflow-Timestamp": "1800000000", "X-MLflow-Signature": sign("s", "1800000000") }),
    BODY,
    "s",
    "must be younger",
  ],
  [
    "a time that is none",
    headers({ "X-MLflow-Timestamp": "now", "X-MLflow-Signature": sign("s", "now") }),
    BODY,
    "s",
    'it is of "now"',
  ],
];

for (const [name, given, body, secret, message] of bad) {
  test(`verifyWebhook() refuses ${name}`, () => {
    expect(() => verifyWebhook(given, body, secret, NOW)).toThrow(message);
  });
}

test("deliveryFilter() knows repeated deliveries, and forgets the oldest", () => {
  const isNew = deliveryFilter(2);
  expect(["a", "b", "a", "c", "a"].map(isNew)).toEqual([true, true, false, true, true]);
});
