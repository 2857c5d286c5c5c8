/**
 * Order of two resourceVersions of one resource: negative when a is older. They are decimal integers without leading
 * zeros and of any length, so the longer one is the greater and equal lengths compare as text (KEP-5504).
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a === b ? 0 : a < b ? -1 : 1;
}
