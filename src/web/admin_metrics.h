/* Prints the shared numbers as Prometheus reads them: text format 0.0.4. */
#ifndef SUYUAN_WEB_ADMIN_METRICS_H
#define SUYUAN_WEB_ADMIN_METRICS_H

#include "web/health.h"

#define ADMIN_METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"

void admin_metrics_print(const struct health *h, struct buf *out);

#endif
