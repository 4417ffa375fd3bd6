import type { PinnedModel, PinSource } from "./plan_revision.ts";

/**
 * Reads the content of a model that is to answer, as serving nodes refuse what is not as it was judged.
 *
 * @param model the version, and the digest that its verdict is of
 * @param pins where its content is read
 * @returns why it cannot answer, and the way out; null when the content is as it was judged
 */
export async function contentFault(
  { name, version, digest }: PinnedModel,
  { readDigest }: Pick<PinSource, "readDigest">,
): Promise<string | null> {
  const again = "log it again, and run boathouse evaluate PRODUCT";
  try {
    const found = await readDigest(`${name}@${version}`);
    return found === digest
      ? null
      : `its content must have the digest ${digest}, which was judged: got ${found}; ${again}`;
  } catch (cause) {
    return `its content must be there as it was judged: ${(cause as Error).message}; ${again}`;
  }
}
