/**
 * Sandbox: permission-less processes that run promoted code, several calls at once, ended by SIGKILL only.
 *
 * @module
 */
export type { Json } from "../events/mod.ts";
export { type CallContext, type CallResult } from "./_call.ts";
export { seededRandom } from "./_random.ts";
export { type HostCallKind, type HostCalls, type HostRequest, type RecordedCall } from "./host_calls.ts";
export { openSandbox, type Sandbox, type SandboxFunction, type SandboxOptions, type SandboxStats } from "./sandbox.ts";
export { SandboxError, type SandboxErrorDetail, type SandboxErrorKind } from "./sandbox_error.ts";
