/** Where a server listens. */
export interface Address {
  /** Host name or address, IPv6 without brackets. */
  hostname: string;
  /** TCP port; 0 lets the system choose. */
  port: number;
}

/**
 * Reads `HOST:PORT`.
 *
 * @param text for example `127.0.0.1:8400` or `[::1]:8400`
 * @returns null when it is none
 */
export function parseAddress(text: string): Address | null {
  const match = /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  return match && port <= 65_535 ? { hostname: match[1]!.replace(/^\[|\]$/g, ""), port } : null;
}
