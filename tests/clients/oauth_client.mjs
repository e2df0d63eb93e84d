// An MCP client of either major of the SDK that logs in by OAuth, as a program on a desk does: it keeps what it is
// given in memory and gets its answer on a port of this machine.
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';

export async function sdkOf(major) {
  if (major === 'two') {
    const { Client, StreamableHTTPClientTransport, UnauthorizedError } = await import('@modelcontextprotocol/client');
    return { Client, StreamableHTTPClientTransport, UnauthorizedError };
  }
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const { UnauthorizedError } = await import('@modelcontextprotocol/sdk/client/auth.js');
  return { Client, StreamableHTTPClientTransport, UnauthorizedError };
}

// Where the browser comes back to.
export class Callback {
  static async listen() {
    const callback = new Callback();
    await new Promise((resolve) => callback.server.listen(0, '127.0.0.1', resolve));
    return callback;
  }

  constructor() {
    this.answers = [];
    this.cookies = [];
    this.server = createServer((request, response) => {
      const url = new URL(request.url, 'http://127.0.0.1');
      if (url.pathname === '/callback') {
        this.answers.push(url.searchParams);
        this.cookies.push(request.headers.cookie);
      }
      response.setHeader('Content-Type', 'text/html');
      response.end('<!doctype html><title>Back</title><h1>Back at the client</h1>');
    });
  }

  get url() {
    return `http://127.0.0.1:${this.server.address().port}/callback`;
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

export class MemoryProvider {
  constructor(name, callback, scope) {
    this.name = name;
    this.redirectUrl = callback.url;
    this.scope = scope;
    this.asked = [];
    this.saved = [];
  }

  get clientMetadata() {
    return { client_name: this.name, redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'], response_types: ['code'], scope: this.scope };
  }

  state() {
    this.lastState = randomUUID();
    return this.lastState;
  }

  clientInformation() { return this.information; }
  saveClientInformation(information) { this.information = information; }
  tokens() { return this.current; }
  saveTokens(tokens) {
    this.current = tokens;
    this.saved.push(tokens);
  }
  redirectToAuthorization(url) { this.asked.push(url); }
  saveCodeVerifier(verifier) { this.verifier = verifier; }
  codeVerifier() { return this.verifier; }
  invalidateCredentials(what) {
    if (what === 'all' || what === 'tokens') this.current = undefined;
    if (what === 'all' || what === 'client') this.information = undefined;
  }
}

// A client that is connected with the provider's tokens.
export async function connected(sdk, url, provider) {
  const client = new sdk.Client({ name: provider.name, version: '1' });
  await client.connect(new sdk.StreamableHTTPClientTransport(new URL(url), { authProvider: provider }));
  return client;
}

// Sends a request with a token and nothing else.
export function callWith(url, token, method = 'tools/list', params = {}) {
  const modern = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {} };
  return fetch(url, { method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2026-07-28', 'Mcp-Method': method, ...(params.name ? { 'Mcp-Name': params.name } : {}),
      ...(token ? { Authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: modern } }) });
}

export function postForm(url, fields) {
  return fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString() });
}
