import { expect, test } from "vitest";
import { visible } from "./visible.ts";

test.each([
  ["a\u202eb\u2066c", "a\\u202eb\\u2066c"],
  ["pass\u200bword\ufeff\u00ad", "pass\\u200bword\\ufeff\\u00ad"],
  ["pass\u200dword \u200c", "pass\\u200dword \\u200c"],
  ["a\u{e0041}\u3164", "a\\u{e0041}\\u3164"],
  ["\x1b[31m\x9b\r\n\t", "\\u001b[31m\\u009b\\r\n\t"],
  ["می\u200cخواهم क्\u200dष 👩\u200d🚒 ❤️\u200d🔥", "می\u200cخواهم क्\u200dष 👩\u200d🚒 ❤️\u200d🔥"],
  ["naïve — 10 µm", "naïve — 10 µm"],
])("visible(%j) is %j", (text, shown) => {
  expect(visible(text)).toBe(shown);
});
