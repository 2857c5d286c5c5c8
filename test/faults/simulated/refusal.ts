import type { Json } from '../../../operator/runtime/kind.ts';

/** What the API server refuses a request with. */
export class Refusal extends Error {
  readonly code: number;
  readonly reason: string;

  constructor(code: number, reason: string, message: string) {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  get status(): Json {
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message: this.message, reason: this.reason, code: this.code };
  }
}

export const notFound = (plural: string, name: string): Refusal => new Refusal(404, 'NotFound', `${plural} "${name}" not found`);
export const alreadyExists = (plural: string, name: string): Refusal => new Refusal(409, 'AlreadyExists', `${plural} "${name}" already exists`);
export const conflict = (plural: string, name: string): Refusal =>
  new Refusal(409, 'Conflict', `Operation cannot be fulfilled on ${plural} "${name}": the object has been modified; please apply your changes to the latest version and try again`);
export const invalid = (plural: string, name: string, why: string): Refusal => new Refusal(422, 'Invalid', `${plural} "${name}" is invalid: ${why}`);
export const expired = new Refusal(410, 'Expired', 'The resourceVersion for the provided watch is too old.');
