/** What of running a cell needs TypeScript, which is loaded beside the start of the process. */
export { checkSyntax, compileCell } from "../../lib/cells/mod.ts";
export { watchLocalModules } from "./local_modules.ts";
