// A brand's first day in Chromium: a password by the one-time link, signing in, importing, choosing what is public, preview,
// publishing, codes and labels, a recall and its end, what happened out there. The public page is looked at as a customer between.
//
//   node console_day.mjs PLAN.json   PLAN: {"url", "welcome", "name", "password", "lookup", "gtin", "lot", "files": {products, lots}, "lang", "width", "shots"}
//
// One JSON line a step: {"step", "faults": […], …}.
import { readFileSync } from 'node:fs';
import { axe, launch } from './browser.mjs';

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const browser = await launch();
const context = await browser.newContext({ ignoreHTTPSErrors: true, bypassCSP: true, locale: plan.lang,
	acceptDownloads: true, viewport: { width: plan.width, height: 900 } });
// A phone of somebody: without it this browser counts as a robot.
const customers = await browser.newContext({ ignoreHTTPSErrors: true, locale: plan.lang, viewport: { width: 390, height: 844 },
	userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1' });
const tab = await context.newPage();
tab.setDefaultTimeout(15000);
const heard = [];
tab.on('pageerror', (e) => heard.push(String(e)));
tab.on('console', (m) => m.type() === 'error' && !/Failed to load resource/.test(m.text()) && heard.push(m.text()));
tab.on('dialog', (d) => d.accept());
let number = 0;

async function step(name, more = {}) {
	await tab.evaluate(axe);
	const found = await tab.evaluate(() => axe.run({ exclude: [['iframe']] }, { iframes: false }));
	const faults = heard.splice(0).concat(found.violations.map((v) => `${v.id}: ${v.nodes[0].html.slice(0, 160)}`));
	if (await tab.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth))
		faults.push('wider than the screen');
	const alert = await tab.$('[role=alert]');
	if (alert)
		faults.push(`refused: ${await alert.innerText()}`);
	await tab.screenshot({ path: `${plan.shots}/day-${plan.lang}-${String(++number).padStart(2, '0')}-${name}.png`, fullPage: true });
	console.log(JSON.stringify({ step: name, url: tab.url(), faults, ...more }));
}

const open = (path) => tab.goto(plan.url + path, { waitUntil: 'load' });
const press = (action) => Promise.all([tab.waitForNavigation({ waitUntil: 'load' }),
	tab.locator(`form[action${action.startsWith('$') ? '$' : ''}="${action.replace(/^\$/, '')}"] button:not([name])`).first().click()]);
const set = (name, value) => tab.locator(`[name="${name}"]`).first().fill(value);
const choose = (name, value) => tab.locator(`select[name="${name}"]`).first().selectOption(value);

// Until what `ready` looks for is on the page: long work is looked at again.
async function until(ready, what) {
	for (let n = 0; n < 150; n++) {
		if (await tab.$(ready))
			return;
		await tab.waitForTimeout(200);
		await tab.reload({ waitUntil: 'load' });
	}
	throw new Error(`${what}: not there after 30 s: ${tab.url()}`);
}

// What a customer reads now.
async function customer(name) {
	const page = await customers.newPage();
	const answer = await page.goto(plan.code, { waitUntil: 'load' });
	const text = await page.evaluate(() => document.body.innerText);
	await page.screenshot({ path: `${plan.shots}/day-${plan.lang}-${String(++number).padStart(2, '0')}-customer-${name}.png` });
	await page.close();
	console.log(JSON.stringify({ step: `customer ${name}`, status: answer.status(), text, faults: [] }));
}

async function bring(file, name) {
	await open('/imports');
	await tab.locator('input[type=file]').setInputFiles(file);
	await press('/imports');
	await step(`mapping-${name}`);
	await press('$/mapping');
	await until('form[action$="/run"]', 'a dry run');
	await step(`dry-run-${name}`);
	await press('$/run');
	await until('form[action$="/remove"]', 'an import');
	await step(`imported-${name}`);
}

try {
	await tab.goto(plan.welcome, { waitUntil: 'load' });
	await step('welcome');
	await set('password', plan.password);
	if (await tab.$('[name=again]'))
		await set('again', plan.password);
	await press('/welcome');
	if (await tab.$('form [name=name]')) {
		await set('name', plan.name);
		await set('password', plan.password);
		await step('sign-in');
		await Promise.all([tab.waitForNavigation({ waitUntil: 'load' }), tab.locator('form:has([name=password]) button').first().click()]);
	}
	await step('overview');
	for (const [name, file] of Object.entries(plan.files))
		await bring(file, name);
	await open('/packing');
	await tab.fill('#gtin', plan.gtin); // beside it the list is searched by GTIN, too
	if (await tab.$('[name="lot"]'))
		await set('lot', plan.lot);
	await set('quantity', '20');
	await press('/batches');
	await step('batch');
	const batch = tab.url();
	const [codes] = await Promise.all([tab.waitForEvent('download'), tab.click('a[href$="format=txt"]')]);
	const addresses = readFileSync(await codes.path(), 'utf8').trim().split(/\r?\n/);
	[plan.code] = addresses;
	await press('$/labels');
	await until('a[href*="/files/"]', 'labels');
	await step('labels');
	const [labels] = await Promise.all([tab.waitForEvent('download'), tab.locator('a[href*="/files/"]').first().click()]);
	console.log(JSON.stringify({ step: 'codes', addresses: addresses.length, faults: [],
		sheet: readFileSync(await labels.path()).subarray(0, 5).toString() }));
	await tab.goto(batch);
	await choose('state', 'commissioned');
	await press('/codes/state');
	await step('commissioned');
	await customer('before');
	await open('/fields');
	for (const field of ['product.name', 'product.description', 'lot.number', 'lot.produced_on'])
		await choose(field, 'show');
	await step('fields');
	await press('/fields/draft');
	await tab.waitForTimeout(300);
	await tab.locator('iframe').scrollIntoViewIfNeeded(); // it is loaded when it is seen
	await tab.waitForLoadState('networkidle');
	const frame = await (await tab.$('iframe')).contentFrame();
	console.log(JSON.stringify({ step: 'preview', text: await frame.evaluate(() => document.body.innerText), faults: [] }));
	await step('draft');
	await press('/fields/publish');
	await step('published');
	await customer('published');
	await open('/recalls/new?way=lots');
	await set('gtin', plan.gtin);
	await set('lots', plan.lot);
	await step('recall-choose');
	await Promise.all([tab.waitForNavigation({ waitUntil: 'load' }), tab.locator('main form button').first().click()]);
	await step('recall-counted');
	const recall = tab.url();
	await set('reason.en', 'Glass was found in a jar.');
	await set('reason.zh-CN', '在一罐中发现玻璃。');
	await set('advice.en', 'Do not eat it. Bring it back.');
	await set('advice.zh-CN', '请勿食用，请退回。');
	await press('$/texts');
	await step('recall-texts');
	await press('$/start');
	await step('recall-running');
	await customer('recalled');
	await tab.goto(recall.split('?')[0]);
	await set('reason', 'It was the glass of a window: nothing was in the jars.');
	await press('$/lift');
	await step('recall-lifted');
	await customer('lifted');
	await open('/recalls');
	await step('recalls');
	// Visits are counted within seconds.
	await open('/checks');
	for (let n = 0; n < 40 && await tab.locator('.figure').first().innerText() === '0'; n++) {
		await tab.waitForTimeout(250);
		await tab.reload();
	}
	await step('checks', { checks: Number(await tab.locator('.figure').first().innerText()) });
	await open('/audit');
	await step('audit', { text: await tab.locator('main').innerText() });
} catch (error) {
	await tab.screenshot({ path: `${plan.shots}/day-${plan.lang}-failed.png`, fullPage: true });
	console.log(JSON.stringify({ step: 'failed', url: tab.url(), faults: [String(error), (await tab.locator('main').innerText()).slice(0, 800)] }));
}
await browser.close();
