// The client of the SDK's second major: with `legacy` it opens a session, with `auto` it asks first, with `modern` it
// speaks the newest revision only.
//   sdk_two.mjs (legacy | auto | modern) (stdio COMMAND... | http URL) with PLACE in the environment
import assert from 'node:assert/strict';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { exercise, Updates } from './exercise.mjs';
import { ask, ok, run } from './steps.mjs';

const MODERN = '2026-07-28';
const [era, how, ...target] = process.argv.slice(2);
const place = JSON.parse(process.env.PLACE);

function transport() {
  if (how === 'stdio') return new StdioClientTransport({ command: target[0], args: target.slice(1), env: process.env });
  return new StreamableHTTPClientTransport(new URL(target[0]));
}

async function connect() {
  const mode = era === 'modern' ? { pin: MODERN } : era;
  const client = new Client({ name: 'sdk-two', version: '1' }, { versionNegotiation: { mode } });
  const updates = new Updates();
  client.setNotificationHandler('notifications/resources/updated', ({ params }) => updates.take(params.uri));
  const used = transport();
  await client.connect(used);
  assert.equal(client.getNegotiatedProtocolVersion() === MODERN, era !== 'legacy');
  const speak = {
    client,
    updates,
    call: (params, options) => client.callTool(params, options),
    follow: async (uri) => {
      if (era === 'legacy') {
        await client.subscribeResource({ uri });
        return () => client.unsubscribeResource({ uri });
      }
      const subscription = await client.listen({ resourceSubscriptions: [uri] });
      assert.deepEqual(subscription.honoredFilter.resourceSubscriptions, [uri]);
      return () => subscription.close();
    },
  };
  return { speak, used };
}

run(async () => {
  const { speak } = await connect();
  ok('connect');
  await exercise(speak, place);
  if (how !== 'http') return void await speak.client.close();

  await speak.client.close();
  const before = await connect();
  await ask('restart');
  if (era === 'legacy') {
    await assert.rejects(before.speak.client.listTools());
    await before.speak.client.close();
    const after = await connect();
    assert.ok((await after.speak.client.listTools()).tools.length > 0);
    await after.speak.client.close();
    ok('open a new session after a restart');
  } else {
    const { tools } = await before.speak.client.listTools(undefined, { cacheMode: 'bypass' });
    assert.ok(tools.length > 0);
    await before.speak.client.close();
    ok('go on after a restart');
  }
});
