/**
 * Git: the state of a working tree, and the files of revisions, read without touching it.
 *
 * @module
 */
export { type GitState, gitState } from "./git_state.ts";
export { type FileChange, openRepository, pathInRepository, type Repository } from "./repository.ts";
export { type GitFile, type GitTree, treeReader } from "./tree.ts";
