// The browser of the tests: Chromium without a window, by Playwright; and axe, which looks for broken rules of
// accessibility.
import { createRequire } from 'node:module';
import { existsSync, readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
// The same engine; the first is made to have no window and takes half the processor's time.
const PROGRAM = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync'];

// The text of axe's script, to be evaluated in a page.
export const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

export function launch() {
	return chromium.launch({ executablePath: PROGRAM, args: FLAGS });
}

function within(seconds, promise) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`not done after ${seconds} s`)), seconds * 1000);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// Does `work(context, item)` for every item, `tabs` at a time, in one browser; a context of its own for each, made with
// `options(item)`. One that throws or takes longer than `seconds` is handed to `failed(item, error)`; the others go on, in
// a new browser if that one is gone.
export async function each(items, { tabs, seconds, options }, work, failed) {
	let browser = launch();
	const waiting = [...items];
	async function new_context(item) {
		if (!(await browser).isConnected())
			browser = launch();
		return (await browser).newContext(options(item));
	}
	async function one(item) {
		let context;
		try {
			await within(seconds, (async () => {
				context = await new_context(item);
				await work(context, item);
			})());
		} catch (error) {
			failed(item, error);
		} finally {
			await context?.close().catch(() => {});
		}
	}
	await Promise.all(Array.from({ length: tabs }, async () => {
		for (let item = waiting.shift(); item; item = waiting.shift())
			await one(item);
	}));
	await (await browser).close();
}
