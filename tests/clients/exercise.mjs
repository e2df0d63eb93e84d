// What a client does with a server, the same for both majors of the SDK. `speak` is the thin difference between them.
import assert from 'node:assert/strict';
import { appendFile, readdir } from 'node:fs/promises';
import { ok, within } from './steps.mjs';

const textOf = (result) => result.content.find((block) => block.type === 'text').text;

// speak: { client, call(params, options), follow(uri), updates: {next()} }; place: { notes, crowd }
export async function exercise(speak, place) {
  const { client } = speak;
  const { tools } = await client.listTools();
  assert.ok(tools.some((tool) => tool.name === 'search_notes' && tool.inputSchema.type === 'object'));
  assert.ok(client.getServerVersion().version, 'the server tells its version');
  assert.ok(client.getInstructions().length > 100, 'the server tells how it is used');
  ok('list tools');

  await callTools(speak);
  await readDocuments(client);
  await hearChanges(speak, place);
  await moveCrowd(speak, place);
}

async function callTools(speak) {
  const written = await speak.call({ name: 'write_note',
    arguments: { title: 'Proving Times', folder: 'bread', content: '- [time] two hours\n- for [[Bread]]\n' } });
  assert.ok(!written.isError, textOf(written));
  const found = await speak.call({ name: 'search_notes', arguments: { query: 'proving', output_format: 'json' } });
  assert.equal(found.structuredContent.result.results[0].title, 'Proving Times');
  ok('call tools');

  const refused = await speak.call({ name: 'read_content', arguments: { path: '../../etc/passwd' } });
  assert.ok(refused.isError || !textOf(refused).includes('root:'));
  const wrong = await speak.call({ name: 'edit_note', arguments: { identifier: 'Bread', operation: 'sing', content: 'x' } });
  assert.ok(wrong.isError, 'bad arguments are told as the result of a tool');
  await assert.rejects(speak.call({ name: 'no_such_tool', arguments: {} }), (error) => error.code === -32602);
  ok('be told of faults');
}

async function readDocuments(client) {
  const { resources } = await client.listResources();
  const { resourceTemplates } = await client.listResourceTemplates();
  assert.ok(resourceTemplates.length > 0);
  for (const { uri } of resources) {
    const { contents } = await client.readResource({ uri });
    assert.ok(contents[0].text.length > 0, `${uri} is empty`);
  }
  const { contents } = await client.readResource({ uri: 'memory://bread/proving-times' });
  assert.match(contents[0].text, /two hours/);
  ok('read a resource');

  const { prompts } = await client.listPrompts();
  assert.ok(prompts.some((prompt) => prompt.name === 'continue_conversation'));
  const { messages } = await client.getPrompt({ name: 'continue_conversation', arguments: { topic: 'proving' } });
  assert.match(messages[0].content.text, /Proving Times/);
  const completed = await client.complete({ ref: { type: 'ref/prompt', name: 'continue_conversation' },
    argument: { name: 'timeframe', value: '' } });
  assert.ok(Array.isArray(completed.completion.values));
  ok('get a prompt');
}

async function hearChanges(speak, place) {
  const uri = 'memory://bread/proving-times';
  const stop = await speak.follow(uri);
  let heard = speak.updates.next(uri);
  await speak.call({ name: 'edit_note',
    arguments: { identifier: 'bread/proving-times', operation: 'append', content: '- [time] three in winter\n' } });
  await within(10000, heard, 'the change by a tool');
  ok('hear of a change by a tool');

  heard = speak.updates.next(uri);
  await appendFile(`${place.notes}/bread/Proving Times.md`, '\n- [time] one in summer\n');
  await within(15000, heard, 'the change by another program');
  ok('hear of a change by another program');
  await stop();
}

// Moves a folder of many notes, hears of the progress, and takes it back on the way.
async function moveCrowd(speak, place) {
  const order = { name: 'move_note', arguments: { identifier: place.crowd, destination_path: `${place.crowd}-moved`,
    is_directory: true } };
  const stop = new AbortController();
  const reports = [];
  const call = speak.call(order, { signal: stop.signal, onprogress: (report) => {
    reports.push(report);
    stop.abort(new Error('enough'));
  } });
  await assert.rejects(call);
  assert.ok(reports.length > 0 && reports[0].total > 0, 'progress has come');
  ok('hear of progress');

  let before = -1;
  let left = (await readdir(`${place.notes}/${place.crowd}`)).length;
  while (left !== before) {
    await new Promise((resolve) => setTimeout(resolve, 300));
    before = left;
    left = (await readdir(`${place.notes}/${place.crowd}`)).length;
  }
  assert.ok(left > 0, 'the cancelled move has moved everything');
  const again = await speak.call({ name: 'search_notes', arguments: { query: 'proving' } });
  assert.ok(!again.isError);
  ok('cancel');
}

// Hands out the notifications of changed resources, in their order.
export class Updates {
  #waiting = [];

  take(uri) {
    const index = this.#waiting.findIndex((one) => one.uri === uri);
    if (index >= 0) this.#waiting.splice(index, 1)[0].resolve();
  }

  // The next notification about the resource.
  next(uri) {
    return new Promise((resolve) => this.#waiting.push({ uri, resolve }));
  }
}
