#include "facts/format/deb822.h"

#include "base/alloc.h"

#include <string.h>
#include <strings.h>

void kh_deb822_init(struct kh_deb822 *d, struct kh_lines *lines, const char *const *fields)
{
	*d = (struct kh_deb822){.lines = lines, .fields = fields};
	while (fields[d->count]) {
		kh_assert(d->count < KH_DEB822_MAX_FIELDS);
		d->lengths[d->count] = strlen(fields[d->count]);
		d->count++;
	}
}

void kh_deb822_done(struct kh_deb822 *d)
{
	kh_buf_done(&d->values);
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static void keep_value(struct kh_deb822 *d, size_t field, const char *value, size_t n)
{
	while (n && blank(*value))
		value++, n--;
	while (n && blank(value[n - 1]))
		n--;
	d->offsets[field] = d->values.len + 1;
	kh_buf_add(&d->values, value, n);
	kh_buf_addc(&d->values, '\0');
}

static void take_line(struct kh_deb822 *d, const char *line, size_t n)
{
	if (blank(line[0]))
		return;
	for (size_t i = 0; i < d->count; i++) {
		size_t length = d->lengths[i];
		if (n > length && line[length] == ':' && (line[0] | 0x20) == (d->fields[i][0] | 0x20) &&
		    strncasecmp(line, d->fields[i], length) == 0 && !d->offsets[i])
			keep_value(d, i, line + length + 1, n - length - 1);
	}
}

static bool is_empty(const char *line, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!blank(line[i]))
			return false;
	return true;
}

int kh_deb822_next(struct kh_deb822 *d, bool *ret_found)
{
	bool begun = false;
	kh_buf_reset(&d->values);
	memset(d->offsets, 0, sizeof d->offsets);
	for (;;) {
		const char *line = NULL;
		size_t n = 0;
		int r = kh_lines_next(d->lines, &line, &n);
		if (r < 0)
			return r;
		if (!line || (begun && is_empty(line, n))) {
			*ret_found = begun;
			return kh_buf_status(&d->values);
		}
		if (is_empty(line, n))
			continue;
		begun = true;
		take_line(d, line, n);
	}
}

const char *kh_deb822_get(const struct kh_deb822 *d, size_t i)
{
	return d->offsets[i] ? d->values.data + d->offsets[i] - 1 : NULL;
}
