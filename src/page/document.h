/*
 * The public documents: what the projection writes into schema pub and the page reads. Both are
 * JSON objects; words are {"zh-CN": "…", "en": "…", "und": "…"}; a member that is not public
 * is simply not there. Dates are "2026-09-01"; times carry the place's own offset,
 * "2026-09-01T08:30:00+08:00"; numbers that were recorded as decimals are JSON strings ("0.10"), so
 * that no digit is lost or invented.
 *
 * Brand (pub.brand):
 *   { "name": words, "contact": {"phone": s, "email": s, "url": s}, "accent": "#1a6b4f" }
 *
 * Product (pub.product):
 *   { "gtin": "09506000134352", "updated": time,
 *     "name": words, "description": words, "category": words, "ingredients": words,
 *     "net_content": s, "origin_country": "CN", "origin_place": words, "responsible": words,
 *     "care": words, "materials": [material], "documents": [document] }
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
 *                 "limits": {"lower": decimal, "upper": decimal, "unit": s},
 *                 "verdict": "pass" | "fail" | "missing" | "information",
 *                 "time": time, "laboratory": words, "instrument": s, "certificate": s }
 *   document:   { "title": words, "kind": s, "issuer": words, "issued_on": date,
 *                 "sha256": 64 hex digits }
 *
 * A lot's materials, where it has any, stand in place of the product's. An array whose heading field
 * is private is not there at all. Inspections are at most 200 in a document, failed ones first.
 */
#ifndef SUYUAN_PAGE_DOCUMENT_H
#define SUYUAN_PAGE_DOCUMENT_H

#include "base/arena.h"
#include "model/visibility.h"

/* The JSON texts as they come from the store; any may be empty. */
struct document_source {
	struct slice brand;
	struct slice product;
	struct slice lot;
	field_set hidden; /* left out on reading */
};

#endif
