/* A growing byte buffer with a maximum and a sticky failure flag. */
#include "base/buf.h"

void buf_init(struct buf *b, size_t maximum)
{
	*b = (struct buf){ .maximum = maximum };
}

void buf_release(struct buf *b)
{
	if (b == NULL)
		return;
	free(b->data);
	*b = (struct buf){ .maximum = b->maximum };
}

void buf_clear(struct buf *b)
{
	b->length = 0;
	b->failed = false;
}

bool buf_ok(const struct buf *b)
{
	return !b->failed;
}

struct slice buf_slice(const struct buf *b)
{
	struct slice s = { b->data, b->length };

	return s;
}

static size_t grown(const struct buf *b, size_t needed)
{
	size_t capacity = b->capacity < 128 ? 128 : b->capacity;

	while (capacity < needed)
		capacity = capacity > b->maximum / 2 ? b->maximum : capacity * 2;
	return capacity < b->maximum ? capacity : b->maximum;
}

char *buf_reserve(struct buf *b, size_t length)
{
	size_t capacity;
	char *data;

	if (b->failed)
		return NULL;
	if (length <= b->capacity - b->length && b->data != NULL)
		return b->data + b->length;
	if (length > b->maximum - b->length) {
		b->failed = true;
		return NULL;
	}
	capacity = grown(b, b->length + length);
	data = realloc(b->data, capacity == 0 ? 1 : capacity);
	if (data == NULL) {
		b->failed = true;
		return NULL;
	}
	b->data = data;
	b->capacity = capacity;
	return b->data + b->length;
}

void buf_add(struct buf *b, const char *data, size_t length)
{
	char *room = length == 0 ? NULL : buf_reserve(b, length);

	if (room == NULL)
		return;
	memcpy(room, data, length);
	b->length += length;
}

void buf_add_slice(struct buf *b, struct slice s)
{
	buf_add(b, s.data, s.length);
}

void buf_add_string(struct buf *b, const char *string)
{
	buf_add(b, string, strlen(string));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_add_u64(struct buf *b, uint64_t value)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + value % 10);
		value /= 10;
	} while (value > 0);
	buf_add(b, digits + n, sizeof(digits) - n);
}

void buf_add_format(struct buf *b, const char *format, ...)
{
	size_t left = b->failed || b->data == NULL ? 0 : b->capacity - b->length;
	char *room = left == 0 ? NULL : b->data + b->length;
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(room, left, format, args);
	va_end(args);
	if (length < 0) {
		b->failed = true;
		return;
	}
	if ((size_t)length >= left) {
		room = buf_reserve(b, (size_t)length + 1); /* vsnprintf writes a NUL behind */
		if (room == NULL)
			return;
		va_start(args, format);
		(void)vsnprintf(room, (size_t)length + 1, format, args);
		va_end(args);
	}
	b->length += (size_t)length;
}

const char *buf_string(struct buf *b)
{
	char *room = buf_reserve(b, 1);

	if (room == NULL)
		return NULL;
	*room = '\0';
	return b->data;
}
