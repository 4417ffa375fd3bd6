import { expect, test } from "vitest";
import { reportTarget } from "./_report_target.ts";

test("reportTarget() takes a report's endings and refuses all others", () => {
  expect(reportTarget("--html", "a/B.HTML", [".html", ".htm"])).toBe("a/B.HTML");
  for (const path of ["a.ipynb", "a.ts", "a", ".html"]) {
    expect(() => reportTarget("--html", path, [".html", ".htm"])).toThrow(
      new RangeError(
        `Cannot write to "${path}" as the file of --html must end in .html or .htm: name it so, such as --html report.html`,
      ),
    );
  }
});
