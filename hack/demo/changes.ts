/** Passes on what has changed since it was last given: the entries whose text is new. */
export class Changes {
  readonly #known = new Map<string, string>();

  of(now: Readonly<Record<string, string>>): [name: string, text: string][] {
    return Object.entries(now).filter(([name, text]) => {
      if (this.#known.get(name) === text) return false;
      this.#known.set(name, text);
      return true;
    });
  }
}
