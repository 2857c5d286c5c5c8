/** The complete lines of a byte stream. What follows the last newline was cut off and is dropped. */
export async function* lines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of bytes) {
    const text = decoder.decode(chunk, { stream: true });
    const first = text.indexOf('\n');
    if (first === -1) {
      rest += text;
      continue;
    }
    yield rest + text.slice(0, first);
    let start = first + 1;
    for (let end = text.indexOf('\n', start); end !== -1; end = text.indexOf('\n', start)) {
      yield text.slice(start, end);
      start = end + 1;
    }
    rest = text.slice(start);
  }
}
