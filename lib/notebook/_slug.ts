/** Gives headings and cells the names by which links reach them, each once. */
export type Slugger = (text: string) => string;

/**
 * Names places as forges name headings: small letters, digits, `-` and `_`, and a number behind a name that is taken.
 *
 * @param taken Names that are not to be given.
 * @returns Gives a text its name; the same texts in the same order have the same names.
 */
export function slugger(taken: Iterable<string> = []): Slugger {
  const given = new Set(taken);
  return (text) => {
    const name = text.trim().toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "").replaceAll(" ", "-") ||
      "section";
    let slug = name;
    for (let copy = 1; given.has(slug); copy++) slug = `${name}-${copy}`;
    given.add(slug);
    return slug;
  };
}
