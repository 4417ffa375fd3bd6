/** Cells as text: parse, compile for the kernel, slice for promotion, and the hashes and links that provenance needs. */
export { compileCell, type CompiledCell } from "./compile.ts";
export { type DeclaredValue, declaredValues } from "./declarations.ts";
export { type DeclaredModule, declareFaces } from "./face.ts";
export {
  cellName,
  type DirectiveProblem,
  directiveProblems,
  type Directives,
  directiveText,
  readDirectives,
} from "./directives/mod.ts";
export { type Effects, effectsOf } from "./effects.ts";
export type { Segment } from "./_source_map.ts";
export type { LocalFiles } from "./_opens.ts";
export { sourceHash } from "./hash.ts";
export type { ImportedName, ImportRef } from "./imports.ts";
export { calleeEnd, type NameKind, type Outline, outlineCell } from "./outline.ts";
export { type Cell, parseCell, type ParsedCell } from "./parse.ts";
export { linkCells, type LinkedCell } from "./link.ts";
export { type Modules, type ModulesOptions, openModules, type ReachedModules } from "./modules.ts";
export { reachedModules, type ReachOptions } from "./reached.ts";
export { placeInSlice, type Slice, sliceCells, type SlicedCell } from "./slice.ts";
export { checkSyntax, type Diagnostic } from "./syntax.ts";
export { upstreamOf } from "./upstream.ts";
