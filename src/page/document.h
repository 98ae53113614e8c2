/*
 * The public documents: what the projection writes into schema pub and the page reads. Both are
 * JSON objects; words are {"zh-CN": "…", "en": "…", "und": "…"}; a member that is not public
 * is simply not there. Dates are "2026-09-01", or "2026-09" and "2026" where the day is not told;
 * times carry the place's own offset, "2026-09-01T08:30:00+08:00"; numbers that were recorded as
 * decimals are JSON strings ("0.10"), so that no digit is lost or invented.
 *
 * Brand (pub.brand):
 *   { "name": words, "contact": {"phone": s, "email": s, "url": s}, "accent": "#1a6b4f",
 *     "motto": words, "about": words,
 *     "logo": {"sha256": 64 hex digits, "width": n, "height": n} }
 *
 * Product (pub.product):
 *   { "gtin": "09506000134352", "updated": time,
 *     "name": words, "description": words, "category": words, "ingredients": words,
 *     "net_content": s, "origin_country": "CN", "origin_place": words, "responsible": words,
 *     "care": words, "photo": {"sha256": 64 hex digits, "width": n, "height": n},
 *     "materials": [material], "documents": [document] }
 *
 * Lot (pub.lot):
 *   { "updated": time, "lot": s, "produced_on": date, "best_before": date, "facility": words,
 *     "country": "CN", "place": words, "quantity": {"value": decimal, "unit": s},
 *     "materials": [material], "inputs": [input], "steps": [step],
 *     "inspections": [inspection], "documents": [document] }
 *
 *   material:   { "name": words, "country": "CN", "share": decimal (% of mass),
 *                 "recycled_share": decimal, "hazard": words, "supplier": words }
 *   input:      { "name": words, "country": "CN", "supplier": words, "lot": s,
 *                 "quantity": {"value": decimal, "unit": s}, "received_on": date }
 *   step:       { "name": words, "time": {"from": time, "to": time}, "place": words,
 *                 "parameters": [{"name": words, "value": s, "unit": s}] }
 *   inspection: { "test": words, "method": s, "value": {"number": decimal | "text": s, "unit": s},
 *                   | {"verdict": …}: only whether it is as it must be, told as the verdict,
 *                 "limits": {"lower": decimal, "upper": decimal, "unit": s},
 *                 "verdict": "pass" | "fail" | "missing" | "information",
 *                 "time": time, "laboratory": words, "instrument": s, "certificate": s }
 *   document:   { "title": words, "kind": s, "issuer": words, "issued_on": date,
 *                 "sha256": 64 hex digits,
 *                 "file": {"sha256": 64 hex digits, "type": "pdf" | "jpg", "bytes": n} }
 *
 * A lot's materials, where it has any, stand in place of the product's. An array whose heading
 * field is private is not there at all. Inspections are at most 200 in a document, failed ones
 * first; other arrays at most 500.
 *
 * Words of one member "x-country" are the code of a country, in place of a name or place that is
 * not told more finely; the reader is told its name.
 *
 * Words are chosen for the reader's language: the exact tag, the same primary language, "und",
 * "en", the first there is. A member that is null counts as absent, members with other names are
 * passed over; anything else that is not as written here makes the whole document invalid.
 */
#ifndef SUYUAN_PAGE_DOCUMENT_H
#define SUYUAN_PAGE_DOCUMENT_H

#include "base/arena.h"
#include "model/visibility.h"
#include "page/markup.h"

/* The JSON texts as they come from the store; any may be empty. */
struct document_source {
	struct slice brand;
	struct slice product;
	struct slice lot;
	field_set hidden; /* left out on reading */
};

struct quantity {
	struct slice value, unit;
};

struct contact {
	struct slice phone, email, url;
};

/* The picture itself is at /media/{sha256}.jpg. */
struct photo {
	struct slice sha256;
	uint64_t width, height; /* pixels */
};

struct brand {
	struct words name;
	struct contact contact;
	struct slice accent;
	struct words motto, about;
	struct photo logo;
};

struct material {
	struct words name;
	struct slice country, share, recycled_share;
	struct words hazard, supplier;
};

struct input {
	struct words name;
	struct slice country;
	struct words supplier;
	struct slice lot;
	struct quantity quantity;
	struct slice received_on;
};

struct parameter {
	struct words name;
	struct slice value, unit;
};

struct span {
	struct slice from, to;
};

struct step {
	struct words name;
	struct span time;
	struct words place;
	struct parameter *parameters;
	size_t parameter_count;
};

struct reading {
	struct slice number, text, unit;
	struct slice verdict; /* only while the document is read */
};

struct limits {
	struct slice lower, upper, unit;
};

struct inspection {
	struct words test;
	struct slice method;
	struct reading value;
	struct limits limits;
	struct slice verdict; /* one of the four words, or empty */
	struct slice time;
	struct words laboratory;
	struct slice instrument, certificate;
};

/* At /media/{sha256}.{type}. */
struct paper_file {
	struct slice sha256, type;
	uint64_t bytes;
};

struct paper {
	struct words title;
	struct slice kind;
	struct words issuer;
	struct slice issued_on, sha256;
	struct paper_file file;
};

struct product {
	struct slice gtin, updated;
	struct words name, description, category, ingredients;
	struct slice net_content, origin_country;
	struct words origin_place, responsible, care;
	struct photo photo;
	struct material *materials;
	size_t material_count;
	struct paper *papers;
	size_t paper_count;
};

struct lot {
	struct slice updated, lot, produced_on, best_before;
	struct words facility;
	struct slice country;
	struct words place;
	struct quantity quantity;
	struct material *materials;
	size_t material_count;
	struct input *inputs;
	size_t input_count;
	struct step *steps;
	size_t step_count;
	struct inspection *inspections;
	size_t inspection_count;
	struct paper *papers;
	size_t paper_count;
};

struct document {
	struct brand brand;
	struct product product;
	struct lot lot;
};

/*
 * Reads the sources into `memory`, without what is hidden. False when a document is not as
 * described above or memory is out; then nothing of it may be shown.
 */
MUSTCHECK bool document_read(struct arena *memory, const struct document_source *source,
			     unsigned language, struct document *ret_document);

/* When what stands in the documents last changed: the newer of both times. */
struct slice document_updated(const struct document *d);

/* One JSON object of words, as a recall's reason comes. False as above. */
MUSTCHECK bool words_read(struct arena *memory, struct slice json, unsigned language,
			  struct words *ret_words);

/* --- the members as data, for whoever goes through them all ------------------------------------
 */

enum member_kind {
	MEMBER_WORDS,
	MEMBER_STRING,
	MEMBER_DATE,
	MEMBER_TIME,
	MEMBER_DECIMAL,
	MEMBER_DIGEST,
	MEMBER_COUNT, /* a uint64_t above 0, or absent */
	MEMBER_VERDICT,
	MEMBER_OBJECT, /* a struct of `shape` inside */
	MEMBER_LIST,   /* a pointer to an array of `shape`, its size_t count behind it */
};

struct shape {
	size_t size;
	const struct member *members;
	size_t count;
	bool headed; /* entries without their first member are passed over */
};

struct member {
	const char *name;
	enum member_kind kind;
	size_t offset;
	const struct shape *shape;
};

extern const struct shape shape_brand, shape_product, shape_lot;

#endif
