/** Resolves a reference such as `params.x`; undefined when there is no such thing. */
export type Lookup = (reference: string) => string | undefined;

export interface Substituted {
  readonly text: string;
  /** References that could not be resolved. */
  readonly unknown: readonly string[];
}

const pattern = /\$\$|\$\(([^()]*)\)/g;
/** `$(NAME)` is an environment variable and left to Kubernetes. */
const environmentVariable = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces `$(params.x)` and its like. `$$` stays as it is and becomes `$` when Kubernetes starts the container; what is
 * put in is escaped likewise, so that a value is never expanded again. Nothing passes through a shell.
 */
export function substitute(text: string, lookup: Lookup): Substituted {
  const unknown: string[] = [];
  const result = text.replace(pattern, (match: string, reference: string | undefined) => {
    if (reference === undefined || environmentVariable.test(reference)) return match;
    const value = lookup(reference);
    if (value === undefined) unknown.push(reference);
    return value?.replaceAll('$', '$$$$') ?? match;
  });
  return { text: result, unknown };
}

/** At most how long the text becomes, without building it. */
export function substitutedLength(text: string, lookup: Lookup): number {
  let length = text.length;
  for (const [, reference] of text.matchAll(pattern)) {
    // Escaping can double a value.
    if (reference !== undefined && !environmentVariable.test(reference)) length += 2 * (lookup(reference)?.length ?? 0);
  }
  return length;
}
