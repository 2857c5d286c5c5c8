import { asRecord } from '../../../operator/runtime/json.ts';
import type { Json } from '../../../operator/runtime/kind.ts';
import type { Outgoing } from '../../../operator/kube/connections.ts';
import { Refusal } from './refusal.ts';
import { resourceOf, type ServedResource } from './resources.ts';

/** A request to the API server, taken apart. */
export interface Request {
  readonly method: Outgoing['method'];
  readonly resource: ServedResource;
  /** Empty for all namespaces. */
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Json;
}

/** `/api/v1/…` or `/apis/GROUP/VERSION/…`, then `[namespaces/NS/]PLURAL[/NAME[/SUBRESOURCE]]`. */
export function requestOf({ method, path, headers, body }: Pick<Outgoing, 'method' | 'path' | 'headers' | 'body'>): Request {
  const mark = path.indexOf('?');
  const steps = (mark < 0 ? path : path.slice(0, mark)).split('/').slice(1).map(decodeURIComponent);
  const rest = steps.slice(steps[0] === 'api' ? 2 : 3);
  const namespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [plural = '', name, subresource] = namespaced ? rest.slice(2) : rest;
  const parsed: unknown = body === undefined ? {} : JSON.parse(body);
  const json = asRecord(parsed);
  if (json === undefined) throw new Refusal(400, 'BadRequest', 'the body is not an object');
  return {
    method, resource: resourceOf(plural), namespace: namespaced ? rest[1] ?? '' : '', name, subresource,
    query: new URLSearchParams(mark < 0 ? '' : path.slice(mark + 1)), contentType: headers['content-type'] ?? '', body: json,
  };
}

/** Whether labels match a selector of the form `key=value`, several of which are joined by commas. */
export function selected(live: Json, selector: string | null): boolean {
  if (selector === null) return true;
  const labels = asRecord(asRecord(live['metadata'])?.['labels']) ?? {};
  return selector.split(',').every((term) => {
    const [key = '', value] = term.split('=', 2);
    return labels[key] === value;
  });
}
