// Looks at pages of the console in Chromium: no accessibility rule broken (axe), nothing wider than the screen, nothing too
// small for a thumb, nothing refused by the page's own policy, no other server asked. With "keys" the tabulator key walks
// through it: the way past the menu first, every stop in sight and marked, in the order of the page, none left out, an end.
// With "refuse" its first form is sent with these values and refused: the summary has the focus and leads to the field.
//
//   node console_look.mjs PLAN.json    PLAN: {"url", "session", "shots": folder or null, "tabs": 2, "looks": [{"name", "path", "lang",
//                                      "width", "scheme", "keys"?, "refuse"?, "stranger"?: true for a browser without a session}, …]}
//
// One JSON line a look: {"name", "path", "lang", "width", "scheme", "status", "bytes", "faults": […]}, or {"name", "failed": why}.
import { readFileSync } from 'node:fs';
import { axe, each } from './browser.mjs';

const LOOK_SECONDS = 60;

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));

// WCAG 2.2, 2.5.8 asks 24 px of what is not in a line of text; ours has 44 where a thumb types or presses.
function measure() {
	const faults = [];
	const page = document.documentElement;
	if (page.scrollWidth > page.clientWidth) {
		const wide = [...document.body.querySelectorAll('*')].filter((e) => !e.closest('.scroll, nav')
			&& e.getBoundingClientRect().right > page.clientWidth + 1);
		faults.push(`wider than the screen: ${wide.slice(0, 3).map((e) => e.outerHTML.slice(0, 80)).join(' | ')}`);
	}
	for (const e of document.querySelectorAll('button, input:not([type=hidden]):not([type=checkbox]):not([type=radio]), select')) {
		const box = e.getBoundingClientRect();
		if (box.height > 0 && box.height < 43.5)
			faults.push(`${e.tagName} ${e.name || e.textContent.slice(0, 20)} is only ${Math.round(box.height)} px high`);
	}
	for (const e of document.querySelectorAll('.scroll'))
		if (e.tabIndex !== 0 || e.getAttribute('role') !== 'region' || !e.getAttribute('aria-label'))
			faults.push(`a table that is pushed aside, without a name: ${e.outerHTML.slice(0, 80)}`);
	const [raw] = document.body.innerText.match(/\d{4}-\d\d-\d\dT\d\d:\S*/) ?? [];
	if (raw)
		faults.push(`a time as only machines write it: ${raw}`);
	if (document.querySelector('[style], [onclick]'))
		faults.push('an inline style or handler');
	if (document.querySelectorAll('h1').length !== 1)
		faults.push('not one h1');
	return faults;
}

const STOPS_MOST = 400;

// Where the focus is, and what is wrong with it there; the stops before are remembered in the page.
function stop() {
	const e = document.activeElement;
	const stops = window.stops ??= [];
	if (e === document.body || e === stops[0] && stops.length > 1)
		return { over: true };
	if (e === stops.at(-1))
		return {}; // a date has several parts, a frame a page of its own
	const faults = [], name = e.outerHTML.slice(0, 80), box = e.getBoundingClientRect(), style = getComputedStyle(e);
	if (e.tagName !== 'IFRAME' && (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2))
		faults.push(`no mark of the focus: ${name}`);
	const x = Math.max(box.left, 0) + 2, y = box.top + Math.min(box.height / 2, 20);
	const there = document.elementFromPoint(x, y);
	if (box.bottom <= 0 || box.top >= innerHeight)
		faults.push(`the focus is out of sight: ${name}`);
	else if (there && !e.contains(there) && !there.contains(e))
		faults.push(`the focus is covered: ${name} by ${there.outerHTML.slice(0, 60)}`);
	if (stops.length === 0 && !e.matches('.skip'))
		faults.push(`the first stop is no way past the menu: ${name}`);
	if (stops.length > 0 && !(stops.at(-1).compareDocumentPosition(e) & Node.DOCUMENT_POSITION_FOLLOWING))
		faults.push(`the focus goes back: ${name}`);
	stops.push(e);
	return { faults };
}

function left_out() {
	return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
		.filter((e) => !e.disabled && e.getClientRects().length > 0 && !window.stops.includes(e)
			&& !(e.type === 'radio' && window.stops.some((s) => s.name === e.name)))
		.map((e) => `never reached by the tabulator key: ${e.outerHTML.slice(0, 80)}`);
}

async function walk(tab) {
	const faults = [];
	for (let n = 0; n < STOPS_MOST; n++) {
		await tab.keyboard.press('Tab');
		const seen = await tab.evaluate(stop);
		if (seen.over) {
			faults.push(...await tab.evaluate(left_out));
			await tab.evaluate(() => document.querySelector('.skip').focus());
			await tab.keyboard.press('Enter');
			if (await tab.evaluate(() => document.activeElement.id) !== 'main')
				faults.push('the way past the menu does not lead to the page');
			return faults;
		}
		faults.push(...seen.faults ?? []);
	}
	return [...faults, 'the tabulator key comes to no end'];
}

async function send_refused(tab, values) {
	const form = tab.locator('main form[method=post]').first();
	for (const [name, value] of Object.entries(values))
		await form.locator(`[name="${name}"]`).first().fill(value);
	await form.evaluate((f) => { f.noValidate = true; });
	await Promise.all([tab.waitForNavigation({ waitUntil: 'load' }), form.locator('button').first().click()]);
	if (await tab.evaluate(() => document.activeElement.id) !== 'summary')
		return ['the summary of what was refused has not the focus'];
	await tab.keyboard.press('Tab');
	await tab.keyboard.press('Enter');
	const field = await tab.evaluate(() => document.activeElement.getAttribute('name'));
	return field ? [] : ['the summary leads to no field'];
}

async function furnish(tab, wanted) {
	if (!wanted.stranger)
		await tab.context().addCookies([{ name: '__Host-suyuan', value: plan.session, url: plan.url, secure: true, httpOnly: true,
			sameSite: 'Strict' }]);
	await tab.context().addInitScript(() => document.addEventListener('securitypolicyviolation',
		(e) => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`)));
}

async function look(tab, wanted) {
	const heard = [];
	tab.on('pageerror', (e) => heard.push(String(e)));
	tab.on('console', (m) => m.type() === 'error' && heard.push(m.text()));
	tab.on('request', (r) => r.url().startsWith(plan.url) || heard.push(`asks another server: ${r.url()}`));
	const answer = await tab.goto(plan.url + wanted.path, { waitUntil: 'load' });
	const bytes = (await answer.body()).length;
	await tab.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
	heard.push(...await tab.evaluate(measure));
	if (wanted.keys)
		heard.push(...await walk(tab));
	if (wanted.refuse)
		heard.push(...await send_refused(tab, wanted.refuse));
	if (wanted.refuse || wanted.stranger) // a page that says no is no failure here
		heard.push(...heard.splice(0).filter((text) => !/Failed to load resource/.test(text)));
	if (plan.shots) {
		if (await tab.$('iframe')) {
			await tab.evaluate(() => document.querySelectorAll('iframe').forEach((f) => { f.loading = 'eager'; }));
			await tab.waitForLoadState('networkidle');
		}
		await tab.screenshot({ path: `${plan.shots}/${wanted.name}.png`, fullPage: true });
	}
	// Of words on a shade axe would know nothing; the shade is at the edge alone.
	await tab.addStyleTag({ content: '.scroll, .parts ul { background: none }' });
	await tab.evaluate(axe);
	// A page in a frame is looked at by itself (tests/browser/look.mjs).
	const found = await tab.evaluate(() => axe.run({ exclude: [['iframe']] }, { iframes: false }));
	for (const v of found.violations)
		heard.push(`${v.id}: ${v.help}: ${v.nodes.slice(0, 3).map((n) => n.html.slice(0, 160)).join(' | ')}`);
	console.log(JSON.stringify({ ...wanted, status: answer.status(), bytes, faults: heard }));
}

const options = (wanted) => ({ ignoreHTTPSErrors: true, bypassCSP: true, locale: wanted.lang, colorScheme: wanted.scheme,
	viewport: { width: wanted.width, height: 900 } });
const kind = (wanted) => [wanted.lang, wanted.scheme, wanted.width, wanted.stranger].join();
await each(plan.looks, { tabs: plan.tabs, seconds: LOOK_SECONDS, options, furnish, kind }, look,
	(wanted, error) => console.log(JSON.stringify({ name: wanted.name, failed: String(error) })));
