// Looks at pages with Chromium as a customer's phone does, and says what is wrong with them.
//
//   node look.mjs PLAN.json     PLAN: {"shots": folder, "widths": [390], "schemes": ["light", "dark"],
//                                      "pages": [{"name", "url" | "file", "policy"}]}
//
// A "file" is served on loopback with its "policy" as Content-Security-Policy, so that the browser
// enforces it. One JSON line a page, width and scheme: {"name", "width", "scheme", "faults": […], …}.
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
			faults.push(`"${e.textContent}" is only ${box.height} px high`);
	}
	const verdict = document.querySelector('#verdict');
	const endless = document.title.length > 200;
	if (!verdict || verdict.getBoundingClientRect().bottom > height && !endless)
		faults.push('the verdict is not to be seen without scrolling');
	const sign = document.querySelector('svg.sign');
	if (!sign || sign.getBoundingClientRect().height < 24)
		faults.push('the verdict has no sign');
	if (getComputedStyle(document.body).overflowWrap !== 'anywhere')
		faults.push('the style sheet did not apply');
	return faults;
}

// One tab a page and width; the colour scheme is switched inside it.
async function look(browser, page, width, schemes, url) {
	const heard = [];
	const context = await browser.newContext({ viewport: { width, height: PHONE_HEIGHT },
		ignoreHTTPSErrors: true });
	const tab = await context.newPage();
	tab.on('console', (m) => m.type() === 'error' && !/Failed to load resource/.test(m.text())
		&& heard.push(m.text()));
	tab.on('pageerror', (e) => heard.push(String(e)));
	tab.on('request', (r) => new URL(r.url()).origin === new URL(url).origin
		|| heard.push(`asks another server: ${r.url()}`));
	await tab.goto(url, { waitUntil: 'load' });
	heard.push(...await tab.evaluate(measure, [TARGET, PHONE_HEIGHT]));
	for (const summary of await tab.$$('summary'))
		await summary.click();
	await tab.evaluate(axe);
	for (const scheme of schemes) {
		const faults = heard.splice(0);
		await tab.emulateMedia({ colorScheme: scheme });
		const found = await tab.evaluate(() => axe.run());
		if (!found.passes.some((rule) => rule.id === 'color-contrast'))
			faults.push('the contrast was not looked at');
		for (const v of found.violations)
			faults.push(`${v.id}: ${v.help}: ${v.nodes.map((n) => n.target).join('; ')}`);
		await tab.screenshot({ path: `${plan.shots}/${page.name}.${width}.${scheme}.png`,
			fullPage: true });
		const title = await tab.title();
		const text = await tab.evaluate(() => document.body.innerText);
		faults.push(...heard.splice(0));
		const seen = { name: page.name, width, scheme, faults, title, text };
		console.log(JSON.stringify(seen));
	}
	await context.close();
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
try {
	for (const [i, page] of plan.pages.entries())
		for (const width of plan.widths)
			await look(browser, page, width, plan.schemes,
				page.url ?? `http://127.0.0.1:${server.address().port}/${i}`);
} finally {
	await browser.close();
	server.close();
}
