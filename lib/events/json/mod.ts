/**
 * Canonical JSON and digests: a face of its own, because what checks schemas takes a twentieth of a second to load.
 *
 * @module
 */
export { canonicalJson, type Json, sha256 } from "../json.ts";
