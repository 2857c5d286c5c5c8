import { open } from 'node:fs/promises';

/** The longest header that is read. */
const maxBytes = 1024 * 1024;

export type FileKind = { readonly type: 'Parquet' | 'Compressed' } | { readonly type: 'Csv'; readonly columns: readonly string[] | undefined };

/** What a file is, by its first bytes; of a CSV file also its column names, undefined when its first line cannot be read. */
export async function kindOf(path: string): Promise<FileKind> {
  const bytes = await readStart(path);
  if (bytes.subarray(0, 4).equals(Buffer.from('PAR1'))) return { type: 'Parquet' };
  const magic = bytes.subarray(0, 4).toString('hex');
  if (magic.startsWith('1f8b') || magic === '28b52ffd') return { type: 'Compressed' };
  return { type: 'Csv', columns: parseHeader(bytes) };
}

/** The fields of the first line (RFC 4180). */
export function parseHeader(bytes: Uint8Array): string[] | undefined {
  const text = decode(bytes);
  const fields: string[] = [];
  const field = /"((?:[^"]|"")*)"(?=[,\r\n]|$)|([^",\r\n]*)/y;
  for (;;) {
    const [, quoted, plain = ''] = field.exec(text) ?? [];
    fields.push(quoted?.replaceAll('""', '"') ?? plain);
    const end = text[field.lastIndex];
    if (end === '"') return undefined;
    // Without a line end the header is longer than what was read, or the file has no rows.
    if (end !== ',') return fields.length === 1 && fields[0] === '' ? undefined : fields;
    field.lastIndex += 1;
  }
}

/** Bytes that are no UTF-8 are refused when the rows are read; the last character may be cut in two. */
function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8').decode(bytes);
}

async function readStart(path: string): Promise<Buffer> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
