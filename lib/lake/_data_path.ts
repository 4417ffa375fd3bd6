/**
 * Reads the path of a data file as the log spells it: percent-encoded once, relative to the table's folder, or a URI
 * that lies below it (Delta protocol, "Data Files").
 *
 * @param path as it stands in the log
 * @param folder URI of the table's folder, such as `file:/data/lake/tables/flights`
 * @param file log file, for errors
 * @returns decoded and relative to the table's folder
 * @throws {RangeError} when it leads elsewhere
 */
export function decodeDataPath(path: string, folder: string, file: string): string {
  if (/^[A-Za-z0-9_=-][A-Za-z0-9._=-]*(?:\/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*$/.test(path)) return path;
  const decoded = relativeTo(folder, decode(path));
  if (decoded && decoded.split("/").every((part) => part !== "" && part !== "." && part !== "..")) return decoded;
  throw new RangeError(
    `Cannot read "${file}" as a data file must lie below the folder of its table: got ${JSON.stringify(path)}`,
  );
}

/**
 * Spells the path of a data file as the log has it. Readers disagree about `=`, which stays as it is, and a bare colon
 * would be taken for that of a URI.
 *
 * @param path decoded and relative to the table's folder
 * @returns percent-encoded
 */
export function encodeDataPath(path: string): string {
  return encodeURI(path).replace(/[#?:]/g, (one) => encodeURIComponent(one));
}

function decode(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null; // a stray %
  }
}

function relativeTo(folder: string, path: string | null): string | null {
  if (path === null || !/^(?:\/|[A-Za-z][A-Za-z0-9+.-]*:)/.test(path)) return path;
  const base = `${plainUri(folder)}/`;
  const uri = plainUri(path);
  return uri.startsWith(base) ? uri.slice(base.length) : null;
}

/** One spelling for what means the same: `/data`, `file:/data` and `file:///data`; `s3a://` and `s3://`. */
function plainUri(uri: string): string {
  return uri.replace(/^file:\/*/, "/").replace(/^s3[an]:/, "s3:").replace(/\/$/, "");
}
