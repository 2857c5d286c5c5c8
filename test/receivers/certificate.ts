import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A certificate for an https server, its key, and the certificate of the authority that signed it, as PEM. */
export interface Issued {
  readonly authority: string;
  readonly cert: string;
  readonly key: string;
}

/** Makes an authority and a server's certificate of it for one name or IPv4 address (RFC 5280), both good for a year. */
export function issue(host: string): Issued {
  const ca = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = commonName('Modelkeeper test authority');
  const isAuthority = extension('551d13', seq(der(0x01, Buffer.from([0xff]))), true);
  const forName = extension('551d11', seq(isIPv4(host) ? der(0x87, Buffer.from(host.split('.').map(Number))) : der(0x82, Buffer.from(host))));
  return {
    authority: certificate({ subject: name, publicKey: ca.publicKey, extensions: [isAuthority], issuer: name, issuerKey: ca.privateKey }),
    cert: certificate({ subject: commonName(host), publicKey: server.publicKey, extensions: [forName], issuer: name, issuerKey: ca.privateKey }),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

interface Template {
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly issuer: Buffer;
  readonly issuerKey: KeyObject;
}

const ecdsaWithSha256 = seq(oid('2a8648ce3d040302'));
const dayMs = 86_400_000;

function certificate({ subject, publicKey, extensions, issuer, issuerKey }: Template): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // The first byte is 1: a serial number is positive, and has no zeros in front.
  const serial = Buffer.concat([Buffer.from([1]), createHash('sha256').update(spki).digest().subarray(0, 8)]);
  // A day back, because the clocks of a machine and of a container on it may differ.
  const validity = seq(time(Date.now() - dayMs), time(Date.now() + 365 * dayMs));
  const version3 = der(0xa0, der(0x02, Buffer.from([2])));
  const toSign = seq(version3, der(0x02, serial), ecdsaWithSha256, issuer, validity, subject, spki, der(0xa3, seq(...extensions)));
  const signature = sign('sha256', toSign, issuerKey);
  const base64 = seq(toSign, ecdsaWithSha256, bits(signature)).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

function commonName(name: string): Buffer {
  return seq(der(0x31, seq(oid('550403'), der(0x0c, Buffer.from(name)))));
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return seq(oid(id), ...(critical ? [der(0x01, Buffer.from([0xff]))] : []), der(0x04, value));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function time(ms: number): Buffer {
  return der(0x17, Buffer.from(new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '').slice(2)));
}

function bits(content: Buffer): Buffer {
  return der(0x03, Buffer.concat([Buffer.from([0]), content]));
}

function seq(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

/** A value in the Distinguished Encoding Rules: its tag, its length, its content. */
function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}
