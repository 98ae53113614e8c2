// A line engineer's first batch in Chromium: signs in, asks for codes, downloads, orders labels, reports a step,
// closes. Looks at every page on the way as tests/browser/look.mjs does at the public one.
//
//   node line.mjs PLAN.json     PLAN: {"url", "key", "gtin", "lang", "width", "shots": folder}
//
// One JSON line a page and scheme: {"name", "scheme", "faults": […]}; the last says what was downloaded.
import { readFileSync } from 'node:fs';
import { axe, launch } from './browser.mjs';

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const browser = await launch();
// bypassCSP lets axe in; the pages' own script is the only one they may have: `measure` looks for others.
const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true, locale: plan.lang,
	acceptDownloads: true, viewport: { width: plan.width, height: 900 } });
const tab = await context.newPage();
const heard = [];
tab.on('pageerror', (e) => heard.push(String(e)));
tab.on('console', (m) => m.type() === 'error' && !/Failed to load resource/.test(m.text())
	&& heard.push(m.text()));
tab.on('request', (r) => new URL(r.url()).origin === plan.url || heard.push(`asks another server: ${r.url()}`));

function measure() {
	const faults = [];
	if (document.documentElement.scrollWidth > document.documentElement.clientWidth)
		faults.push('the page is wider than the screen');
	for (const e of document.querySelectorAll('button, input:not([type=hidden]), select'))
		if (e.getBoundingClientRect().height < 44)
			faults.push(`${e.tagName} ${e.name} is only ${e.getBoundingClientRect().height} px high`);
	if ([...document.scripts].some((s) => s.getAttribute('src') !== '/assets/console.js'))
		faults.push('there is a script that is not ours');
	return faults;
}

async function look(name) {
	heard.push(...await tab.evaluate(measure));
	await tab.evaluate(axe);
	for (const scheme of ['light', 'dark']) {
		const faults = heard.splice(0);
		await tab.emulateMedia({ colorScheme: scheme });
		for (const v of (await tab.evaluate(() => axe.run())).violations)
			faults.push(`${v.id}: ${v.nodes.map((n) => n.html).join(' ')}`);
		await tab.screenshot({ path: `${plan.shots}/line-${name}-${plan.lang}-${scheme}.png`, fullPage: true });
		console.log(JSON.stringify({ name, scheme, faults }));
	}
}

const press = (action) => Promise.all([tab.waitForNavigation(), tab.click(`form[action$="${action}"] button`)]);

// People sign in with another form of that address.
const sign_in = () => Promise.all([tab.waitForNavigation(), tab.click('form:has(#key) button')]);

await tab.goto(`${plan.url}/`);
await look('sign-in');
await tab.fill('#key', 'wrong');
await sign_in();
await look('refused');
await tab.fill('#key', plan.key);
await sign_in();
await look('home');
await tab.fill('#gtin', plan.gtin);
await tab.fill('#quantity', '50');
await press('/batches');
const batch = tab.url();
await look('batch');
const [codes] = await Promise.all([tab.waitForEvent('download'), tab.click('a[href$="format=txt"]')]);
const addresses = readFileSync(await codes.path(), 'utf8').trim().split(/\r?\n/);
await tab.fill('#set_lot', 'L-1');
await press('/lot');
await press('/labels');
// Nothing on the page turns by itself: whoever waits looks again.
while (await tab.$('form[action$="/cancel"]')) {
	await tab.waitForTimeout(200);
	await tab.click('main a[href^="/jobs/"]');
}
await look('job');
const [labels] = await Promise.all([tab.waitForEvent('download'), tab.click('a[href*="/files/"]')]);
const sheet = readFileSync(await labels.path()).subarray(0, 5).toString();
await tab.goto(batch);
await tab.selectOption('#state', 'commissioned');
await tab.fill('#step_to', '40');
await press('/state');
await press('/close');
await look('closed');
await tab.goto(`${plan.url}/`);
await tab.fill('#codes', addresses[0]);
await press('/packing/codes');
await look('code');
await tab.goto(`${plan.url}/`);
await tab.fill('#gtin', '09506000134353');
await tab.fill('#quantity', '1');
await press('/batches');
await look('problem');
console.log(JSON.stringify({ name: 'end', faults: [], addresses: addresses.length, sheet, batch }));
await browser.close();
