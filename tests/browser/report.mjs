// A customer without JavaScript in Chromium: sees the product's photo, finds the code suspicious, reports it with a
// photo of their own, forgets something at first.
//
//   node report.mjs PLAN.json     PLAN: {"item": address of its page, "photo": file, "rubbish": file, "shots": folder}
//
// The last line is {"reference", "photo": [width, height], "statuses": of what was asked, "heard": what went wrong}.
import { readFileSync } from 'node:fs';
import { launch } from './browser.mjs';

const plan = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const origin = new URL(plan.item).origin;
const browser = await launch();
const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false, locale: 'en',
	viewport: { width: 390, height: 900 } });
const tab = await context.newPage();
const heard = [], statuses = {};
tab.on('console', (m) => m.type() === 'error' && !/Failed to load resource/.test(m.text()) && heard.push(m.text()));
tab.on('request', (r) => new URL(r.url()).origin === origin || heard.push(`asks another server: ${r.url()}`));
tab.on('response', (r) => { statuses[`${r.request().method()} ${new URL(r.url()).pathname}`] = r.status(); });

const press = async (button) => { await Promise.all([tab.waitForNavigation(), tab.click(button)]); };
const shoot = (name) => tab.screenshot({ path: `${plan.shots}/report-${name}.png`, fullPage: true });

await tab.goto(plan.item, { waitUntil: 'networkidle' });
const image = await tab.$('img[src*="/media/"]');
if (image === null)
	heard.push('the page shows no photo');
else
	await image.scrollIntoViewIfNeeded();
await tab.waitForLoadState('networkidle');
const box = image === null ? null : await image.boundingBox();
await shoot('item');

await tab.goto(`${origin}/report?code=${encodeURIComponent(new URL(plan.item).pathname)}`);
await tab.fill('#place', 'Market <hall>');
await tab.setInputFiles('#photo', plan.rubbish);
await press('form button');
await shoot('refused');
if (await tab.inputValue('#place') !== 'Market <hall>')
	heard.push('what was typed is gone');
await tab.fill('#note', 'The label is\ncrooked & pale. 颜色不对');
await tab.setInputFiles('#photo', plan.photo);
await press('form button');
await shoot('done');
const text = await tab.innerText('main');
console.log(JSON.stringify({ reference: (text.match(/\b[0-9A-HJKMNP-TV-Z]{10}\b/) ?? [''])[0],
	photo: box === null ? null : [box.width, box.height], statuses, heard }));
await browser.close();
