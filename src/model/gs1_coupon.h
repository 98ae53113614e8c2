/*
 * The fields inside the two coupon codes of North America: AI (8110), the coupon itself, and
 * AI (8112), the offer kept on file (North American Coupon Application Guideline; GS1 AI
 * (8112) Coupon Data Specification). Only their form is checked.
 */
#ifndef SUYUAN_MODEL_GS1_COUPON_H
#define SUYUAN_MODEL_GS1_COUPON_H

#include "base/slice.h"

bool gs1_coupon_ok(struct slice text);	     /* AI (8110) */
bool gs1_coupon_offer_ok(struct slice text); /* AI (8112) */

#endif
