// The client of the SDK's first major: sessions, over stdio and HTTP.
//   sdk_one.mjs (stdio COMMAND... | http URL | sse URL) with PLACE in the environment
import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { ResourceUpdatedNotificationSchema } from '@modelcontextprotocol/sdk/types.js';
import { exercise, Updates } from './exercise.mjs';
import { ask, ok, run } from './steps.mjs';

const [how, ...target] = process.argv.slice(2);
const place = JSON.parse(process.env.PLACE);

function transport() {
  if (how === 'stdio') return new StdioClientTransport({ command: target[0], args: target.slice(1), env: process.env });
  if (how === 'sse') return new SSEClientTransport(new URL(target[0]));
  return new StreamableHTTPClientTransport(new URL(target[0]));
}

async function connect() {
  const client = new Client({ name: 'sdk-one', version: '1' });
  const updates = new Updates();
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => updates.take(params.uri));
  const used = transport();
  await client.connect(used);
  const speak = {
    client,
    updates,
    call: (params, options) => client.callTool(params, undefined, options),
    follow: async (uri) => {
      await client.subscribeResource({ uri });
      return () => client.unsubscribeResource({ uri });
    },
  };
  return { speak, used };
}

run(async () => {
  const { speak, used } = await connect();
  ok('connect');
  await speak.client.ping();
  await exercise(speak, place);
  if (how === 'http') {
    assert.ok(used.sessionId, 'the session has an id');
    await used.terminateSession();
    ok('end the session');
  }
  await speak.client.close();
  if (how !== 'http') return;

  const before = await connect();
  await ask('restart');
  await assert.rejects(before.speak.client.listTools(), (error) => error.code === 404);
  await before.speak.client.close();
  const after = await connect();
  assert.notEqual(after.used.sessionId, before.used.sessionId);
  assert.ok((await after.speak.client.listTools()).tools.length > 0);
  await after.speak.client.close();
  ok('open a new session after a restart');
});
