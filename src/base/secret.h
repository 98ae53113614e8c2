/*
 * What a program that holds keys and passwords does before it reads any.
 */
#ifndef SUYUAN_BASE_SECRET_H
#define SUYUAN_BASE_SECRET_H

/* No core file of this process or its children: it would hold their secrets. Never fails. */
void secret_no_core(void);

#endif
