import { describe, expect, test } from '@jest/globals';
import { AllowedHost, entriesFor } from './hosts.ts';

const allowed = [
  { host: 'hooks.slack.com' }, { host: '*.logic.azure.com' }, { host: 'receiver.tools.svc', port: 8443, allowPrivate: true }, { host: '[fd00::1]' },
].map((entry) => AllowedHost.parse(entry));

describe('a URL', () => {
  test.each([
    ['of a host that is named', 'https://hooks.slack.com/services/T/B/x', 'hooks.slack.com'],
    ['in capital letters', 'https://HOOKS.slack.COM/', 'hooks.slack.com'],
    ['of a host below a suffix', 'https://prod-7.westeurope.logic.azure.com:443/w?sig=x', '*.logic.azure.com'],
    ['with a port that is named', 'https://receiver.tools.svc:8443/', 'receiver.tools.svc'],
    ['of an address that is named', 'https://[fd00:0:0::1]/', '[fd00::1]'],
  ])('%s is allowed', (_name, url, host) => {
    expect(entriesFor(new URL(url), allowed).map((entry) => entry.host)).toEqual([host]);
  });

  test.each([
    ['of another host', 'https://example.com/'],
    ['of a host that only ends like it', 'https://evil-hooks.slack.com/'],
    ['of a host that only begins like it', 'https://hooks.slack.com.evil.example/'],
    ['of the suffix itself', 'https://logic.azure.com/'],
    ['whose user name looks like the host', 'https://hooks.slack.com@evil.example/'],
    ['with the root label', 'https://hooks.slack.com./'],
    ['with another port', 'https://hooks.slack.com:8443/'],
    ['without the port that is named', 'https://receiver.tools.svc/'],
    ['of the metadata service as a number', 'https://2852039166/'],
  ])('%s is not', (_name, url) => {
    expect(entriesFor(new URL(url), allowed)).toEqual([]);
  });
});

describe('an entry', () => {
  test('is for port 443 and public addresses, unless it says otherwise', () => {
    expect(AllowedHost.parse({ host: 'hooks.slack.com' })).toEqual({ host: 'hooks.slack.com', port: 443, allowPrivate: false });
  });

  test.each([
    [{ host: '*' }], [{ host: '*.com.' }], [{ host: 'https://hooks.slack.com' }], [{ host: 'Hooks.slack.com' }], [{ host: 'a.*.com' }], [{ host: 'localhost' }],
    [{ host: 'hooks.slack.com', port: 0 }], [{ host: 'hooks.slack.com', port: '443' }], [{ host: 'hooks.slack.com', private: true }], [{}],
  ])('%j is refused', (entry) => {
    expect(AllowedHost.safeParse(entry).success).toBe(false);
  });
});
