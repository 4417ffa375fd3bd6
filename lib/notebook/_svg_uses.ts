import type { XmlTag } from "./_xml_tag.ts";

/** More are too many to follow. */
const MAX_USES = 20_000;

interface Group {
  /** Elements within it, itself included. */
  elements: number;
  /** Ids that `use` within it repeats. */
  repeats: string[];
}

/**
 * Counts the elements that a browser draws of an SVG: `use` repeats others, which may hold `use` again, so that a small
 * file can take a browser for ever.
 *
 * @param tags The tags in order.
 * @returns Elements, those that are repeated as often as they are.
 */
export function countDrawn(tags: Iterable<XmlTag>): number {
  const groups = new Map<string, Group>();
  const whole: Group = { elements: 0, repeats: [] };
  const open: Group[] = [whole];
  for (const tag of tags) {
    if (tag.close) {
      open.pop();
      continue;
    }
    const own: Group = { elements: 0, repeats: [] };
    const id = attributeOf(tag, "id");
    if (id !== undefined && !groups.has(id)) groups.set(id, own);
    const repeated = tag.name === "use" ? attributeOf(tag, "href") ?? attributeOf(tag, "xlink:href") : undefined;
    for (const group of new Set([...open, own])) {
      group.elements++;
      if (repeated !== undefined) group.repeats.push(repeated.trim().slice(1));
    }
    if (repeated !== undefined && whole.repeats.length > MAX_USES) return Infinity;
    if (!tag.empty) open.push(own);
  }
  return expand(whole, groups);
}

function attributeOf({ attributes }: XmlTag, name: string): string | undefined {
  return attributes.find((attribute) => attribute.name === name)?.value;
}

function expand(whole: Group, groups: ReadonlyMap<string, Group>): number {
  const known = new Map<Group, number>();
  const count = (group: Group): number => {
    const found = known.get(group);
    if (found !== undefined) return found;
    known.set(group, 0); // Browsers draw nothing of what repeats itself.
    const repeated = group.repeats.map((id) => groups.get(id)).reduce(
      (sum, other) => sum + (other ? count(other) : 0),
      0,
    );
    known.set(group, group.elements + repeated);
    return group.elements + repeated;
  };
  return count(whole);
}
