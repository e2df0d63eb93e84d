// An OpenID provider that says who may call `bm`, with keys that change.
//   issuer.mjs with ISSUER in the environment: {certificate, key}
import assert from 'node:assert/strict';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Provider } from 'oidc-provider';
import { callWith } from './oauth_client.mjs';
import { ask, eventually, ok, run } from './steps.mjs';

const settings = JSON.parse(process.env.ISSUER);
const ELSEWHERE = 'https://elsewhere.example/mcp';
const CLIENT = { client_id: 'machine', client_secret: randomUUID() };

function newKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), use: 'sig', alg: 'RS256' };
}

// The server stays, the provider behind it is made anew with each set of keys.
async function startIssuer() {
  let answer;
  const server = createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.key) },
    (request, response) => answer(request, response));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `https://127.0.0.1:${server.address().port}`;
  const use = (...keys) => {
    const provider = new Provider(issuer, {
      jwks: { keys },
      clients: [{ ...CLIENT, grant_types: ['client_credentials'], redirect_uris: [], response_types: [],
        token_endpoint_auth_method: 'client_secret_post' }],
      cookies: { keys: [randomUUID()] },
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: { enabled: true, getResourceServerInfo: (_, resource) => ({
          audience: resource, scope: 'notes:read notes:write', accessTokenFormat: 'jwt', accessTokenTTL: 600,
          jwt: { sign: { alg: 'RS256' } } }) },
      },
    });
    answer = provider.callback();
  };
  return { issuer, use, server };
}

async function tokenFor(issuer, resource, scope = 'notes:read notes:write') {
  const response = await fetch(`${issuer}/token`, { method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope, ...CLIENT }).toString() });
  const answer = await response.json();
  assert.ok(answer.access_token, JSON.stringify(answer));
  return answer.access_token;
}

const write = { name: 'write_note', arguments: { title: 'From afar', folder: 'far', content: '- [is] here\n' } };

run(async () => {
  const { issuer, use, server } = await startIssuer();
  const first = newKey();
  use(first);
  const url = await ask('serve', issuer);
  const { origin } = new URL(url);

  const metadata = await (await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`)).json();
  assert.deepEqual(metadata.authorization_servers, [issuer]);
  assert.equal(metadata.resource, url);
  assert.equal((await fetch(`${origin}/authorize`)).status, 404);
  assert.equal((await callWith(url, null)).status, 401);
  ok('name the issuer');

  const token = await tokenFor(issuer, url);
  const answer = await callWith(url, token, 'tools/call', write);
  assert.equal(answer.status, 200, await answer.text());
  ok('take its token');

  const stranger = await callWith(url, await tokenFor(issuer, ELSEWHERE));
  assert.equal(stranger.status, 401);
  assert.match(stranger.headers.get('www-authenticate'), /error="invalid_token"/);
  ok('refuse a token for another server');

  const reader = await tokenFor(issuer, url, 'notes:read');
  assert.equal((await callWith(url, reader)).status, 200);
  const refused = await callWith(url, reader, 'tools/call', write);
  assert.equal(refused.status, 403);
  assert.match(refused.headers.get('www-authenticate'), /insufficient_scope/);
  ok('refuse what the scope does not hold');

  const forged = token.split('.');
  forged[2] = reader.split('.')[2];
  assert.equal((await callWith(url, forged.join('.'))).status, 401);
  ok('refuse a forged token');

  // A newer key in front of the old one, as providers do it.
  const second = newKey();
  use(second, first);
  const newer = await tokenFor(issuer, url);
  assert.notEqual(header(newer).kid, header(token).kid);
  // The keys are asked for at most once a minute, however many unknown ones come.
  await eventually(async () => (await callWith(url, newer)).status === 200, 'the new key is not known', 70000);
  assert.equal((await callWith(url, token)).status, 200);
  ok('follow a change of keys');
  server.close();
  server.closeAllConnections();
}, 90000);

function header(token) {
  return JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString());
}
