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

const HEARD = ['console', 'pageerror', 'request'];

// Does `work(tab, item)` for every item, `tabs` at a time, in one browser. Items of one `kind` follow each other in one tab of
// a context made with `options(item)`, once `furnish(tab, item)` was done: a process and a compiled script for each cost
// more than to look at a page. One that throws or takes longer than `seconds` is handed to `failed(item, error)`; the others
// go on, in a new tab, and in a new browser if that one is gone.
export async function each(items, { tabs, seconds, options, furnish, kind = (item) => JSON.stringify(options(item)) },
	work, failed) {
	let browser = launch();
	const waiting = items.map((item) => [kind(item), item]).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
	async function new_tab(item) {
		if (!(await browser).isConnected())
			browser = launch();
		const tab = await (await (await browser).newContext(options(item))).newPage();
		await furnish(tab, item);
		return tab;
	}
	async function one(seat, item) {
		seat.tab ??= await new_tab(item);
		await work(seat.tab, item);
		HEARD.forEach((event) => seat.tab.removeAllListeners(event));
	}
	const leave = (seat) => seat.tab?.context().close().catch(() => {});
	await Promise.all(Array.from({ length: tabs }, async () => {
		let seat = {};
		for (let next = waiting.shift(); next; next = waiting.shift()) {
			const [is, item] = next;
			if (seat.kind !== is) {
				await leave(seat);
				seat = { kind: is };
			}
			try {
				await within(seconds, one(seat, item));
			} catch (error) {
				failed(item, error);
				await leave(seat);
				seat = {};
			}
		}
		await leave(seat);
	}));
	await (await browser).close();
}
