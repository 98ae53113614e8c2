// Checks a code by hand, then reports it, as a customer does whose browser runs no script: from the
// item's page to the form, with a slip first, then as printed; from there to the report, with a photo.
//
//   node hand.mjs ITEM-URL PICTURE      one JSON line a page: {"url", "status", "title", "text"}
import { launch } from './browser.mjs';

const [url, picture] = process.argv.slice(2);
const serial = url.split('/').pop();
const slip = serial.slice(0, -1) + (serial.endsWith('U') ? '!' : 'U'); // no letter of ours

const browser = await launch();
const context = await browser.newContext({ ignoreHTTPSErrors: true, javaScriptEnabled: false,
	locale: 'en', viewport: { width: 360, height: 780 } });
const tab = await context.newPage();

async function tell(response) {
	console.log(JSON.stringify({ url: tab.url(), status: response.status(), title: await tab.title(),
		text: await tab.locator('body').innerText() }));
}

async function submit() {
	const [response] = await Promise.all([
		tab.waitForResponse((r) => r.request().isNavigationRequest() && r.status() !== 303),
		tab.click('form button'),
	]);
	await tab.waitForLoadState();
	await tell(response);
}

try {
	await tell(await tab.goto(url));
	await tab.click('.doors a[href^="/check"]');
	await tab.waitForLoadState();
	await tab.fill('#code', slip);
	await submit();
	await tab.fill('#code', serial.toLowerCase().replace(/^(..)/, '$1 '));
	await submit();
	await tab.click('.doors a[href^="/report"]');
	await tab.waitForLoadState();
	await tab.fill('#place', 'a market stall');
	await tab.fill('#note', 'The label <came> off & "on" again');
	await tab.setInputFiles('#photo', picture);
	await submit();
} finally {
	await browser.close();
}
