// Draws every label of ZPL files as a grey picture (PGM), a pixel a dot. Each line of standard input is
// ["IN.zpl", "OUT_FOLDER", WIDTH_MM, HEIGHT_MM, DOTS_PER_MM], and is answered by one: how many pages there are.
const fs = require("fs");
const path = require("path");
const readline = require("readline");
const zlib = require("zlib");
const { ready } = require("zpl-renderer-js");

const CHANNELS = { 0: 1, 2: 3, 4: 2, 6: 4 };

function chunks(png) {
	const found = { IDAT: [] };
	for (let at = 8; at < png.length; ) {
		const length = png.readUInt32BE(at);
		const kind = png.toString("latin1", at + 4, at + 8);
		const body = png.subarray(at + 8, at + 8 + length);
		if (kind === "IDAT")
			found.IDAT.push(body);
		else
			found[kind] = body;
		at += 12 + length;
	}
	return found;
}

function paeth(a, b, c) {
	const p = a + b - c;
	const [da, db, dc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
	return da <= db && da <= dc ? a : db <= dc ? b : c;
}

// The first channel of an eight-bit PNG (ISO/IEC 15948, 9.2), as PGM.
function grey(png) {
	const { IHDR, IDAT } = chunks(png);
	const [width, height] = [IHDR.readUInt32BE(0), IHDR.readUInt32BE(4)];
	if (IHDR[8] !== 8 || !(IHDR[9] in CHANNELS) || IHDR[12] !== 0)
		throw new Error("a PNG of another kind than the renderer used to make");
	const step = CHANNELS[IHDR[9]];
	const stride = width * step;
	const raw = zlib.inflateSync(Buffer.concat(IDAT));
	const out = Buffer.alloc(width * height);
	let before = Buffer.alloc(stride);
	for (let y = 0; y < height; y++) {
		const filter = raw[y * (stride + 1)];
		const line = raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1));
		for (let x = 0; x < stride && filter !== 0; x++) {
			const a = x < step ? 0 : line[x - step];
			const c = x < step ? 0 : before[x - step];
			const b = before[x];
			line[x] += [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter];
		}
		for (let x = 0; x < width; x++)
			out[y * width + x] = line[x * step];
		before = line;
	}
	return Buffer.concat([Buffer.from(`P5\n${width} ${height}\n255\n`), out]);
}

async function draw(api, zpl, out, ...sizes) {
	const pages = await api.zplToBase64MultipleAsync(fs.readFileSync(zpl, "utf8"), ...sizes);
	pages.forEach((page, number) => {
		const name = `page-${String(number).padStart(4, "0")}.pgm`;
		fs.writeFileSync(path.join(out, name), grey(Buffer.from(page, "base64")));
	});
	return pages.length;
}

async function main() {
	const { api } = await ready;
	for await (const line of readline.createInterface({ input: process.stdin }))
		console.log(await draw(api, ...JSON.parse(line)));
}

// the renderer's Go program never ends by itself
main().then(() => process.exit(0), (error) => {
	console.error(error);
	process.exit(1);
});
