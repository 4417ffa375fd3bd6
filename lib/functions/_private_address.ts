import { isIP } from "node:net";

/** Networks that are not of the public internet (IANA special-purpose registries, RFC 6890). */
const PRIVATE: readonly [network: string, bits: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
];

/**
 * Whether an address is loopback, private, link-local, reserved or multicast. IPv6 addresses outside 2000::/3, and those
 * inside that carry an IPv4 address (6to4, Teredo) or are for documentation, count too; so does what is no address.
 *
 * @param address IPv4 or IPv6
 * @returns true for what is not on the public internet
 */
export function isPrivate(address: string): boolean {
  const plain = address.split("%")[0]!;
  const kind = isIP(plain);
  if (kind === 4) return isPrivateV4(plain);
  if (kind !== 6) return true;
  const words = expand(plain);
  const mapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  if (mapped) return isPrivateV4([words[6]! >> 8, words[6]! & 255, words[7]! >> 8, words[7]! & 255].join("."));
  const [first, second] = words as [number, number];
  if (first < 0x2000 || first > 0x3fff) return true;
  return first === 0x2002 || (first === 0x2001 && (second < 0x200 || second === 0xdb8)) || first === 0x3fff;
}

function isPrivateV4(address: string): boolean {
  const value = numberOf(address);
  return PRIVATE.some(([network, bits]) => value >>> (32 - bits) === numberOf(network) >>> (32 - bits));
}

function numberOf(address: string): number {
  return address.split(".").reduce((sum, part) => (sum << 8 | Number(part)) >>> 0, 0);
}

function expand(address: string): number[] {
  const tail = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = (a: string, b: string) => (Number(a) << 8 | Number(b)).toString(16);
  const text = tail ? address.replace(tail[0], `${hex(tail[1]!, tail[2]!)}:${hex(tail[3]!, tail[4]!)}`) : address;
  const [head = "", rest] = text.split("::") as [string, string?];
  const read = (part: string) => part === "" ? [] : part.split(":").map((word) => parseInt(word, 16));
  const [left, right] = [read(head), read(rest ?? "")];
  return rest === undefined ? left : [...left, ...new Array(8 - left.length - right.length).fill(0), ...right];
}
