/** Whether the operating system refused with `code`. It does not ask for `instanceof Error`, which fails between realms such as Jest's. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
