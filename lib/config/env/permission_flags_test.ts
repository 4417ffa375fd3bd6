import { expect, test } from "vitest";
import { checkPermissionFlags, permissionFlags } from "./mod.ts";

test("permissionFlags() splits flags at white space, but not within values", () => {
  expect(permissionFlags(" --allow-read=.,/my data  --deny-net\n-W=out -A ")).toEqual([
    "--allow-read=.,/my data",
    "--deny-net",
    "-W=out",
    "-A",
  ]);
  expect(permissionFlags("  ")).toEqual([]);
});

test.each(["--inspect", "--allow-everything", "folder", "--config=x", "-X", "--allow-all=x", "--allow-read=\0", ""])(
  "checkPermissionFlags() refuses %j",
  (flag) => {
    const wrong = () => checkPermissionFlags(["--allow-net", flag]);
    expect(wrong).toThrow(RangeError);
    expect(wrong).toThrow(
      `Cannot limit cells as permissions must be flags of "deno run" such as --allow-read=.: got ${
        JSON.stringify(flag)
      }`,
    );
  },
);
