const PARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/**
 * Reads the header `traceparent` (W3C Trace Context, section 3.2): what is malformed counts as absent.
 *
 * @param header the header; null when absent
 * @returns the header as it came, null when it is none
 */
export function readTraceparent(header: string | null): string | null {
  const [, version, trace, parent, , rest] = PARENT.exec(header ?? "") ?? [];
  if (version === undefined || version === "ff" || /^0+$/.test(trace!) || /^0+$/.test(parent!)) return null;
  // Later versions may add parts, version 00 has none.
  return version === "00" && rest !== undefined ? null : header;
}

/**
 * Writes the header `traceresponse` (W3C Trace Context, level 2 draft of July 2021): the caller's trace, and where in it
 * this answer was made.
 *
 * @param traceparent what readTraceparent gave
 * @param id a UUID; its last 16 digits name the span
 * @returns the header
 */
export function traceResponse(traceparent: string, id: string): string {
  const [, trace, , flags] = traceparent.split("-");
  return `00-${trace}-${id.replaceAll("-", "").slice(-16)}-${flags}`;
}
