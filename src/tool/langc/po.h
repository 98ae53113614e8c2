/* Reads GNU gettext's PO files into the catalogue. */
#ifndef SUYUAN_TOOL_LANGC_PO_H
#define SUYUAN_TOOL_LANGC_PO_H

/*
 * "lang/zh_CN.po" is the language zh-CN, "lang/console/policy.zh_CN.po" a part of it. What is
 * malformed is complained about with its line, and reading goes on behind it.
 */
void po_read(const char *path);

#endif
