/**
 * Git: the state of a working tree, the files of revisions, read without touching it, and settings of a clone.
 *
 * @module
 */
export { setAttribute, setConfig } from "./attributes.ts";
export { type GitState, gitState } from "./git_state.ts";
export { type FileChange, openRepository, pathInRepository, type Repository } from "./repository.ts";
export { type GitFile, type GitTree, treeReader } from "./tree.ts";
