// The lookup of `make bench` as a service of another make: Fastify, pg, ioredis. It is spared what ours
// does besides: each code is a row that is found by its key, the page is a finished text with two holes,
// nothing is counted, logged or compressed.
//
//   PEER_PORT, PEER_CERTIFICATE, PEER_KEY, DATABASE_URL, REDIS_PATH, REDIS_PASSWORD
import { readFileSync } from "node:fs";
import Fastify from "fastify";
import Redis from "ioredis";
import pg from "pg";

const { PEER_PORT, PEER_CERTIFICATE, PEER_KEY, DATABASE_URL, REDIS_PATH, REDIS_PASSWORD } = process.env;

const redis = new Redis({ path: REDIS_PATH, password: REDIS_PASSWORD, enableAutoPipelining: true });
const store = new pg.Pool({ connectionString: DATABASE_URL, max: 8 });

const FIND = {
	name: "find",
	text: `SELECT i.state, i.since, i.reason, i.lot, p.document::text AS product
		FROM bench_peer.item AS i JOIN bench_peer.product AS p ON p.gtin = i.gtin
		WHERE i.gtin = $1 AND i.serial = $2`,
};

const server = Fastify({
	https: { key: readFileSync(PEER_KEY), cert: readFileSync(PEER_CERTIFICATE), minVersion: "TLSv1.2" },
	logger: false,
});

// A check digit, as GS1 wants it.
function isGtin(text) {
	if (!/^\d{14}$/.test(text)) return false;
	let sum = 0;
	for (let i = 0; i < 14; i++) sum += Number(text[i]) * (i % 2 ? 1 : 3);
	return sum % 10 === 0;
}

server.get("/01/:gtin/21/:serial", async (request, reply) => {
	const { gtin, serial } = request.params;
	if (!isGtin(gtin) || !/^[0-9A-Z]{1,20}$/.test(serial)) return reply.code(400).send({ title: "Bad link" });
	const { rows } = await store.query({ ...FIND, values: [gtin, serial] });
	if (rows.length === 0) return reply.code(404).send({ title: "Never issued" });
	const [item] = rows;
	const page = await redis.get(`bench:lot:${gtin}:${item.lot}`);
	if (page === null) return reply.code(503).send({ title: "Busy" });
	const body = page.replaceAll("@SERIAL@", serial).replace("@STATE@", item.state);
	return reply
		.header("content-type", "text/html; charset=utf-8")
		.header("cache-control", "no-cache")
		.header("vary", "accept, accept-language, accept-encoding")
		.header("strict-transport-security", "max-age=31536000")
		.header("x-content-type-options", "nosniff")
		.header("x-frame-options", "DENY")
		.header("referrer-policy", "no-referrer")
		.header("content-security-policy", "default-src 'none'; frame-ancestors 'none'")
		.send(body);
});

await store.query("SELECT 1");
await server.listen({ host: "127.0.0.1", port: Number(PEER_PORT) });
for (const signal of ["SIGTERM", "SIGINT"])
	process.once(signal, async () => {
		await server.close();
		await store.end();
		redis.disconnect();
	});
