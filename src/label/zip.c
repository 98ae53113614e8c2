/* ZIP archives through libarchive. */
#include "label/zip.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

struct zip {
	struct archive *archive;
	struct archive_entry *entry; /* used again for every file */
	struct buf *out;
};

static la_ssize_t take_bytes(struct archive *a, void *data, const void *bytes, size_t length)
{
	struct zip *z = data;

	buf_add(z->out, bytes, length);
	if (buf_ok(z->out))
		return (la_ssize_t)length;
	archive_set_error(a, ENOSPC, "no room");
	return -1;
}

/* Output is not padded to blocks: those are for tapes. */
static bool open_archive(struct zip *z)
{
	z->archive = archive_write_new();
	z->entry = archive_entry_new();
	return z->archive != NULL && z->entry != NULL &&
	       archive_write_set_format_zip(z->archive) == ARCHIVE_OK &&
	       archive_write_set_format_option(z->archive, "zip", "compression-level", "3") ==
		   ARCHIVE_OK &&
	       archive_write_set_bytes_in_last_block(z->archive, 1) == ARCHIVE_OK &&
	       archive_write_open(z->archive, z, NULL, take_bytes, NULL) == ARCHIVE_OK;
}

struct zip *zip_new(struct buf *out)
{
	struct zip *z = calloc(1, sizeof(*z));

	if (z == NULL)
		return NULL;
	z->out = out;
	if (open_archive(z))
		return z;
	zip_free(z);
	return NULL;
}

void zip_free(struct zip *z)
{
	if (z == NULL)
		return;
	archive_entry_free(z->entry);
	/* what a broken archive still wants to say at its end is of no use; nobody reads `out` */
	if (z->archive != NULL)
		(void)archive_write_free(z->archive);
	free(z);
}

bool zip_add(struct zip *z, const char *name, struct slice content, bool store)
{
	int chosen = store ? archive_write_zip_set_compression_store(z->archive)
			   : archive_write_zip_set_compression_deflate(z->archive);

	archive_entry_clear(z->entry);
	archive_entry_set_pathname(z->entry, name);
	archive_entry_set_filetype(z->entry, AE_IFREG);
	archive_entry_set_perm(z->entry, 0644);
	archive_entry_set_size(z->entry, (la_int64_t)content.length);
	/*
	 * The second 0 of 1970 is before the first time ZIP can say, so libarchive writes that one,
	 * 1980-01-01, in every time zone.
	 */
	archive_entry_set_mtime(z->entry, 0, 0);
	return chosen == ARCHIVE_OK && archive_write_header(z->archive, z->entry) == ARCHIVE_OK &&
	       archive_write_data(z->archive, content.data, content.length) ==
		   (la_ssize_t)content.length;
}

bool zip_finish(struct zip *z)
{
	return archive_write_close(z->archive) == ARCHIVE_OK;
}
