/**
 * Shortens paths and file URLs under a folder to paths in it, and takes the versions of changed modules out of them.
 *
 * @param root Absolute folder.
 * @param text Any text.
 */
export function relativeTo(root: string, text: string): string {
  return text.replaceAll(`file://${root}/`, "").replaceAll(`${root}/`, "").replace(/\?v=[0-9a-f]{12}(?=\W|$)/g, "");
}
