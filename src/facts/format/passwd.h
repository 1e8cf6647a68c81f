/* passwd(5), shadow(5) and group(5). Lines that are not whole are skipped. Texts are owned by the result. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_passwd_entry {
	const char *name, *password, *gecos, *home, *shell;
	int64_t uid, gid;
};

struct kh_passwd {
	struct kh_passwd_entry *v;
	size_t n, cap;
	char *text;
};

/* Numbers are -1 when the field is empty. */
struct kh_shadow_entry {
	const char *name, *password;
	int64_t changed_day, min_days, max_days, warn_days, inactive_days, expire_day; /* days since 1970-01-01 */
};

struct kh_shadow {
	struct kh_shadow_entry *v;
	size_t n, cap;
	char *text;
	size_t text_size;
};

struct kh_group {
	const char *name, *members; /* members separated by commas */
	int64_t gid;
};

struct kh_groups {
	struct kh_group *v;
	size_t n, cap;
	char *text;
};

/* KH_E_TOO_LARGE past KH_FACTS_MAX_ENTRIES lines. */
int kh_passwd_parse(const char *text, size_t n, struct kh_passwd *ret) KH_MUST_USE;
int kh_shadow_parse(const char *text, size_t n, struct kh_shadow *ret) KH_MUST_USE;
int kh_groups_parse(const char *text, size_t n, struct kh_groups *ret) KH_MUST_USE;
void kh_passwd_done(struct kh_passwd *p);
void kh_shadow_done(struct kh_shadow *s);
void kh_groups_done(struct kh_groups *g);

const struct kh_shadow_entry *kh_shadow_of(const struct kh_shadow *s, const char *name); /* NULL when absent */
bool kh_group_has(const struct kh_group *group, const struct kh_passwd_entry *user);

/* What a password field of shadow says. */
enum kh_password_state { KH_PASSWORD_SET, KH_PASSWORD_EMPTY, KH_PASSWORD_LOCKED, KH_PASSWORD_NONE };
enum kh_password_state kh_password_state(const char *field);

/* Kind of hash in a password field, also of a locked one: "yescrypt", "sha512", "sha256", "bcrypt", "md5", "des", "other"; NULL when there is none. */
const char *kh_shadow_hash(const char *field);
