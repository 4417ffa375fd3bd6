import { decodeBase64, PICTURES } from "./_forms.ts";
import { imagesIn } from "./_html_markdown.ts";
import { dataUri } from "./_html_outputs.ts";
import type { MimeBundle } from "./notebook.ts";
import type { ShownCell } from "./_shown.ts";
import { standaloneSvg } from "./_svg.ts";

/** Reads a file by its path from the notebook; null where it is not to be had. */
export type ReadImage = (path: string) => Promise<Uint8Array | null>;

/** The pictures that a cell's Markdown shows, by their address, as data URIs; those that cannot be had are missing. */
export async function loadImages(shown: ShownCell, readImage: ReadImage): Promise<Map<string, string>> {
  const images = new Map<string, string>();
  if (shown.kind === "code") return images;
  for (const source of imagesIn(shown.text)) {
    const data = source.startsWith("attachment:")
      ? attached(shown.cell.attachments?.[decodePath(source.slice("attachment:".length))])
      : await fileImage(source, readImage);
    if (data !== null) images.set(source, data);
  }
  return images;
}

function attached(bundle: MimeBundle | undefined): string | null {
  const kind = PICTURES.find((other) => typeof bundle?.[`image/${other}`] === "string");
  const bytes = kind === undefined ? null : decodeBase64(String(bundle![`image/${kind}`]));
  return bytes && dataUri(kind!, bytes);
}

async function fileImage(source: string, readImage: ReadImage): Promise<string | null> {
  if (/^([a-z][a-z0-9+.-]*:|[/\\#])/i.test(source)) return null;
  const path = decodePath(source.replace(/[?#].*$/, ""));
  const extension = path.slice(path.lastIndexOf(".") + 1).toLowerCase().replace(/^jpg$/, "jpeg");
  const isSvg = extension === "svg";
  if (!isSvg && !PICTURES.some((kind) => kind === extension)) return null;
  const bytes = await readImage(path);
  if (bytes === null || !isSvg) return bytes && dataUri(extension, bytes);
  const svg = standaloneSvg(new TextDecoder().decode(bytes));
  return "refused" in svg ? null : dataUri("svg", new TextEncoder().encode(svg.file));
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return path;
    throw error;
  }
}
