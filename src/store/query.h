/*
 * An SQL statement of src/store/sql/, embedded at build by src/tool/sqlc.c (generated store/sql.h):
 * one statement, parameters $1 … only.
 */
#ifndef SUYUAN_STORE_QUERY_H
#define SUYUAN_STORE_QUERY_H

/* The programs that run SQL, each under a database role of its own (DESIGN section 2). */
enum sql_user {
	SQL_LOOKUP = 1,	  /* suyuan_public */
	SQL_CONSOLE = 2,  /* suyuan_console */
	SQL_JOBS = 4,	  /* suyuan_jobs */
	SQL_OPERATOR = 8, /* suyuan_owner */
};

struct sql_query {
	const char *name; /* of the file; good as the name of a prepared statement */
	const char *text;
	unsigned parameters; /* $1 to $parameters, each used */
	unsigned users;	     /* enum sql_user, one bit each */
};

/* A file of migrations/, embedded whole. */
struct sql_migration {
	unsigned number;  /* 1, 2, 3 …, without a gap */
	const char *name; /* "0001_house.sql" */
	const char *text;
};

#endif
