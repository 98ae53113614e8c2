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
