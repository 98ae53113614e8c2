/*
 * Reports of suspicious codes on their way from the inbox, where anybody may put them, to the brand
 * they concern: the photo is written anew (job/picture.h), and with it goes everything that its
 * sender may not have meant to tell.
 *
 * Any number of processes may call this, one at a time does something. Whoever is killed meanwhile
 * has done nothing; a photo that ends the program again and again is dropped with a note.
 */
#ifndef SUYUAN_JOB_REPORTS_H
#define SUYUAN_JOB_REPORTS_H

#include "store/db.h"

/*
 * Takes those that wait, one after the other, until there is none or `stop_wanted`. False:
 * db->error.
 */
MUSTCHECK bool reports_take(struct db *db, bool (*stop_wanted)(void));
/* Removes those older than `days`. */
MUSTCHECK bool reports_forget(struct db *db, uint64_t days);

#endif
