import { Buffer } from "node:buffer";
import { invalid } from "../client/registry_error.ts";

/** One page of a listing. */
export interface Page<T> {
  /** Rows of the page. */
  rows: T[];
  /** Where the next page begins, if there is one. */
  next_page_token?: string;
}

/**
 * Reads one page of a listing.
 *
 * @param token where the page begins, as an earlier page said; empty for the first one
 * @param size rows of a page
 * @param read reads `limit` rows from the given row on
 * @returns the page; the token has MLflow's form
 * @throws {RegistryError} when the token is no token
 */
export function readPage<T>(token: string, size: number, read: (limit: number, offset: number) => T[]): Page<T> {
  const offset = token === "" ? 0 : offsetOf(token);
  const rows = read(size + 1, offset);
  if (rows.length <= size) return { rows };
  return {
    rows: rows.slice(0, size),
    next_page_token: Buffer.from(`{"offset": ${offset + size}}`).toString("base64"),
  };
}

/**
 * Checks the size of a page.
 *
 * @param size rows that were asked for
 * @param largest rows that may be asked for
 * @returns the size
 * @throws {RegistryError} when it is not between 1 and the largest
 */
export function pageSize(size: number, largest: number): number {
  if (size >= 1 && size <= largest) return size;
  throw invalid(
    `Invalid value ${size} for parameter 'max_results' supplied. It must be a positive integer up to ${largest}`,
  );
}

function offsetOf(token: string): number {
  const text = Buffer.from(token, "base64").toString();
  const found = /^\{"offset": ?(\d{1,15})\}$/.exec(text);
  if (!found && /^[\x20-\x7e]+$/.test(text)) throw invalid(`Invalid page token, decoded value=b'${text}'`);
  if (!found) throw invalid("Invalid page token, could not base64-decode");
  return Number(found[1]);
}
