import { z } from 'zod';

const name = /^(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;
const ipv6 = /^\[[0-9a-f:.]+\]$/;

/** A place where notices may go. */
export const AllowedHost = z.strictObject({
  /** As it stands in a URL, in small letters. `*.` in front stands for one or more labels. */
  host: z.string().max(253).refine((host) => name.test(host) || ipv6.test(host), 'host must be a name such as "hooks.slack.com" or "*.example.com", or an address, in small letters'),
  port: z.int().min(1).max(65_535).default(443),
  /** Also when the host has an address that is not on the public internet. */
  allowPrivate: z.boolean().default(false),
});
export type AllowedHost = z.infer<typeof AllowedHost>;

/** The entries that a URL matches. */
export function entriesFor(url: URL, allowed: readonly AllowedHost[]): AllowedHost[] {
  const port = url.port === '' ? 443 : Number(url.port);
  return allowed.filter((entry) => entry.port === port && matches(url.hostname, entry.host));
}

function matches(hostname: string, pattern: string): boolean {
  if (!pattern.startsWith('*.')) return hostname === pattern;
  const suffix = pattern.slice(1);
  return hostname.endsWith(suffix) && hostname.length > suffix.length;
}
