/* Reads what a report is about, and cleans what people typed. */
#include "model/report.h"

#include <string.h>

#include "base/utf8.h"
#include "model/digital_link.h"
#include "model/gbt33993.h"

/* --- what it is about --------------------------------------------------------------------------
 */

/* Where the path of a link begins in what was typed: people leave out what stands before it. */
static struct slice path_in(struct slice code)
{
	static const struct slice roots[] = { SLICE("/01/"), SLICE("/gtin/"), SLICE("/GTIN/") };

	for (size_t i = 0; i < code.length; i++)
		for (size_t k = 0; k < COUNT_OF(roots); k++)
			if (slice_starts(slice_from(code, i), roots[k]))
				return slice_from(code, i);
	return (struct slice){ NULL, 0 };
}

static void copy_serial(struct slice serial, struct report_subject *ret_subject)
{
	memset(ret_subject->serial, 0, sizeof(ret_subject->serial));
	if (serial.length > 0 && serial.length <= GS1_SERIAL_MAX)
		memcpy(ret_subject->serial, serial.data, serial.length);
}

static bool read_digital_link(struct slice path, struct slice query,
			      struct report_subject *ret_subject)
{
	struct digital_link link;

	if (digital_link_parse_path(path, query, &link) != DL_OK || !link.has_gtin)
		return false;
	ret_subject->gtin = link.gtin;
	copy_serial(link.serial, ret_subject);
	return true;
}

static bool read_gbt(struct slice path, struct report_subject *ret_subject)
{
	struct gbt_code code;

	if (gbt_parse_path(path, &code) != GBT_OK)
		return false;
	ret_subject->gtin = code.gtin;
	copy_serial(slice_of(code.serial), ret_subject);
	return true;
}

bool report_subject_read(struct slice code, struct report_subject *ret_subject)
{
	struct slice query, path;

	code = slice_trim(code);
	if (code.length > REPORT_CODE_MOST)
		return false;
	query = path_in(code);
	if (query.length == 0 || !slice_cut(&query, '?', &path))
		return false;
	return slice_starts(path, S("/01/")) ? read_digital_link(path, query, ret_subject)
					     : read_gbt(path, ret_subject);
}

/* --- words -------------------------------------------------------------------------------------
 */

bool report_text_clean(struct slice typed, struct buf *out)
{
	if (!utf8_valid(typed))
		return false;
	typed = slice_trim(typed);
	while (typed.length > 0) {
		const char *at = typed.data;
		uint32_t c = utf8_next(&typed);

		if (c == '\r' && typed.length > 0 && typed.data[0] == '\n')
			continue;
		if (c == '\n' || c == '\r')
			buf_add_char(out, '\n');
		else if (utf8_is_control(c))
			buf_add_char(out, ' ');
		else
			buf_add(out, at, (size_t)(typed.data - at));
	}
	return true;
}

size_t report_text_length(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.length; i++)
		count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
	return count;
}

static const char reference_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void report_reference_print(const unsigned char bytes[REPORT_REFERENCE_BYTES],
			    char ret_reference[REPORT_REFERENCE_LENGTH + 1])
{
	for (size_t i = 0; i < REPORT_REFERENCE_LENGTH; i++)
		ret_reference[i] = reference_digits[bytes[i] & 31];
	ret_reference[REPORT_REFERENCE_LENGTH] = '\0';
}

bool report_reference_fits(struct slice text)
{
	for (size_t i = 0; i < text.length; i++)
		if (text.data[i] == '\0' || strchr(reference_digits, text.data[i]) == NULL)
			return false;
	return text.length == REPORT_REFERENCE_LENGTH;
}
