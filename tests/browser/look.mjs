// Looks at pages with Chromium as a customer's phone does, and says what is wrong with them.
//
//   node look.mjs PLAN.json     PLAN: {"shots": folder, "pages": [{"name", "url" | "file", "policy"}],
//                               "views": [{"width", "scheme"}]}
//
// A "file" is served on loopback with its "policy" as Content-Security-Policy, so that the browser
// enforces it. One JSON line a page and view: {"name", "width", "scheme", "faults": [...]}.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

const require = createRequire(import.meta.url);
const { chromium } = require('playwright-core');
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const PHONE_HEIGHT = 844;
const TARGET = 44; // CSS pixels
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
	'--disable-background-networking', '--disable-component-update', '--disable-sync'];

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));

const server = createServer((request, response) => {
	const page = plan.pages[Number(request.url.slice(1).split('?')[0])];
	response.setHeader('Content-Type', 'text/html; charset=utf-8');
	if (!page) {
		response.statusCode = 404;
		response.end();
		return;
	}
	response.setHeader('Content-Security-Policy', page.policy);
	response.end(readFileSync(page.file));
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));

// Runs inside the page: what can only be seen there.
function measure([target, height]) {
	const faults = [];
	if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
		faults.push('the page is wider than the screen');
	for (const e of document.querySelectorAll('a, summary')) {
		const box = e.getBoundingClientRect();
		if (box.width > 0 && box.height < target)
			faults.push(`"${e.textContent}" is ${box.height} px high, less than ${target}`);
	}
	const verdict = document.querySelector('#verdict');
	if (!verdict || verdict.getBoundingClientRect().bottom > height && document.title.length < 200)
		faults.push('the verdict is not to be seen without scrolling');
	const sign = document.querySelector('svg.sign');
	if (!sign || sign.getBoundingClientRect().height < 24)
		faults.push('the verdict has no sign');
	if (getComputedStyle(document.body).overflowWrap !== 'anywhere')
		faults.push('the style sheet did not apply');
	return faults;
}

async function look(browser, page, view, url) {
	const faults = [];
	const context = await browser.newContext({ viewport: { width: view.width, height: PHONE_HEIGHT },
		colorScheme: view.scheme, ignoreHTTPSErrors: true });
	const tab = await context.newPage();
	tab.on('console', (m) => m.type() === 'error' && !/Failed to load resource/.test(m.text())
		&& faults.push(m.text()));
	tab.on('pageerror', (e) => faults.push(String(e)));
	tab.on('request', (r) => new URL(r.url()).origin === new URL(url).origin
		|| faults.push(`asks another server: ${r.url()}`));
	await tab.goto(url, { waitUntil: 'load' });
	faults.push(...await tab.evaluate(measure, [TARGET, PHONE_HEIGHT]));
	for (const summary of await tab.$$('summary'))
		await summary.click();
	await tab.evaluate(axe);
	const found = await tab.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
	for (const v of found.violations)
		faults.push(`${v.id}: ${v.help}: ${v.nodes.map((n) => n.target.join(' ')).join('; ')}`);
	const name = `${page.name}.${view.width}.${view.scheme}`;
	await tab.screenshot({ path: `${plan.shots}/${name}.png`, fullPage: true });
	const title = await tab.title();
	const text = await tab.evaluate(() => document.body.innerText);
	await context.close();
	return { name: page.name, width: view.width, scheme: view.scheme, faults, title, text };
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
try {
	for (const [i, page] of plan.pages.entries())
		for (const view of plan.views) {
			const url = page.url ?? `http://127.0.0.1:${server.address().port}/${i}`;
			console.log(JSON.stringify(await look(browser, page, view, url)));
		}
} finally {
	await browser.close();
	server.close();
}
