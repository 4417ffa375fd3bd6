/**
 * What a program asks of its surroundings before it loads anything: a face of its own, because reading settings takes
 * zod and YAML, which cost a tenth of a second.
 *
 * @module
 */
export { type DenoJson, parseDenoJson, readImports } from "./deno_json.ts";
export { readDuration } from "./duration.ts";
export { findRoot, rootAbove, SETTINGS_FILE } from "./find_root.ts";
export { forgetEnv } from "./forget_env.ts";
export { readMemoryMb } from "./memory_mb.ts";
export { checkPermissionFlags, permissionFlags } from "./permission_flags.ts";
export { readEnv } from "./read_env.ts";
