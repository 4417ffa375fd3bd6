/** What heads a cell, read without the compiler that the rest of cells brings with it. */
export { cellName } from "./cell_name.ts";
export { type DirectiveProblem, directiveProblems, directiveText } from "./directive_problems.ts";
export { type Directives, readDirectives } from "./read_directives.ts";
export { toleranceValue } from "./tolerance_value.ts";
