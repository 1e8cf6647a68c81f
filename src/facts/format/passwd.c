#include "facts/format/passwd.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/limits.h"

#define MAX_FIELDS 9

/* Cuts a line at its colons; how many fields there are. */
static size_t fields_of(char *line, const char *fields[MAX_FIELDS])
{
	size_t n = 0;
	for (char *rest = line, *field = NULL; n < MAX_FIELDS && (field = kh_split(&rest, ":")) != NULL;)
		fields[n++] = field;
	return n;
}

/* Calls `take` with the fields of each line that has at least `least` of them. */
static int each_line(char *text, size_t least, void *result, size_t *count, void (*take)(void *, const char *const *))
{
	for (char *rest = text, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		const char *fields[MAX_FIELDS];
		if (*line == '#' || *line == '+' || *line == '-' || fields_of(line, fields) < least || !*fields[0])
			continue;
		if (*count == KH_FACTS_MAX_ENTRIES)
			return kh_fail(KH_E_TOO_LARGE, "more than %d accounts", KH_FACTS_MAX_ENTRIES);
		take(result, fields);
	}
	return 0;
}

static int64_t number(const char *field)
{
	int64_t v = -1;
	return kh_parse_int(field, 0, INT32_MAX * INT64_C(2), &v) ? v : -1;
}

static void take_passwd(void *result, const char *const *f)
{
	struct kh_passwd *p = result;
	struct kh_passwd_entry entry = {.name = f[0], .password = f[1], .gecos = f[4], .home = f[5], .shell = f[6], .uid = number(f[2]), .gid = number(f[3])};
	if (entry.uid >= 0 && entry.gid >= 0)
		kh_array_push(p, entry);
}

static void take_shadow(void *result, const char *const *f)
{
	struct kh_shadow *s = result;
	struct kh_shadow_entry entry = {
		.name = f[0], .password = f[1], .changed_day = number(f[2]), .min_days = number(f[3]), .max_days = number(f[4]),
		.warn_days = number(f[5]), .inactive_days = number(f[6]), .expire_day = number(f[7]),
	};
	kh_array_push(s, entry);
}

static void take_group(void *result, const char *const *f)
{
	struct kh_groups *g = result;
	struct kh_group group = {.name = f[0], .gid = number(f[2]), .members = f[3]};
	if (group.gid >= 0)
		kh_array_push(g, group);
}

static char *copy_of(const char *text, size_t n)
{
	return kh_strndup(text ? text : "", text ? n : 0);
}

int kh_passwd_parse(const char *text, size_t n, struct kh_passwd *ret)
{
	kh_passwd_done(ret);
	ret->text = copy_of(text, n);
	return each_line(ret->text, 7, ret, &ret->n, take_passwd);
}

int kh_shadow_parse(const char *text, size_t n, struct kh_shadow *ret)
{
	kh_shadow_done(ret);
	ret->text = copy_of(text, n);
	ret->text_size = strlen(ret->text);
	return each_line(ret->text, 8, ret, &ret->n, take_shadow);
}

int kh_groups_parse(const char *text, size_t n, struct kh_groups *ret)
{
	kh_groups_done(ret);
	ret->text = copy_of(text, n);
	return each_line(ret->text, 4, ret, &ret->n, take_group);
}

void kh_passwd_done(struct kh_passwd *p)
{
	free(p->text);
	p->text = NULL;
	kh_array_done(p);
}

/* Hashes do not stay in memory. */
void kh_shadow_done(struct kh_shadow *s)
{
	if (s->text)
		explicit_bzero(s->text, s->text_size);
	free(s->text);
	s->text = NULL;
	kh_array_done(s);
}

void kh_groups_done(struct kh_groups *g)
{
	free(g->text);
	g->text = NULL;
	kh_array_done(g);
}

const struct kh_shadow_entry *kh_shadow_of(const struct kh_shadow *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++)
		if (kh_streq(s->v[i].name, name))
			return &s->v[i];
	return NULL;
}

bool kh_group_has(const struct kh_group *group, const struct kh_passwd_entry *user)
{
	size_t length = strlen(user->name);
	if (group->gid == user->gid)
		return true;
	for (const char *p = group->members; *p; p += strcspn(p, ","), p += *p == ',')
		if (strncmp(p, user->name, length) == 0 && (p[length] == ',' || p[length] == '\0'))
			return true;
	return false;
}

enum kh_password_state kh_password_state(const char *field)
{
	if (!*field)
		return KH_PASSWORD_EMPTY;
	if (*field == '!')
		return field[strspn(field, "!")] && !kh_streq(field, "!*") ? KH_PASSWORD_LOCKED : KH_PASSWORD_NONE;
	return *field == '*' ? KH_PASSWORD_NONE : KH_PASSWORD_SET;
}

const char *kh_shadow_hash(const char *field)
{
	static const struct {
		const char *prefix, *name;
	} kinds[] = {
		{"$y$", "yescrypt"}, {"$gy$", "yescrypt"}, {"$7$", "scrypt"}, {"$6$", "sha512"}, {"$5$", "sha256"},
		{"$2", "bcrypt"},    {"$1$", "md5"},       {"$", "other"},
	};
	field += strspn(field, "!");
	for (size_t i = 0; i < KH_COUNT(kinds); i++)
		if (kh_starts_with(field, kinds[i].prefix))
			return kinds[i].name;
	return strlen(field) >= 13 && *field != '*' ? "des" : NULL;
}
