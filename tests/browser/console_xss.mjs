// Types hostile texts into every text field of the console's forms, sends them, and opens every page that may show them.
//
//   node console_xss.mjs PLAN.json    PLAN: {"url", "session", "texts": […], "forms": [{"page", "action", "fixed"?}, …], "pages": […]}
//                                 "fixed": {name: value} of fields that are to hold this instead
//
// One JSON line at the end: {"sent", "opened", "ran": […], "violations": […], "errors": […]}.
import { readFileSync } from 'node:fs';
import { launch } from './browser.mjs';

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const browser = await launch();
const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en', viewport: { width: 1280, height: 900 } });
if (plan.session)
	await context.addCookies([{ name: '__Host-suyuan', value: plan.session, url: plan.url, secure: true, httpOnly: true,
		sameSite: 'Strict' }]);
const seen = { sent: 0, opened: 0, ran: [], violations: [], errors: [] };
await context.exposeFunction('ran', (n) => seen.ran.push(n));
await context.exposeFunction('violated', (what) => seen.violations.push(what));
await context.addInitScript(() => document.addEventListener('securitypolicyviolation',
	(e) => window.violated(`${location.pathname}: ${e.violatedDirective} ${e.blockedURI} ${e.sample}`)));
const tab = await context.newPage();
tab.on('dialog', (d) => { seen.ran.push(d.message()); d.dismiss(); });
tab.on('request', (r) => r.url().startsWith(plan.url) || seen.violations.push(`asks another server: ${r.url()}`));
let next = 0;

// Fills every text of the form of that action; the browser's own checks stand aside.
function fill([action, texts, first, fixed]) {
	const form = [...document.forms].find((f) => new URL(f.action).pathname === action);
	let at = first;
	if (!form)
		return -1;
	for (const e of form.elements) {
		const text = e.tagName === 'TEXTAREA' || (e.tagName === 'INPUT'
			&& ['text', 'search', 'url', 'email', 'tel', 'date', 'datetime-local', 'color'].includes(e.type));
		if (!text)
			continue;
		e.removeAttribute('maxlength');
		e.type = e.tagName === 'TEXTAREA' ? undefined : 'text';
		e.value = fixed[e.name] ?? texts[at % texts.length];
		at++;
	}
	return at - first;
}

async function open(path) {
	const answer = await tab.goto(plan.url + path, { waitUntil: 'load' });
	seen.opened++;
	if (answer.status() >= 500)
		seen.errors.push(`${path}: ${answer.status()}`);
	// What waits for a hand: details, and whatever takes the focus.
	await tab.evaluate(() => {
		document.querySelectorAll('details').forEach((d) => { d.open = true; });
		document.querySelectorAll('a, input, button').forEach((e) => e.focus());
	});
}

for (const form of plan.forms) {
	await open(form.page);
	const filled = await tab.evaluate(fill, [form.action, plan.texts, next, form.fixed ?? {}]);
	if (filled < 1)
		continue;
	next += filled;
	const [answer] = await Promise.all([tab.waitForNavigation({ waitUntil: 'load' }), tab.evaluate((action) =>
		HTMLFormElement.prototype.submit.call([...document.forms].find((f) => new URL(f.action).pathname === action)),
	form.action)]);
	if (answer && answer.status() >= 500)
		seen.errors.push(`POST ${form.action}: ${answer.status()}`);
	seen.sent++;
}
for (const page of plan.pages)
	await open(page);
await tab.waitForTimeout(200);
console.log(JSON.stringify(seen));
await browser.close();
