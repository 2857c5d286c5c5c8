import { X509Certificate } from 'node:crypto';
import { getCACertificates } from 'node:tls';

const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates in a PEM text; undefined when there is something in it that is none. */
export function certificatesIn(pem: string): readonly string[] | undefined {
  if (/\S/.test(pem.replace(block, '').replace(/^#.*$/gm, ''))) return undefined;
  const certificates = pem.match(block) ?? [];
  return certificates.every(isCertificate) ? certificates : undefined;
}

/** Whom receivers' certificates are trusted from: the authorities of Node.js and of the system, and these further ones. */
export function trusted(further: readonly string[]): string[] {
  return [...new Set([...getCACertificates('default'), ...getCACertificates('system'), ...further])];
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem);
    return true;
  } catch {
    return false;
  }
}
