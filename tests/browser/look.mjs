// Looks at pages with Chromium as a customer's phone does, and says what is wrong with them.
//
//   node look.mjs PLAN.json     PLAN: {"shots": folder or null (with details closed, open, and as printed),
//                                      "tabs": 1, "widths": [390], "schemes": ["light", "dark"],
//                                      "pages": [{"name", "url" | "file", "policy"}]}
//
// A "file" is served on loopback with its "policy" as Content-Security-Policy, so that the browser
// enforces it. One JSON line a page, width and scheme: {"name", "width", "scheme", "faults": […], …};
// a page that could not be looked at is one line: {"name", "failed": why}.
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { axe, each } from './browser.mjs';

const PHONE_HEIGHT = 844;
const TARGET = 44; // CSS pixels
const PAGE_SECONDS = 120;
const PAPER = 718; // what an A4 page leaves between margins of 1 cm

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// Stands in for a product's photo; a browser goes by the type it is told, not by the name.
const PHOTO = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 720"><rect width="960" height="720"
fill="#d8cfc2"/><ellipse cx="480" cy="560" rx="310" ry="40" fill="#b9ac9b"/><circle cx="480" cy="350" r="250"
fill="#5b3a24"/><circle cx="480" cy="350" r="190" fill="#6d4830"/><circle cx="480" cy="350" r="60" fill="#4a2e1c"/></svg>`;

const server = createServer((request, response) => {
	const page = plan.pages[Number(request.url.slice(1).split('?')[0])];
	if (request.url.startsWith('/media/')) {
		response.setHeader('Content-Type', 'image/svg+xml');
		response.end(PHOTO);
		return;
	}
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
	for (const e of document.querySelectorAll('a, summary, button, input:not([type=hidden]), textarea')) {
		const box = e.getBoundingClientRect();
		if (box.width > 0 && box.height < target)
			faults.push(`"${e.textContent || e.id}" is only ${box.height} px high`);
	}
	const verdict = document.querySelector('#verdict');
	const asks = document.querySelector('main.sheet header h1');
	const endless = document.title.length > 200;
	if (!asks && (!verdict || verdict.getBoundingClientRect().bottom > height && !endless))
		faults.push('the verdict is not to be seen without scrolling');
	const sign = document.querySelector('svg.sign');
	if (!asks && (!sign || sign.getBoundingClientRect().height < 24))
		faults.push('the verdict has no sign');
	if (getComputedStyle(document.body).overflowWrap !== 'anywhere')
		faults.push('the style sheet did not apply');
	const levels = [...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]));
	if (levels.some((level, i) => level > (levels[i - 1] ?? 2) + 1))
		faults.push(`headings in the order ${levels}`);
	return faults;
}

// How many sizes of type stand above the fold, in px.
function type_sizes(height) {
	const sizes = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const range = document.createRange();
		range.selectNodeContents(walk.currentNode);
		const box = range.getBoundingClientRect();
		if (box.width > 1 && box.height > 1 && box.top < height && walk.currentNode.data.trim())
			sizes.add(getComputedStyle(walk.currentNode.parentElement).fontSize);
	}
	return [...sizes];
}

async function shoot(tab, name) {
	if (plan.shots)
		await tab.screenshot({ path: `${plan.shots}/${name}.png`, fullPage: true });
}

async function print(tab, name) {
	await tab.emulateMedia({ media: 'print', colorScheme: 'light' });
	await tab.setViewportSize({ width: PAPER, height: PHONE_HEIGHT });
	await shoot(tab, `${name}.print`);
}

const fold = (open) => document.querySelectorAll('details').forEach((d) => { d.open = open; });

// What axe is asked at a width and in a scheme: a scheme changes colours alone, and widths between the narrowest and the
// widest bring nothing that those two have not.
function questions(width, scheme) {
	const [narrow, wide] = [plan.widths[0], plan.widths.at(-1)];
	if (scheme === plan.schemes[0] && (width === narrow || width === wide))
		return {};
	return width === narrow ? { runOnly: ['color-contrast'] } : null;
}

async function ask_axe(tab, asked) {
	const found = await tab.evaluate((options) => axe.run(options), asked);
	const faults = found.violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.target).join('; ')}`);
	return found.passes.some((rule) => rule.id === 'color-contrast') ? faults : [...faults, 'the contrast was not looked at'];
}

// Every page as if nothing were known of the others.
async function furnish(tab) {
	await (await tab.context().newCDPSession(tab)).send('Network.setCacheDisabled', { cacheDisabled: true });
}

// Width and colour scheme are switched inside the tab.
async function look(tab, page) {
	const heard = [], url = page.url ?? `http://127.0.0.1:${server.address().port}/${plan.pages.indexOf(page)}`;
	let requests = 0;
	await tab.emulateMedia({ media: 'screen', colorScheme: 'light' });
	await tab.setViewportSize({ width: plan.widths[0], height: PHONE_HEIGHT });
	tab.on('console', (m) => m.type() === 'error' && !/Failed to load resource/.test(m.text())
		&& heard.push(m.text()));
	tab.on('pageerror', (e) => heard.push(String(e)));
	tab.on('request', (r) => {
		requests++;
		if (new URL(r.url()).origin !== new URL(url).origin)
			heard.push(`asks another server: ${r.url()}`);
	});
	const response = await tab.goto(url, { waitUntil: 'load' });
	const body = await response.body();
	const bytes = { raw: body.length, gzip: gzipSync(body, { level: 9 }).length,
		brotli: brotliCompressSync(body, { params: { 0: 0, 1: 9 } }).length };
	if (await tab.$('script:not([type="application/ld+json"]), [style], [onclick]'))
		heard.push('something here needs a script or an inline style');
	await tab.evaluate(axe);
	for (const width of plan.widths) {
		await tab.setViewportSize({ width, height: PHONE_HEIGHT });
		await tab.evaluate(fold, false);
		const sizes = await tab.evaluate(type_sizes, 640);
		heard.push(...await tab.evaluate(measure, [TARGET, PHONE_HEIGHT]));
		for (const scheme of plan.schemes) {
			await tab.emulateMedia({ colorScheme: scheme });
			await shoot(tab, `${page.name}.${width}.${scheme}`);
		}
		await tab.evaluate(fold, true);
		for (const scheme of plan.schemes) {
			const faults = heard.splice(0);
			await tab.emulateMedia({ colorScheme: scheme });
			const asked = questions(width, scheme);
			if (asked)
				faults.push(...await ask_axe(tab, asked));
			if (await tab.$('details'))
				await shoot(tab, `${page.name}.${width}.${scheme}.open`);
			const title = await tab.title();
			const text = await tab.evaluate(() => document.body.innerText);
			faults.push(...heard.splice(0));
			console.log(JSON.stringify({ name: page.name, width, scheme, faults, title, text, sizes,
				bytes, requests }));
		}
	}
	if (plan.shots)
		await print(tab, page.name);
}

const options = () => ({ viewport: { width: plan.widths[0], height: PHONE_HEIGHT }, ignoreHTTPSErrors: true });
await each(plan.pages, { tabs: plan.tabs, seconds: PAGE_SECONDS, options, furnish }, look,
	(page, error) => console.log(JSON.stringify({ name: page.name, failed: String(error) })));
server.close();
