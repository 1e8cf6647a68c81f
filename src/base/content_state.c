#include "base/content_state.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"

enum { VERSION = 1 };

/* The numbers, by their names. */
static const struct {
	const char *key;
	size_t offset;
} numbers[] = {
	{"current", offsetof(struct kh_content_state, current)},
	{"previous", offsetof(struct kh_content_state, previous)},
	{"failed", offsetof(struct kh_content_state, failed)},
	{"made_s", offsetof(struct kh_content_state, made_s)},
	{"newest_s", offsetof(struct kh_content_state, newest_s)},
	{"yara_rules", offsetof(struct kh_content_state, yara_rules)},
	{"clamav_signatures", offsetof(struct kh_content_state, clamav_signatures)},
	{"hashes", offsetof(struct kh_content_state, hashes)},
	{"left_out", offsetof(struct kh_content_state, left_out)},
};

static int64_t *number_at(struct kh_content_state *s, size_t i)
{
	return (int64_t *)((char *)s + numbers[i].offset);
}

int kh_content_state_parse(const char *text, size_t n, struct kh_content_state *ret)
{
	kh_auto_json json_t *j = NULL;
	struct kh_content_state s = {0};
	int64_t version = 0;
	int r = kh_json_parse(text, n, &j);
	if (r == 0)
		r = kh_json_int(j, "v", 1, INT64_MAX, &version);
	if (r == 0 && version != VERSION)
		return kh_fail(KH_E_NOT_SUPPORTED, "state of a content store of version %lld", (long long)version);
	for (size_t i = 0; r == 0 && i < KH_COUNT(numbers); i++)
		r = kh_json_int(j, numbers[i].key, 0, INT64_MAX, number_at(&s, i));
	if (r == 0)
		r = kh_json_bool(j, "imported", &s.imported);
	if (r < 0)
		return kh_fail(KH_E_SYNTAX, "no state of a content store");
	*ret = s;
	return 0;
}

char *kh_content_state_text(const struct kh_content_state *state)
{
	kh_auto_json json_t *j = json_object();
	struct kh_content_state s = *state;
	kh_json_set_int(j, "v", VERSION);
	for (size_t i = 0; i < KH_COUNT(numbers); i++)
		kh_json_set_int(j, numbers[i].key, *number_at(&s, i));
	kh_json_set_bool(j, "imported", s.imported);
	return kh_json_dump(j);
}
