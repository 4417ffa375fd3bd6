import { parseHTML } from "linkedom";
import { around, placeTexts } from "./_measure.ts";

/** What is used here of a node of a browser's document. */
export interface DomNode {
  readonly nodeType: number;
  readonly localName: string;
  readonly textContent: string | null;
}

/** What is used here of an element. */
export interface DomElement extends DomNode {
  readonly attributes: Iterable<{ name: string; value: string }>;
  readonly children: Iterable<DomElement>;
  readonly childNodes: Iterable<DomNode>;
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): void;
}

interface DomDocument {
  createElement(name: string): unknown;
  createElementNS(space: string, name: string): DomElement;
}

/** Marks the picture that Plot's ramp legend paints on a canvas; what follows are its colours as JSON. */
export const RAMP_PREFIX = "data:application/x-ramp,";

/**
 * A document of its own for one figure. Its canvas knows no pixels, only the colours of a legend's ramp; its elements
 * guess their size from their texts, which is what tips ask for.
 */
export function figureDocument(fontSize: number): unknown {
  const { document } = parseHTML("<!DOCTYPE html><html><body></body></html>") as unknown as {
    document: DomDocument;
  };
  const create = document.createElement.bind(document);
  document.createElement = (name) => name === "canvas" ? rampCanvas() : create(name);
  const createNS = document.createElementNS.bind(document);
  document.createElementNS = (space, name) => {
    const element = createNS(space, name);
    return Object.assign(element, { getBBox: () => guessBox(element, fontSize) });
  };
  return document;
}

function guessBox(element: DomElement, fontSize: number): { x: number; y: number; width: number; height: number } {
  const boxes = [...element.children].flatMap((child) => placeTexts(child, fontSize, "start")).map(({ box }) => box);
  const { left, top, right, bottom } = boxes.length > 0 ? around(boxes) : { left: 0, top: 0, right: 0, bottom: 0 };
  return { x: left, y: top, width: right - left, height: bottom - top };
}

function rampCanvas(): unknown {
  const colors: string[] = [];
  const context = {
    fillStyle: "",
    fillRect: (x: number) => void (colors[x] = context.fillStyle),
    createImageData: () => {
      throw new TypeError(
        `Cannot draw a raster as figures are SVG without pixels: got a raster mark; use Plot.cell, Plot.rect or Plot.contour`,
      );
    },
  };
  return { width: 0, height: 0, getContext: () => context, toDataURL: () => RAMP_PREFIX + JSON.stringify(colors) };
}
