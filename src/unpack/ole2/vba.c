#include "unpack/ole2/vba.h"

#include "base/cursor.h"
#include "base/str.h"
#include "unpack/ole2/limits.h"

#include <string.h>

/* ---- compression ---- */

enum { CHUNK = 4096 };

/* A copy token's bits are shared between distance and length by how much of the chunk there is already. */
static unsigned length_bits(size_t made)
{
	unsigned distance_bits = 4;
	while (((size_t)1 << distance_bits) < made)
		distance_bits++;
	return 16 - distance_bits;
}

static bool copy_back(uint8_t *chunk, size_t *made, uint16_t token)
{
	unsigned bits = length_bits(*made);
	size_t length = (size_t)(token & ((1U << bits) - 1)) + 3, distance = (size_t)(token >> bits) + 1;
	if (distance > *made || length > CHUNK - *made)
		return false;
	for (size_t i = 0; i < length; i++, ++*made)
		chunk[*made] = chunk[*made - distance];
	return true;
}

/* One chunk; what came of it is kept even when it is damaged. */
static bool decompress_chunk(struct kh_cursor in, uint8_t chunk[CHUNK], size_t *made)
{
	uint8_t flags = 0, literal = 0;
	uint16_t token = 0;
	while (kh_cursor_u8(&in, &flags)) {
		for (int bit = 0; bit < 8 && kh_cursor_left(&in) > 0; bit++) {
			if (flags >> bit & 1) {
				if (!kh_cursor_u16le(&in, &token) || !copy_back(chunk, made, token))
					return false;
			} else if (*made == CHUNK || !kh_cursor_u8(&in, &literal))
				return false;
			else
				chunk[(*made)++] = literal;
		}
	}
	return true;
}

enum kh_decoded kh_vba_decompress(struct kh_members *m, const uint8_t *bytes, size_t n)
{
	struct kh_cursor in = kh_cursor_of(bytes, n), data;
	uint8_t signature = 0, chunk[CHUNK];
	uint16_t header = 0;
	if (!kh_cursor_u8(&in, &signature) || signature != 1)
		return KH_DECODED_DAMAGED;
	while (!kh_members_over(m) && kh_cursor_u16le(&in, &header)) {
		size_t size = (size_t)(header & 0xfff) + 1, made = 0;
		bool compressed = header >> 15, good = (header >> 12 & 7) == 3 && kh_cursor_sub(&in, KH_MIN(size, kh_cursor_left(&in)), &data);
		if (!good)
			return KH_DECODED_DAMAGED;
		if (compressed)
			good = decompress_chunk(data, chunk, &made);
		else
			good = kh_cursor_copy(&data, chunk, made = KH_MIN(kh_cursor_left(&data), (size_t)CHUNK));
		if (!kh_members_add(m, chunk, made))
			return KH_DECODED_FULL;
		if (!good)
			return KH_DECODED_DAMAGED;
	}
	return KH_DECODED_WHOLE;
}

/* ---- where the texts are ---- */

enum record { STREAM_NAME = 0x32 /* in UTF-16 */, TEXT_OFFSET = 0x31, PROJECT_VERSION = 9 };

static bool is_dir(const char *path)
{
	return kh_streq_nocase(path, "VBA/dir") || (strlen(path) > 8 && kh_streq_nocase(path + strlen(path) - 8, "/VBA/dir"));
}

/* A module's name as it stands in the path of its stream: ASCII is enough to find it again, and what is not ASCII is searched for. */
static char *module_path(const char *dir, struct kh_cursor name)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	uint16_t unit = 0;
	kh_buf_add(&b, dir, strlen(dir) - strlen("dir"));
	while (kh_cursor_u16le(&name, &unit))
		kh_buf_addc(&b, unit < 0x80 ? (char)unit : '?');
	return kh_strdup(kh_buf_text(&b));
}

static void read_dir(struct kh_vba *v, const char *dir, struct kh_cursor in)
{
	uint16_t id = 0;
	uint32_t size = 0;
	struct kh_cursor body, name = {0};
	while (v->modules.n < KH_OLE2_MAX_VBA_MODULES && kh_cursor_u16le(&in, &id) && kh_cursor_u32le(&in, &size)) {
		if (!kh_cursor_sub(&in, id == PROJECT_VERSION ? 6 : size, &body)) /* its size is said wrong, always */
			return;
		uint32_t offset = 0;
		if (id == STREAM_NAME)
			name = body;
		else if (id == TEXT_OFFSET && name.at && kh_cursor_u32le(&body, &offset))
			kh_array_push(&v->modules, ((struct kh_vba_module){module_path(dir, name), offset}));
	}
}

void kh_vba_init(struct kh_vba *v, const struct kh_cfb *c, struct kh_members *m)
{
	*v = (struct kh_vba){0};
	kh_array_each(&c->streams, s) {
		if (!is_dir(s->path) || s->size > KH_OLE2_MAX_VBA_DIR || !kh_members_begin(m) || kh_cfb_read(c, s, m) == KH_CFB_FULL)
			continue;
		struct kh_buf packed = KH_BUF_INIT, dir = KH_BUF_INIT;
		kh_members_take(m, &packed);
		kh_ignore(kh_vba_decompress(m, (const uint8_t *)kh_buf_text(&packed), packed.len));
		kh_members_take(m, &dir);
		if (dir.len <= KH_OLE2_MAX_VBA_DIR)
			read_dir(v, s->path, kh_cursor_of(kh_buf_text(&dir), dir.len));
		kh_members_give_back(m, &dir);
		kh_members_give_back(m, &packed);
	}
}

void kh_vba_done(struct kh_vba *v)
{
	kh_array_each(&v->modules, module)
		free(module->path);
	kh_array_done(&v->modules);
}

/* ---- the texts ---- */

/* Every module begins with its attributes: a flag byte that says "eight letters follow", and the letters. Before it the chunk's header and the signature. */
static const uint8_t *find_text(const uint8_t *stream, size_t n)
{
	static const char beginning[] = "\0Attribut";
	const uint8_t *p = n > 3 ? memmem(stream + 3, n - 3, beginning, sizeof beginning - 1) : NULL;
	return p && p[-3] == 1 ? p - 3 : NULL;
}

/* NULL: the stream has no text. */
static const uint8_t *text_of(const struct kh_vba *v, const char *path, const uint8_t *stream, size_t n)
{
	if (is_dir(path))
		return stream;
	kh_array_each(&v->modules, module)
		if (module->offset < n && stream[module->offset] == 1 && kh_streq_nocase(module->path, path))
			return stream + module->offset;
	return find_text(stream, n);
}

void kh_vba_give(const struct kh_vba *v, struct kh_members *m, const char *path, const uint8_t *stream, size_t n)
{
	const uint8_t *text = n > 0 ? text_of(v, path, stream, n) : NULL;
	if (!text || !kh_members_begin(m))
		return;
	kh_auto_free char *name = kh_format("%s.bas", path);
	kh_members_give_decoded(m, name, kh_vba_decompress(m, text, (size_t)(stream + n - text)));
}
