// What the programs of this folder share: their words with the driver, and waiting with a limit.
import { createInterface } from 'node:readline';

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// Tells the driver that a step went as it should.
export function ok(step) {
  process.stdout.write(`ok ${step}\n`);
}

// Tells the driver a value that it checks.
export function tell(name, value) {
  process.stdout.write(`tell ${name} ${JSON.stringify(value)}\n`);
}

// Asks the driver to do something, and waits until it is done. Returns what the driver says.
export async function ask(what, value = null) {
  process.stdout.write(`ask ${what} ${JSON.stringify(value)}\n`);
  const { value: line, done } = await answers.next();
  if (done) throw new Error(`the driver is gone, asked to ${what}`);
  return JSON.parse(line);
}

export function within(milliseconds, promise, what) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: nothing within ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([promise, limit]).finally(() => clearTimeout(timer));
}

// Calls `attempt` until it returns something truthy.
export async function eventually(attempt, what, milliseconds = 15000) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const result = await attempt();
    if (result) return result;
    if (Date.now() > end) throw new Error(`${what}: not within ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

// Runs a program to its end: its exit code is all that counts, whatever is still open.
export async function run(main, limit = 60000) {
  try {
    await within(limit, main(), 'the whole program');
    process.exit(0);
  } catch (error) {
    process.stderr.write(`${error.stack ?? error}\n`);
    process.exit(1);
  }
}
