/* Looking an item up and answering, for handlers that do something with it on the way. */
#ifndef SUYUAN_WEB_LOOKUP_H
#define SUYUAN_WEB_LOOKUP_H

#include "model/pin.h"
#include "web/request.h"

/* GET /01/{gtin}/…21/{serial}: the item's page, whatever the brand does with other requests. */
void lookup_serve_page(struct request *r);

/*
 * Answers a customer who typed a PIN on the item's page: digits, "?" where it cannot be one, "" for
 * nothing. The PIN is copied; the caller wipes its own.
 */
void lookup_serve_pin(struct request *r, const char pin[PIN_SIZE]);

#endif
