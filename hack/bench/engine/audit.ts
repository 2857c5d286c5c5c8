import { open, type FileHandle } from 'node:fs/promises';
import { z } from 'zod';

/** One request of the contender, as the API server's audit log has it. */
export interface Request {
  readonly verb: string;
  /** With the subresource: `widgets/status`. */
  readonly resource: string;
  readonly code: number;
}

/** Requests by `VERB RESOURCE`. */
export type Counts = Readonly<Record<string, number>>;

export interface Tally {
  readonly writes: Counts;
  /** GET and LIST. */
  readonly reads: Counts;
  readonly watches: Counts;
  /** Writes that the API server refused; they are among `writes`. */
  readonly refused: number;
}

const Line = z.object({
  stage: z.string(),
  verb: z.string(),
  objectRef: z.object({ resource: z.string().default(''), subresource: z.string().optional() }).default({ resource: '' }),
  responseStatus: z.object({ code: z.number().default(0) }).default({ code: 0 }),
});

/** Undefined for a line that is not the one by which its request is counted: a watch is counted when it begins, all others when they end. */
export function parseLine(line: string): Request | undefined {
  const { stage, verb, objectRef, responseStatus } = Line.parse(JSON.parse(line));
  if ((stage === 'ResponseStarted') !== (verb === 'watch')) return undefined;
  const { resource, subresource } = objectRef;
  return { verb, resource: subresource === undefined ? resource : `${resource}/${subresource}`, code: responseStatus.code };
}

export function tally(requests: readonly Request[]): Tally {
  const of = (...verbs: readonly string[]): Request[] => requests.filter(({ verb }) => verbs.includes(verb));
  const writes = of('create', 'update', 'patch', 'delete', 'deletecollection');
  return { writes: counts(writes), reads: counts(of('get', 'list')), watches: counts(of('watch')), refused: writes.filter(({ code }) => code >= 400).length };
}

function counts(requests: readonly Request[]): Counts {
  const found: Record<string, number> = {};
  for (const { verb, resource } of requests) found[`${verb} ${resource}`] = (found[`${verb} ${resource}`] ?? 0) + 1;
  return found;
}

export function total(all: Counts): number {
  return Object.values(all).reduce((sum, count) => sum + count, 0);
}

/** Follows an audit log. The API server writes a request's line before it answers. */
export class AuditLog {
  readonly #file: FileHandle;
  #position = 0;
  #rest = '';

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<AuditLog> {
    return new AuditLog(await open(path));
  }

  /** The requests since this was last asked. */
  async read(): Promise<Request[]> {
    const { size } = await this.#file.stat();
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(size - this.#position), 0, size - this.#position, this.#position);
    this.#position += bytesRead;
    const lines = (this.#rest + buffer.toString('utf8', 0, bytesRead)).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.map(parseLine).filter((request) => request !== undefined);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
