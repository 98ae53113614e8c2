/* Opens compressed GS1 Digital Links: bits to AIs with their values, and these to a path. */
#include "model/digital_link_compressed.h"

#include "model/digital_link.h"

enum {
	BITS_MOST = DL_URI_MAX * 6,
	PAIRS_MOST = DL_ELEMENTS_MAX,
	VALUE_MOST = 127, /* characters of a part; its length has at most 7 bits */
	VALUES_MOST = DL_URI_MAX,
};

struct pair {
	const struct gs1_ai *ai; /* NULL: no AI, `name` tells */
	struct slice name;	 /* "01" */
	struct slice value;
	bool done; /* written already */
};

struct opening {
	/* 6 bits of each character, the first bit the highest. */
	unsigned char sextets[DL_URI_MAX];
	size_t at, end; /* bits */

	size_t pair_count;
	struct pair pairs[PAIRS_MOST];
	size_t text_length;
	char text[VALUES_MOST];
	bool failed;
};

/* --- bits ------------------------------------------------------------------------------------ */

static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static bool load(struct opening *o, struct slice text)
{
	if (text.length == 0 || text.length > sizeof(o->sextets))
		return false;
	for (size_t i = 0; i < text.length; i++) {
		const char *hit = text.data[i] == '\0' ? NULL : strchr(base64, text.data[i]);

		if (hit == NULL)
			return false;
		o->sextets[i] = (unsigned char)(hit - base64);
	}
	o->end = text.length * 6;
	return true;
}

static unsigned bit(struct opening *o)
{
	unsigned value;

	if (o->at >= o->end) {
		o->failed = true;
		return 0;
	}
	value = o->sextets[o->at / 6] >> (5 - o->at % 6) & 1;
	o->at++;
	return value;
}

static unsigned bits(struct opening *o, unsigned count)
{
	unsigned value = 0;

	for (unsigned i = 0; i < count; i++)
		value = value << 1 | bit(o);
	return value;
}

/* How many bits a length of up to `most` takes. */
static unsigned length_bits(unsigned most)
{
	unsigned count = 0;

	for (; most > 0; most >>= 1)
		count++;
	return count;
}

/* How many bits a number of that many digits takes: the next whole number over n * log2(10) + 0.01.
 */
static unsigned number_bits(unsigned digits)
{
	return (unsigned)((digits * UINT64_C(3321928095) + 10000000) / 1000000000 + 1);
}

/* --- text ------------------------------------------------------------------------------------ */

static void put(struct opening *o, char c)
{
	if (o->text_length < sizeof(o->text))
		o->text[o->text_length++] = c;
	else
		o->failed = true;
}

/* A number of more than 64 bits, digit by digit. */
static void read_number(struct opening *o, unsigned digits)
{
	unsigned char decimal[VALUE_MOST] = { 0 }; /* the last digit first */
	unsigned count = number_bits(digits);

	for (unsigned i = 0; i < count; i++) {
		unsigned carry = bit(o);

		for (unsigned k = 0; k < digits; k++) {
			unsigned doubled = decimal[k] * 2u + carry;

			decimal[k] = (unsigned char)(doubled % 10);
			carry = doubled / 10;
		}
		o->failed |= carry != 0;
	}
	for (unsigned k = digits; k-- > 0;)
		put(o, (char)('0' + decimal[k]));
}

static void read_characters(struct opening *o, const char *alphabet, unsigned width,
			    unsigned characters)
{
	for (unsigned i = 0; i < characters && !o->failed; i++) {
		unsigned index = bits(o, width);

		put(o, alphabet == NULL ? (char)index : alphabet[index]);
	}
}

static void read_encoded(struct opening *o, unsigned encoding, unsigned characters)
{
	switch (encoding) {
	case 0:
		read_number(o, characters);
		return;
	case 1:
		read_characters(o, "0123456789abcdef", 4, characters);
		return;
	case 2:
		read_characters(o, "0123456789ABCDEF", 4, characters);
		return;
	case 3:
		read_characters(o, base64, 6, characters);
		return;
	case 4:
		read_characters(o, NULL, 7, characters);
		return;
	default:
		o->failed = true;
	}
}

/* --- a value by the format of its AI --------------------------------------------------------- */

/* A stretch of a value as compression sees it: neighbours of one kind are one. */
struct stretch {
	bool is_number, is_fixed;
	unsigned most;
};

static bool part_is_fixed(const struct gs1_part *p)
{
	return !p->optional && p->min == p->max;
}

/* From *at on; false at the end. */
static bool next_stretch(const struct gs1_ai *ai, size_t *at, struct stretch *ret)
{
	const struct gs1_part *p = &ai->parts[*at];

	if (*at >= GS1_AI_PARTS || p->max == 0)
		return false;
	*ret = (struct stretch){ p->set == GS1_SET_DIGITS, part_is_fixed(p), 0 };
	for (; *at < GS1_AI_PARTS && ai->parts[*at].max != 0; (*at)++) {
		p = &ai->parts[*at];
		if ((p->set == GS1_SET_DIGITS) != ret->is_number ||
		    part_is_fixed(p) != ret->is_fixed)
			break;
		ret->most += p->max;
	}
	return true;
}

static void read_stretch(struct opening *o, const struct stretch *s)
{
	unsigned encoding = s->is_number ? 0 : bits(o, 3);
	unsigned length = s->is_fixed ? s->most : bits(o, length_bits(s->most));

	if (length > s->most)
		o->failed = true;
	else
		read_encoded(o, encoding, length);
}

static struct pair *new_pair(struct opening *o)
{
	if (o->pair_count == PAIRS_MOST) {
		o->failed = true;
		return NULL;
	}
	o->pairs[o->pair_count] = (struct pair){ .done = false };
	return &o->pairs[o->pair_count++];
}

static struct slice text_since(const struct opening *o, size_t start)
{
	return (struct slice){ o->text + start, o->text_length - start };
}

static void read_ai(struct opening *o, struct slice digits)
{
	struct pair *pair = new_pair(o);
	struct stretch stretch;
	size_t start = o->text_length, at = 0;
	uint16_t number;

	if (pair == NULL)
		return;
	pair->ai = gs1_ai_find(digits, &number);
	if (pair->ai == NULL) {
		o->failed = true;
		return;
	}
	for (size_t i = 0; i < digits.length; i++)
		put(o, digits.data[i]);
	pair->name = text_since(o, start);
	start = o->text_length;
	while (!o->failed && next_stretch(pair->ai, &at, &stretch))
		read_stretch(o, &stretch);
	pair->value = text_since(o, start);
}

/* --- what there is --------------------------------------------------------------------------- */

/* The first two digits are read; an AI that is found by two, three or four digits has no more. */
static void read_number_of_ai(struct opening *o, unsigned first, unsigned second)
{
	char digits[4] = { (char)('0' + first), (char)('0' + second) };
	size_t length = 2;
	uint16_t number;

	while (gs1_ai_find((struct slice){ digits, length }, &number) == NULL) {
		unsigned next = length < sizeof(digits) ? bits(o, 4) : 10;

		if (next > 9 || o->failed) {
			o->failed = true;
			return;
		}
		digits[length++] = (char)('0' + next);
	}
	read_ai(o, (struct slice){ digits, length });
}

static void read_sequence(struct opening *o, unsigned byte)
{
	static const struct {
		unsigned byte;
		struct slice ais;
	} sequences[] = {
#define DL_SEQUENCE(byte, ais) { byte, SLICE(ais) },
#include "model/digital_link_sequence.def"
#undef DL_SEQUENCE
	};

	for (size_t i = 0; i < COUNT_OF(sequences); i++) {
		struct slice rest = sequences[i].ais, digits;

		if (sequences[i].byte != byte)
			continue;
		while (!o->failed && slice_cut(&rest, ',', &digits))
			read_ai(o, digits);
		return;
	}
	o->failed = true;
}

/* A parameter of the query that is no AI. */
static void read_parameter(struct opening *o, unsigned high)
{
	unsigned length = high << 3 | bits(o, 3), encoding;
	struct pair *pair = new_pair(o);
	size_t start = o->text_length;

	if (pair == NULL)
		return;
	read_characters(o, base64, 6, length);
	pair->name = text_since(o, start);
	encoding = bits(o, 3);
	start = o->text_length;
	read_encoded(o, encoding, bits(o, 7));
	pair->value = text_since(o, start);
	o->failed |= pair->name.length == 0;
}

static bool read_all(struct opening *o)
{
	/* What is left over of the last character is no byte. */
	while (!o->failed && o->end - o->at > 8) {
		unsigned first = bits(o, 4), second = bits(o, 4);

		if (first == 15)
			read_parameter(o, second);
		else if (first <= 9 && second <= 9)
			read_number_of_ai(o, first, second);
		else
			read_sequence(o, first << 4 | second);
	}
	return !o->failed && o->pair_count > 0;
}

/* --- writing --------------------------------------------------------------------------------- */

static void write_path_pair(struct pair *p, struct buf *out)
{
	buf_add_char(out, '/');
	buf_add_slice(out, p->name);
	buf_add_char(out, '/');
	digital_link_add_escaped(out, p->value);
	p->done = true;
}

/* The qualifiers of a key, in the order in which they follow it: "22,10,21|235". */
static void write_qualifiers(struct opening *o, const struct gs1_ai *key, struct buf *out)
{
	struct slice alternatives = slice_of(key->qualifiers), sequence, digits;

	while (slice_cut(&alternatives, '|', &sequence))
		while (slice_cut(&sequence, ',', &digits))
			for (size_t i = 0; i < o->pair_count; i++)
				if (o->pairs[i].ai != NULL && !o->pairs[i].done &&
				    slice_equal(o->pairs[i].name, digits))
					write_path_pair(&o->pairs[i], out);
}

static void write_query(struct opening *o, struct buf *out)
{
	char separator = '?';

	for (size_t i = 0; i < o->pair_count; i++) {
		struct pair *p = &o->pairs[i];

		if (p->done)
			continue;
		buf_add_char(out, separator);
		separator = '&';
		digital_link_add_escaped(out, p->name);
		buf_add_char(out, '=');
		digital_link_add_escaped(out, p->value);
	}
}

static const struct gs1_ai *write_key(struct opening *o, struct buf *out)
{
	for (size_t i = 0; i < o->pair_count; i++)
		if (o->pairs[i].ai != NULL && (o->pairs[i].ai->flags & GS1_AI_KEY) != 0) {
			write_path_pair(&o->pairs[i], out);
			return o->pairs[i].ai;
		}
	return NULL;
}

/* --- the whole ------------------------------------------------------------------------------- */

static bool is_printable(struct slice s)
{
	for (size_t i = 0; i < s.length; i++)
		if (s.data[i] <= ' ' || s.data[i] > '~' || s.data[i] == '?')
			return false;
	return true;
}

/* "/01/{value}/…" gives the key and what stands behind its value; "/…" gives no key. */
static bool take_apart(struct slice path, struct slice *ret_key, const struct gs1_ai **ret_ai,
		       struct slice *ret_bits)
{
	struct slice rest = path, first, value;
	uint16_t number;

	*ret_key = (struct slice){ NULL, 0 };
	*ret_ai = NULL;
	if (slice_ends(rest, S("/")))
		rest.length--;
	if (!slice_cut(&rest, '/', &first) || first.length > 0)
		return false;
	*ret_bits = rest;
	if (slice_find(rest, '/') == rest.length)
		return true;
	if (!slice_cut(&rest, '/', &first) || !slice_cut(&rest, '/', &value) || value.length == 0)
		return false;
	*ret_ai = gs1_ai_find(first, &number);
	*ret_key = (struct slice){ path.data, (size_t)(value.data + value.length - path.data) };
	*ret_bits = rest;
	return is_printable(*ret_key) && *ret_ai != NULL && ((*ret_ai)->flags & GS1_AI_KEY) != 0 &&
	       slice_find(rest, '/') == rest.length;
}

enum dl_compressed digital_link_decompress(struct slice path, struct buf *out)
{
	struct opening o = { .at = 0 };
	struct slice key, text;
	const struct gs1_ai *ai;

	if (!take_apart(path, &key, &ai, &text) || !load(&o, text))
		return DL_NOT_COMPRESSED;
	if (!read_all(&o))
		return DL_NOT_OPENED;
	if (ai == NULL)
		ai = write_key(&o, out);
	else
		buf_add_slice(out, key);
	if (ai == NULL)
		return DL_NOT_OPENED;
	write_qualifiers(&o, ai, out);
	write_query(&o, out);
	return DL_OPENED;
}
