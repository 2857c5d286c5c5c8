import { describe, expect, test } from '@jest/globals';
import { buildArguments, storageDriver } from './buildah.ts';

const request = { context: '/ctx', dockerfile: 'python/Dockerfile', ref: 'modelkeeper.local/python:1', certificates: undefined };

describe('buildah', () => {
  test('builds from local images only and names the Dockerfile inside the context', () => {
    const command = buildArguments(request).join(' ');
    expect(command).toContain('--pull=never');
    expect(command).toMatch(/--tag modelkeeper\.local\/python:1 --file \/ctx\/python\/Dockerfile \/ctx$/);
    expect(command).not.toContain('PIP_CERT');
  });

  test('shows the machine\'s certificates to pip without putting them into the image', () => {
    const args = buildArguments({ ...request, certificates: '/etc/company.pem' });
    expect(args).toContain('/etc/company.pem:/run/build-certificates.crt:ro');
    expect(args).toContain('PIP_CERT=/run/build-certificates.crt');
  });

  test('copies layers only where overlay cannot nest', () => {
    const ext4 = 0xef53;
    expect(storageDriver(ext4)).toBe('overlay');
    expect(storageDriver(0x794c7630)).toBe('vfs');
  });
});
