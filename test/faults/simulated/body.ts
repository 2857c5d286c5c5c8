/** The body of an answer, which comes in pieces. */
export class Body implements AsyncIterable<Uint8Array> {
  readonly #pieces: Uint8Array[] = [];
  #end: { readonly error: Error | undefined } | undefined;
  #wake: () => void = () => undefined;

  static of(text: string): Body {
    const body = new Body();
    body.push(text);
    body.end();
    return body;
  }

  push(text: string): void {
    this.#pieces.push(new TextEncoder().encode(text));
    this.#wake();
  }

  end(error?: Error): void {
    this.#end ??= { error };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) yield piece;
      else if (this.#end?.error) throw this.#end.error;
      else if (this.#end) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
