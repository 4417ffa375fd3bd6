/**
 * Completions, documentation and diagnostics of cells, from `deno lsp`.
 *
 * @module
 */
export type { CompletionItem, Completions } from "./completions.ts";
export type { CellDiagnostic } from "./diagnostics.ts";
export type { Inspection } from "./hover.ts";
export { type Language, type LanguageOptions, openLanguage, type QuestionOptions } from "./language.ts";
