/**
 * Finds ports of 127.0.0.1 that nobody listens on. Another process may take one before its server does: start again then.
 *
 * @param count how many
 * @returns different ports
 */
export function freePorts(count: number): number[] {
  const listeners = Array.from({ length: count }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  const ports = listeners.map(({ addr }) => (addr as Deno.NetAddr).port);
  for (const listener of listeners) listener.close();
  return ports;
}
