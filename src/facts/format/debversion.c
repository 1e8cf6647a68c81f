#include "facts/format/debversion.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct part {
	const char *at, *end;
};

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* '~' sorts before the end, letters before other characters. */
static int weight(const struct part *p)
{
	if (p->at == p->end || digit(*p->at))
		return 0;
	if (*p->at == '~')
		return -1;
	return letter(*p->at) ? (unsigned char)*p->at : (unsigned char)*p->at + 256;
}

static int compare_numbers(struct part *a, struct part *b)
{
	while (a->at < a->end && *a->at == '0')
		a->at++;
	while (b->at < b->end && *b->at == '0')
		b->at++;
	int first = 0;
	while (a->at < a->end && digit(*a->at) && b->at < b->end && digit(*b->at)) {
		if (!first)
			first = *a->at - *b->at;
		a->at++;
		b->at++;
	}
	if (a->at < a->end && digit(*a->at))
		return 1;
	if (b->at < b->end && digit(*b->at))
		return -1;
	return first;
}

static int compare_parts(struct part a, struct part b)
{
	while (a.at < a.end || b.at < b.end) {
		while ((a.at < a.end && !digit(*a.at)) || (b.at < b.end && !digit(*b.at))) {
			int x = weight(&a), y = weight(&b);
			if (x != y)
				return x - y;
			a.at++;
			b.at++;
		}
		int order = compare_numbers(&a, &b);
		if (order)
			return order;
	}
	return 0;
}

/* Takes the epoch off the front. */
static struct part epoch_of(struct part *version)
{
	const char *colon = memchr(version->at, ':', (size_t)(version->end - version->at));
	struct part epoch = {version->at, colon ? colon : version->at};
	if (colon)
		version->at = colon + 1;
	return epoch;
}

/* Takes the revision (behind the last hyphen) off the end. */
static struct part revision_of(struct part *version)
{
	struct part revision = {version->end, version->end};
	for (const char *p = version->end; p > version->at; p--)
		if (p[-1] == '-') {
			revision.at = p;
			version->end = p - 1;
			break;
		}
	return revision;
}

int kh_deb_version_compare(const char *a, const char *b)
{
	struct part x = {a, a + strlen(a)}, y = {b, b + strlen(b)};
	struct part epoch_x = epoch_of(&x), epoch_y = epoch_of(&y);
	int order = compare_parts(epoch_x, epoch_y);
	if (order)
		return order;
	struct part revision_x = revision_of(&x), revision_y = revision_of(&y);
	order = compare_parts(x, y);
	return order ? order : compare_parts(revision_x, revision_y);
}
