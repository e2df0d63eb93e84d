// Walks the login with a real browser as the owner of a public server does: over https, where a cookie logs in.
//   login_tls.mjs URL, with LOGIN in the environment: {setup, user, password, browser, profile, shots}
// The client's own page is answered by the browser, so that nothing leaves this machine.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { callWith, postForm } from './oauth_client.mjs';
import { DESKTOP, openBrowser, PHONE, Visitor } from './browser.mjs';
import { ok, run } from './steps.mjs';

const url = process.argv[2];
const { origin } = new URL(url);
const login = JSON.parse(process.env.LOGIN);
const APP = 'https://app.test';
const CONSENT = 'Let this application in?';
const LOG_IN = 'Log in to your notes';
const ALLOW = 'button[value=approve]';
const SUBMIT = 'button[type=submit]';

class AppVisitor {
  static async come(browser, viewport, javascript) {
    const visitor = await Visitor.come(browser, { viewport, javascript, shots: login.shots,
      allowed: (other) => other === origin || other === APP });
    visitor.answers = [];
    await visitor.page.setRequestInterception(true);
    visitor.page.on('request', (request) => {
      const asked = new URL(request.url());
      if (asked.origin !== APP) return request.continue();
      if (asked.pathname === '/callback') visitor.answers.push(asked.searchParams);
      return request.respond({ contentType: 'text/html', body: '<!doctype html><title>Back</title><h1>Back</h1>' });
    });
    return visitor;
  }
}

const cookiesOf = async (visitor) => Object.fromEntries((await visitor.page.cookies(origin)).map((one) => [one.name, one]));

// What a browser keeps for one host over https alone, and gives to no script and no other site's form.
function assertHostCookie(cookie) {
  assert.ok(cookie.name.startsWith('__Host-'), cookie.name);
  assert.ok(cookie.secure && cookie.httpOnly && cookie.sameSite === 'Lax' && cookie.path === '/', JSON.stringify(cookie));
  assert.ok(!cookie.domain.startsWith('.'), cookie.domain);
}

async function register() {
  const answer = await fetch(`${origin}/register`, { method: 'POST', headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ client_name: 'Far App', redirect_uris: [`${APP}/callback`], token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'] }) });
  assert.equal(answer.status, 201);
  return (await answer.json()).client_id;
}

function authorizeUrl(client, verifier) {
  const asked = new URL(`${origin}/authorize`);
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  for (const [name, value] of Object.entries({ response_type: 'code', client_id: client, redirect_uri: `${APP}/callback`,
    code_challenge: challenge, code_challenge_method: 'S256', state: 'as it was', resource: url,
    scope: 'notes:read notes:write' })) asked.searchParams.set(name, value);
  return asked.href;
}

async function takeTokens(client, verifier, answer) {
  assert.equal(answer.get('state'), 'as it was');
  assert.equal(answer.get('iss'), origin);
  const given = await postForm(`${origin}/token`, { grant_type: 'authorization_code', code: answer.get('code'),
    redirect_uri: `${APP}/callback`, client_id: client, code_verifier: verifier });
  assert.equal(given.status, 200);
  return (await given.json()).access_token;
}

async function becomeOwner(browser) {
  const visitor = await AppVisitor.come(browser, PHONE, false);
  await visitor.open(login.setup);
  await visitor.fill({ user: login.user, password: login.password, again: login.password });
  await visitor.press(SUBMIT);
  await visitor.see('You are the owner', [url], 'tls-owner');
  const cookies = await cookiesOf(visitor);
  assertHostCookie(cookies['__Host-bm_login']);
  assertHostCookie(cookies['__Host-bm_known']);
  assert.equal(Object.keys(cookies).length, 2, Object.keys(cookies).join());
  ok('become the owner, with cookies of this host alone');
  return visitor;
}

// Logged in already: one consent, and none the second time.
async function letIn(visitor, client) {
  const verifier = randomBytes(32).toString('base64url');
  await visitor.open(authorizeUrl(client, verifier));
  await visitor.see(CONSENT, ['Far App', 'app.test', login.user], 'tls-consent');
  assert.equal(await visitor.page.$('input[name=login]'), null, 'no form carries the login');
  await visitor.press(ALLOW);
  assert.equal(visitor.page.url().split('?')[0], `${APP}/callback`, 'the policy of the page lets its form lead there');
  const token = await takeTokens(client, verifier, visitor.answers.at(-1));
  assert.equal((await callWith(url, token)).status, 200);
  ok('let a client in from the page that one is logged in on');

  await visitor.open(authorizeUrl(client, verifier));
  assert.equal(visitor.page.url().split('?')[0], `${APP}/callback`);
  assert.equal(visitor.answers.length, 2);
  assert.equal((await callWith(url, await takeTokens(client, verifier, visitor.answers.at(-1)))).status, 200);
  ok('not be asked a second time');
}

// Logged out, in a browser that is known: the consent holds, so the login leads straight to the client.
async function comeBack(visitor, client) {
  const verifier = randomBytes(32).toString('base64url');
  const before = await cookiesOf(visitor);
  await visitor.page.deleteCookie({ name: '__Host-bm_login', url: origin });
  await visitor.open(authorizeUrl(client, verifier));
  await visitor.see(LOG_IN, ['User name'], 'tls-login');
  await visitor.fill({ user: login.user, password: 'something else' });
  await visitor.press(SUBMIT);
  await visitor.see(LOG_IN, [], 'tls-login-again');
  await visitor.fill({ user: login.user, password: login.password });
  await visitor.press(SUBMIT);
  assert.equal(visitor.page.url().split('?')[0], `${APP}/callback`, 'the policy of the login lets it lead there');
  assert.equal((await callWith(url, await takeTokens(client, verifier, visitor.answers.at(-1)))).status, 200);
  const after = await cookiesOf(visitor);
  assertHostCookie(after['__Host-bm_login']);
  assert.notEqual(after['__Host-bm_login'].value, before['__Host-bm_login'].value, 'a login is never the one before it');
  assert.ok(after['__Host-bm_known'], 'the browser is still known');
  ok('log in anew and be sent back at once');
}

// Another browser knows nothing of the first one's login, and its forms are its own.
async function beAStranger(browser, client, owner) {
  const visitor = await AppVisitor.come(browser, DESKTOP, true);
  const asked = authorizeUrl(client, randomBytes(32).toString('base64url'));
  await visitor.open(asked);
  await visitor.see(LOG_IN, ['User name'], 'tls-login');
  assert.equal(visitor.answers.length, 0);
  await owner.open(`${asked}&prompt=consent`);
  const foreign = await owner.page.$eval('input[name=form_token]', (input) => input.value);
  await visitor.page.$eval('input[name=form_token]', (input, value) => { input.value = value; }, foreign);
  await visitor.fill({ user: login.user, password: login.password });
  await visitor.press(SUBMIT);
  await visitor.see('This page is too old', [], 'tls-too-old');
  await visitor.open(asked);
  await visitor.see(LOG_IN, [], 'tls-login');
  await visitor.leave();
  ok('get nowhere with the form of another browser');
}

run(async () => {
  assert.ok(origin.startsWith('https://'));
  const refused = await callWith(url, null);
  assert.equal(refused.status, 401);
  assert.ok(refused.headers.get('www-authenticate').includes(`resource_metadata="${origin}/`));
  const client = await register();
  const browser = await openBrowser(login.browser, login.profile, { acceptInsecureCerts: true });
  try {
    const owner = await becomeOwner(browser);
    await letIn(owner, client);
    await comeBack(owner, client);
    await beAStranger(browser, client, owner);
    await owner.leave();
  } finally {
    await browser.close();
  }
});
