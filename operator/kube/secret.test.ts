import { expect, test } from '@jest/globals';
import { readSecret } from './secret.ts';
import { Notes, refusal, StubServer, type Answer } from './testing/stub.ts';
import { Transport } from './transport.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

async function read(answer: Answer): Promise<unknown> {
  const server = new StubServer().then(answer);
  const found = await readSecret(new Transport({ send: server.send, recorder: new Notes() }), { namespace: 'ml', name: 'hooks' });
  expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /api/v1/namespaces/ml/secrets/hooks']);
  return found && [...found];
}

test.each<[string, Answer, unknown]>([
  ['is read as text', { status: 200, body: { data: { slack: base64('https://prüfung.example/\n') } } }, [['slack', 'https://prüfung.example/\n']]],
  ['may be empty', { status: 200, body: { kind: 'Secret' } }, []],
  ['may be absent', refusal(404, 'NotFound'), undefined],
])('a Secret %s', async (_name, answer, found) => {
  expect(await read(answer)).toEqual(found);
});

test('what forbids to read it is told', async () => {
  await expect(read(refusal(403, 'Forbidden'))).rejects.toMatchObject({ status: 403 });
});

test('one that is no base64 is refused without its value', async () => {
  await expect(read({ status: 200, body: { data: { slack: 'not base64!' } } })).rejects.not.toThrow(/not base64!/);
});
