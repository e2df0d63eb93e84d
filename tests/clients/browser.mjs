// A headless browser that walks the pages of the login as a person does, and looks at them.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import puppeteer from 'puppeteer-core';

export const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
export const DESKTOP = { width: 1280, height: 800 };

// `more` are options of the library.
export async function openBrowser(program, profile, more = {}) {
  return puppeteer.launch({ executablePath: program, headless: 'shell', userDataDir: profile, pipe: true, ...more,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--no-proxy-server'] });
}

// A visitor without history. `allowed` are the origins that its pages may talk to.
export class Visitor {
  static async come(browser, { viewport, javascript, shots, allowed }) {
    const context = await browser.createBrowserContext();
    const page = await context.newPage();
    await page.setViewport(viewport);
    await page.setJavaScriptEnabled(javascript);
    const visitor = new Visitor(context, page, shots);
    page.on('request', (request) => {
      const { origin } = new URL(request.url());
      if (!allowed(origin) && !request.url().startsWith('data:')) visitor.strangers.push(request.url());
    });
    page.on('console', (message) => {
      if (message.type() === 'error' && /policy|refused/i.test(message.text())) visitor.complaints.push(message.text());
    });
    return visitor;
  }

  constructor(context, page, shots) {
    this.context = context;
    this.page = page;
    this.shots = shots;
    this.strangers = [];
    this.complaints = [];
    mkdirSync(shots, { recursive: true });
  }

  async open(url) {
    await this.page.goto(url, { waitUntil: 'load', timeout: 20000 });
  }

  async text() {
    return this.page.$eval('body', (body) => body.innerText);
  }

  // Looks at the page: its heading, words that have to be there, and whether it fits its width. Takes a picture.
  async see(heading, words, name) {
    assert.equal(await this.page.$eval('h1', (element) => element.innerText), heading);
    const text = await this.text();
    for (const word of words) assert.ok(text.includes(word), `"${heading}" lacks "${word}":\n${text}`);
    const { inner, whole } = await this.page.evaluate(
      () => ({ inner: window.innerWidth, whole: document.documentElement.scrollWidth }));
    assert.ok(whole <= inner, `"${heading}" is ${whole} wide in ${inner}`);
    const styled = await this.page.$eval('main', (element) => getComputedStyle(element).maxWidth !== '' &&
      getComputedStyle(element).backgroundColor !== 'rgba(0, 0, 0, 0)');
    assert.ok(styled, 'the style sheet has not come');
    await this.page.screenshot({ path: `${this.shots}/${name}-${inner}.png` });
    return text;
  }

  async fill(fields) {
    for (const [name, value] of Object.entries(fields)) {
      await this.page.$eval(`input[name=${name}]`, (input) => { input.value = ''; });
      await this.page.type(`input[name=${name}]`, value);
    }
  }

  // Presses a button and waits for where it leads.
  async press(selector) {
    await Promise.all([this.page.waitForNavigation({ timeout: 20000 }), this.page.click(selector)]);
  }

  async leave() {
    assert.deepEqual(this.strangers, [], 'the pages call others');
    assert.deepEqual(this.complaints, [], 'the browser refused something');
    await this.context.close();
  }
}
