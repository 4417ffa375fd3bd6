const ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
const VALUES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((char, value) => [char, value]));

/**
 * Reads Base85 as Delta writes it (ZeroMQ RFC 32, "Z85").
 *
 * @param text five characters for four bytes
 * @returns the bytes
 * @throws {SyntaxError} when it is no such text
 */
export function decodeBase85(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 5 !== 0) throw new SyntaxError(`Base85 must come in fives, got ${text.length} characters`);
  const view = new DataView(new ArrayBuffer(text.length / 5 * 4));
  for (let i = 0; i < text.length / 5; i++) {
    let word = 0;
    for (const char of text.slice(5 * i, 5 * i + 5)) word = word * 85 + (VALUES.get(char) ?? NaN);
    if (!(word < 2 ** 32)) throw new SyntaxError(`"${text.slice(5 * i, 5 * i + 5)}" must be Base85`);
    view.setUint32(4 * i, word);
  }
  return new Uint8Array(view.buffer);
}
