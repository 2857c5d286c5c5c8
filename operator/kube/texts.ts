/** JSON.parse shares shorter texts by itself, and longer ones are seldom the same in two objects. */
const [shortest, longest] = [11, 256];
/** Many texts are of one object alone, so all are forgotten at times; what is shared by many is soon known again. */
const mostKnown = 8_192;
/** Our own kinds end before; what a user can nest would fill the stack. */
const deepest = 16;

/**
 * Keeps what many objects say once: reasons, messages, labels, times. JSON.parse makes a copy for each of them, and these
 * copies are a quarter of what the caches would hold.
 */
export class Texts {
  readonly #known = new Map<string, string>();

  /** Replaces the texts of an object that nobody else has seen yet by equal ones of earlier objects. */
  share(object: object): void {
    this.#shareBelow(object, 0);
  }

  #shareBelow(object: object, depth: number): void {
    for (const name in object) {
      const value: unknown = Reflect.get(object, name);
      if (typeof value === 'string') {
        // Of a frozen object nothing is replaced.
        if (value.length >= shortest && value.length <= longest) Reflect.set(object, name, this.#known.get(value) ?? this.#learn(value));
      } else if (typeof value === 'object' && value !== null && depth < deepest) this.#shareBelow(value, depth + 1);
    }
  }

  #learn(text: string): string {
    if (this.#known.size >= mostKnown) this.#known.clear();
    this.#known.set(text, text);
    return text;
  }
}
