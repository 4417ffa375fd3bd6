import { sha256 } from "../../events/mod.ts";
import type { MimeBundle } from "../notebook.ts";
import { standaloneSvg } from "../_svg.ts";

/** A chart or picture of an output. */
export interface Figure {
  /** Its MIME type. */
  mime: string;
  /** Size of its file in bytes. */
  bytes: number;
  /** SHA-256 of its file. */
  digest: string;
  /** Its file in base64; null where it must not be shown, because it holds a script or asks for something elsewhere. */
  base64: string | null;
}

const PICTURES = ["image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp"];

/** The MIME type of the figure in a bundle; null without one. */
export function figureMime(data: MimeBundle): string | null {
  return PICTURES.find((mime) => typeof data[mime] === "string") ?? null;
}

/** Reads the figure of a bundle. */
export function readFigure(data: MimeBundle, mime: string): Figure {
  const text = data[mime] as string;
  const { bytes, shown } = mime === "image/svg+xml" ? svgFile(text) : pictureFile(text);
  return { mime, bytes: bytes.length, digest: sha256(bytes), base64: shown ? bytes.toBase64() : null };
}

function svgFile(text: string): { bytes: Uint8Array; shown: boolean } {
  const read = standaloneSvg(text);
  return { bytes: new TextEncoder().encode("file" in read ? read.file : text), shown: "file" in read };
}

function pictureFile(text: string): { bytes: Uint8Array; shown: boolean } {
  try {
    return { bytes: Uint8Array.fromBase64(text.replace(/\s+/g, "")), shown: true };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { bytes: new TextEncoder().encode(text), shown: false };
  }
}
