/* The system calls a worker may make (seccomp); any other ends the process at once. */
#ifndef SUYUAN_WEB_SANDBOX_H
#define SUYUAN_WEB_SANDBOX_H

/* From here on, for ever. */
void sandbox_enter(void);

#endif
