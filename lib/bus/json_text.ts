import type { Json } from "../events/mod.ts";

/** JSON that is published as the text that it is, so that its numbers keep every digit. */
export class JsonText {
  /** One line of JSON. */
  readonly text: string;

  /**
   * Checks a text and keeps it.
   *
   * @param text One JSON document (RFC 8259); line breaks between its tokens become spaces.
   * @throws {SyntaxError} When it is not JSON, or holds half of a surrogate pair as it stands.
   *
   * @example
   * ```ts
   * import { JsonText } from "./json_text.ts";
   *
   * console.assert(new JsonText('{"id": 9007199254740993}').text === '{"id": 9007199254740993}');
   * ```
   */
  constructor(text: string) {
    try {
      JSON.parse(text);
    } catch (cause) {
      throw new SyntaxError(`Cannot publish text as it must be JSON: ${(cause as Error).message}`, { cause });
    }
    if (!text.isWellFormed()) {
      throw new SyntaxError("Cannot publish text as it must be Unicode: half of a surrogate pair; escape it");
    }
    this.text = /[\r\n]/.test(text) ? text.replace(/[\r\n]/g, " ") : text;
  }

  /**
   * Writes a value as text at once, so that of one who waits to be published only its text stays in memory.
   *
   * @param value JSON.
   * @returns The text.
   * @throws {TypeError} When the value is not JSON.
   */
  static of(value: Json): JsonText {
    const text = JSON.stringify(value);
    if (text === undefined) throw new TypeError(`Cannot publish value as it must be JSON: got ${typeof value}`);
    return Object.assign(Object.create(JsonText.prototype), { text });
  }
}
