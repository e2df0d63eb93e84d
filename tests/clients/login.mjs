// Walks the whole login with a real browser and real clients.
//   login.mjs URL, with LOGIN in the environment: {setup, user, password, browser, profile, shots}
import assert from 'node:assert/strict';
import { callWith, Callback, connected, MemoryProvider, postForm, sdkOf } from './oauth_client.mjs';
import { DESKTOP, openBrowser, PHONE, Visitor } from './browser.mjs';
import { ok, run } from './steps.mjs';

const url = process.argv[2];
const { origin } = new URL(url);
const login = JSON.parse(process.env.LOGIN);
const CONSENT = 'Let this application in?';
const ALLOW = 'button[value=approve]';
const REFUSE = 'button[value=deny]';
const BOTH = 'notes:read notes:write';

const allowed = (other) => other === origin || other.startsWith('http://127.0.0.1:');
const comes = (browser, viewport, javascript) =>
  Visitor.come(browser, { viewport, javascript, shots: login.shots, allowed });

// The client asks, is refused, and says where its user has to go.
async function startLogin(sdk, provider) {
  await assert.rejects(connected(sdk, url, provider), sdk.UnauthorizedError);
  const asked = provider.asked.at(-1);
  assert.equal(asked.origin, origin);
  assert.equal(asked.searchParams.get('resource'), url);
  assert.equal(asked.searchParams.get('code_challenge_method'), 'S256');
  return asked.href;
}

// The browser is back: the client takes the code, and is in.
async function finishLogin(sdk, provider, callback) {
  const answer = callback.answers.at(-1);
  assert.equal(answer.get('state'), provider.lastState);
  assert.equal(answer.get('iss'), origin);
  const transport = new sdk.StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
  if (sdk.major === 'two') await transport.finishAuth(answer);
  else await transport.finishAuth(answer.get('code'));
  return connected(sdk, url, provider);
}

// Over plain http a login serves one decision: no cookie logs anybody in that other ports would see.
async function logIn(visitor) {
  await visitor.see('Log in to your notes', ['User name', 'Password'], 'login');
  await visitor.fill({ user: login.user, password: login.password });
  await visitor.press('button[type=submit]');
}

async function becomeOwner(browser) {
  const visitor = await comes(browser, PHONE, false);
  await visitor.open(login.setup);
  await visitor.see('Set up your notes', ['Choose the name and password', 'User name'], 'setup');
  await visitor.fill({ user: login.user, password: login.password, again: `${login.password}!` });
  await visitor.press('button[type=submit]');
  await visitor.see('Set up your notes', ['The two passwords differ'], 'setup-again');
  await visitor.fill({ password: login.password, again: login.password });
  await visitor.press('button[type=submit]');
  await visitor.see('You are the owner', [url], 'owner');
  await visitor.open(login.setup);
  await visitor.see('This link is used up', [], 'setup-used');
  ok('become the owner');
  return visitor;
}

// On a phone, without scripts; the second major of the SDK.
async function onThePhone(visitor, callback) {
  const sdk = { ...(await sdkOf('two')), major: 'two' };
  const provider = new MemoryProvider('Phone <b>Client</b>', callback, BOTH);
  await visitor.open(await startLogin(sdk, provider));
  await logIn(visitor);
  const text = await visitor.see(CONSENT, ['Phone <b>Client</b>', '127.0.0.1', login.user, 'your own device', 'write'],
    'consent');
  assert.ok(!text.includes(login.password));
  ok('see the consent page on a phone without scripts');
  await visitor.press(ALLOW);
  const client = await finishLogin(sdk, provider, callback);
  assert.ok((await client.listTools()).tools.length > 0);
  const written = await client.callTool({ name: 'write_note',
    arguments: { title: 'From the Phone', folder: 'login', content: '- [is] here\n' } });
  assert.ok(!written.isError);
  ok('call with a token');
  await visitor.leave();
  return { sdk, provider, client };
}

async function keepTokens({ sdk, provider, client }) {
  const first = provider.current;
  provider.current = { ...first, access_token: 'bmat_no_longer_good' };
  assert.ok((await client.listPrompts()).prompts.length > 0);
  assert.notEqual(provider.current.access_token, first.access_token);
  assert.notEqual(provider.current.refresh_token, first.refresh_token);
  ok('refresh by itself, with a new refresh token');
  await client.close();

  const tokens = provider.current;
  const other = await postForm(`${origin}/token`, { grant_type: 'refresh_token', refresh_token: tokens.refresh_token,
    client_id: provider.information.client_id, resource: 'https://elsewhere.example/mcp' });
  assert.equal(other.status, 400);
  assert.equal((await other.json()).error, 'invalid_target');
  ok('get no token for another server');

  assert.equal((await callWith(url, tokens.access_token)).status, 200);
  const revoked = await postForm(`${origin}/revoke`,
    { token: tokens.refresh_token, client_id: provider.information.client_id });
  assert.equal(revoked.status, 200);
  const refused = await callWith(url, tokens.access_token);
  assert.equal(refused.status, 401);
  assert.match(refused.headers.get('www-authenticate'), /error="invalid_token".*resource_metadata=|resource_metadata=.*error="invalid_token"/);
  const before = provider.asked.length;
  await assert.rejects(connected(sdk, url, provider), sdk.UnauthorizedError);
  assert.equal(provider.asked.length, before + 1, 'the client asks for a new login');
  ok('be refused with a revoked token');
}

// On a desk, not logged in yet, with scripts; the first major of the SDK, which may only read in the end.
async function onTheDesk(browser, callback) {
  const sdk = { ...(await sdkOf('one')), major: 'one' };
  const provider = new MemoryProvider('Desk Client', callback, BOTH);
  const visitor = await comes(browser, DESKTOP, true);
  await visitor.open(await startLogin(sdk, provider));
  await visitor.see('Log in to your notes', ['User name', 'Password'], 'login');
  await visitor.fill({ user: login.user, password: 'something else' });
  await visitor.press('button[type=submit]');
  await visitor.see('Log in to your notes', [], 'login-again');
  assert.ok(await visitor.page.$('[role=alert]'), 'a wrong password is told');
  await visitor.fill({ user: login.user, password: login.password });
  await visitor.press('button[type=submit]');
  await visitor.see(CONSENT, ['Desk Client', '127.0.0.1'], 'consent');
  ok('log in on a desk');

  await visitor.press(REFUSE);
  assert.equal(callback.answers.at(-1).get('error'), 'access_denied');
  assert.equal(callback.answers.at(-1).get('state'), provider.lastState);
  ok('refuse');

  await visitor.open(await startLogin(sdk, provider));
  await logIn(visitor);
  await visitor.page.click('input[name=write]');
  await visitor.press(ALLOW);
  const client = await finishLogin(sdk, provider, callback);
  assert.equal(provider.current.scope.includes('notes:write'), false);
  const read = await client.callTool({ name: 'search_notes', arguments: { query: 'here' } });
  assert.ok(!read.isError);
  await client.close();
  const refused = await callWith(url, provider.current.access_token, 'tools/call',
    { name: 'write_note', arguments: { title: 'No', folder: 'login', content: 'no' } });
  assert.equal(refused.status, 403);
  assert.match(refused.headers.get('www-authenticate'), /insufficient_scope/);
  ok('let a client only read');

  const wrong = new URL(provider.asked.at(-1));
  wrong.searchParams.set('resource', 'https://elsewhere.example/mcp');
  await visitor.open(wrong.href);
  assert.equal(callback.answers.at(-1).get('error'), 'invalid_target');
  const stolen = new URL(provider.asked.at(-1));
  stolen.searchParams.set('redirect_uri', 'https://elsewhere.example/callback');
  const answers = callback.answers.length;
  await visitor.open(stolen.href);
  assert.equal(callback.answers.length, answers);
  assert.ok(visitor.page.url().startsWith(origin), 'a wrong redirect URI leads nowhere');
  const cookies = callback.cookies.at(-1);
  assert.ok(cookies, 'browsers show cookies to every port');
  const page = await (await fetch(provider.asked.at(-1), { headers: { cookie: cookies } })).text();
  assert.match(page, /Log in to your notes/, 'what the callback sees opens nothing');
  ok('be sent nowhere else');
  return visitor;
}

async function connectDevice(visitor) {
  const started = await (await postForm(`${origin}/device_authorization`,
    { client_id: 'bm-cli', scope: BOTH, resource: url })).json();
  const poll = () => postForm(`${origin}/token`, { grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    device_code: started.device_code, client_id: 'bm-cli' });
  assert.equal((await (await poll()).json()).error, 'authorization_pending');
  await visitor.open(started.verification_uri);
  await visitor.see('Connect a device', ['Code that your device shows'], 'device');
  await visitor.open(started.verification_uri_complete);
  await logIn(visitor);
  await visitor.see('Let this device in?', [started.user_code, login.user], 'device-consent');
  await visitor.press(ALLOW);
  await new Promise((resolve) => setTimeout(resolve, 1000 * started.interval + 500));
  const tokens = await (await poll()).json();
  assert.ok(tokens.access_token, JSON.stringify(tokens));
  assert.equal((await callWith(url, tokens.access_token)).status, 200);
  assert.equal((await (await poll()).json()).error, 'invalid_grant');
  ok('connect a device');
  await visitor.leave();
}

run(async () => {
  const refused = await callWith(url, null);
  assert.equal(refused.status, 401);
  assert.ok(!refused.headers.get('www-authenticate').includes('error='));
  const callback = await Callback.listen();
  const browser = await openBrowser(login.browser, login.profile);
  try {
    const owner = await becomeOwner(browser);
    await keepTokens(await onThePhone(owner, callback));
    await connectDevice(await onTheDesk(browser, callback));
  } finally {
    await browser.close();
    callback.close();
  }
});
