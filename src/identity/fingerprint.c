#include "identity/fingerprint.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"
#include "crypto/hash.h"

void kh_fingerprint_done(struct kh_fingerprint *f)
{
	free(f->parts);
	*f = (struct kh_fingerprint){0};
}

void kh_fingerprint_of(const char *parts, struct kh_fingerprint *ret)
{
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_of(parts, strlen(parts), hash);
	kh_sha256_hex(hash, ret->hex);
	ret->parts = kh_strdup(parts);
}

/* The parts of a text, pointing into `copy`. */
struct parts {
	char *copy;
	const char *machine, *product; /* NULL: not known */
	KH_ARRAY(const char *) macs;
};

static void parts_done(struct parts *p)
{
	free(p->copy);
	kh_array_done(&p->macs);
}

static const char *value_of(const char *line, const char *key)
{
	return kh_starts_with(line, key) ? line + strlen(key) : NULL;
}

static void parts_init(struct parts *p, const char *text)
{
	*p = (struct parts){.copy = kh_strdup(text)};
	char *rest = p->copy;
	for (char *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		const char *mac = value_of(line, "mac=");
		p->machine = p->machine ? p->machine : value_of(line, "machine=");
		p->product = p->product ? p->product : value_of(line, "product=");
		if (mac && p->macs.n < KH_FINGERPRINT_MAX_MACS)
			kh_array_push(&p->macs, mac);
	}
}

static bool share_a_card(const struct parts *a, const struct parts *b)
{
	for (size_t i = 0; i < a->macs.n; i++)
		for (size_t k = 0; k < b->macs.n; k++)
			if (kh_streq(a->macs.v[i], b->macs.v[k]))
				return true;
	return false;
}

static bool same_parts(const struct parts *known, const struct parts *now)
{
	if (known->product && now->product && !kh_streq(known->product, now->product))
		return false;
	if (known->macs.n && now->macs.n)
		return share_a_card(known, now);
	return known->machine && kh_streq(known->machine, now->machine);
}

static bool fits(const struct kh_fingerprint *f)
{
	uint8_t hash[KH_SHA256_SIZE];
	char hex[KH_SHA256_HEX_SIZE];
	if (!f->parts)
		return false;
	kh_sha256_of(f->parts, strlen(f->parts), hash);
	return kh_streq(kh_sha256_hex(hash, hex), f->hex);
}

bool kh_fingerprint_same_machine(const struct kh_fingerprint *known, const struct kh_fingerprint *now)
{
	if (kh_streq(known->hex, now->hex))
		return true;
	if (!fits(known) || !fits(now))
		return false;
	struct parts a = {0}, b = {0};
	parts_init(&a, known->parts);
	parts_init(&b, now->parts);
	bool same = same_parts(&a, &b);
	parts_done(&a);
	parts_done(&b);
	return same;
}
