import { isIP } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AddressNotAllowed, guardedLookup, isPublic, type Resolve } from './addresses.ts';

test.each([
  ['this host', '0.0.0.0'], ['loopback', '127.0.0.1'], ['loopback, the last', '127.255.255.255'],
  ['private', '10.0.0.1'], ['private', '172.16.0.1'], ['private', '172.31.255.255'], ['private', '192.168.1.1'],
  ['link-local: metadata of most clouds', '169.254.169.254'], ['metadata of Alibaba, behind CGNAT', '100.100.100.200'], ['CGNAT', '100.64.0.1'],
  ['metadata of Oracle', '192.0.0.192'], ['platform of Azure', '168.63.129.16'], ['documentation', '203.0.113.9'], ['benchmarks', '198.19.0.1'],
  ['multicast', '224.0.0.1'], ['reserved', '240.0.0.1'], ['broadcast', '255.255.255.255'],
  ['unspecified', '::'], ['loopback', '::1'], ['IPv4 in IPv6', '::ffff:127.0.0.1'], ['IPv4 in IPv6, public', '::ffff:8.8.8.8'], ['IPv4 in IPv6 as hexadecimal', '::ffff:a9fe:a9fe'],
  ['IPv4, compatible', '::127.0.0.1'], ['NAT64', '64:ff9b::a9fe:a9fe'], ['NAT64, local', '64:ff9b:1::1'], ['6to4', '2002:7f00:1::'], ['Teredo', '2001:0:4136:e378::1'],
  ['unique-local', 'fc00::1'], ['unique-local: metadata of AWS', 'fd00:ec2::254'], ['link-local', 'fe80::1'], ['link-local with its zone', 'fe80::1%eth0'],
  ['site-local', 'fec0::1'], ['multicast', 'ff02::1'], ['discard', '100::1'], ['documentation', '2001:db8::1'], ['documentation, new', '3fff::1'],
  ['a public one with a zone', '2606:4700::1%eth0'], ['no address', 'hooks.slack.com'], ['no address', ''],
])('%s is not public: %s', (_name, address) => {
  expect(isPublic(address)).toBe(false);
});

test.each(['1.1.1.1', '3.64.0.1', '100.63.255.255', '100.128.0.1', '172.15.0.1', '172.32.0.1', '192.0.1.1', '169.253.0.1', '223.255.255.255', '2606:4700::1111', '2001:4860:4860::8888', '2a00:1450::1'])(
  'public: %s', (address) => {
    expect(isPublic(address)).toBe(true);
  });

test('nothing of IPv4 that is mapped into IPv6 is public', () => {
  fc.assert(fc.property(fc.ipV4(), (address) => isIP(address) === 4 && !isPublic(`::ffff:${address}`)));
});

describe('a socket that looks up a name', () => {
  const some = (...addresses: string[]): Resolve => () => Promise.resolve(addresses.map((address) => ({ address, family: isIP(address) })));
  const look = (resolve: Resolve, all: boolean): Promise<unknown[]> => new Promise((resolved) => {
    guardedLookup(resolve, isPublic)('name.example', { all }, (...answer) => resolved(answer));
  });

  test('gets all public addresses', async () => {
    expect(await look(some('1.1.1.1', '2606:4700::1111'), true)).toEqual([null, [{ address: '1.1.1.1', family: 4 }, { address: '2606:4700::1111', family: 6 }]]);
  });

  test('gets one where it asks for one', async () => {
    expect(await look(some('1.1.1.1', '1.0.0.1'), false)).toEqual([null, '1.1.1.1', 4]);
  });

  test('gets no private one that stands beside a public one', async () => {
    expect(await look(some('10.0.0.1', '1.1.1.1'), true)).toEqual([null, [{ address: '1.1.1.1', family: 4 }]]);
  });

  test.each([[['10.0.0.1']], [['169.254.169.254', '::1']], [[]]])('gets nothing of %j', async (addresses) => {
    const [error] = await look(some(...addresses), true);
    expect(error).toBeInstanceOf(AddressNotAllowed);
  });

  test('gets what was checked, when the name has another address the next time', async () => {
    const answers = [['1.1.1.1'], ['127.0.0.1']];
    const rebinding: Resolve = (hostname) => some(...(answers.shift() ?? []))(hostname);
    expect(await look(rebinding, true)).toEqual([null, [{ address: '1.1.1.1', family: 4 }]]);
    const [error] = await look(rebinding, true);
    expect(error).toBeInstanceOf(AddressNotAllowed);
  });

  test('is told why a name has no address', async () => {
    const [error] = await look(() => Promise.reject(new Error('ENOTFOUND')), true);
    expect(String(error)).toBe('Error: ENOTFOUND');
  });
});
