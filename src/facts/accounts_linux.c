#include "facts/ctx.h"
#include "facts/last_logins.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/sudoers.h"
#include "facts/limits.h"
#include "facts/tree.h"

/* ---- who is an administrator ---- */

struct reading {
	int root;
	struct kh_sudoers *sudoers;
	int files; /* read so far */
};

static int include_sudoers(void *arg, const char *path);

static int read_sudoers_file(struct reading *reading, const char *path)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	if (++reading->files > KH_FACTS_MAX_INCLUDES)
		return kh_fail(KH_E_TOO_LARGE, "sudoers: more than %d files", KH_FACTS_MAX_INCLUDES);
	int r = kh_tree_read(reading->root, path, KH_FACTS_MAX_FILE, &text);
	if (r == KH_E_NOT_FOUND)
		return 0;
	return r < 0 ? r : kh_sudoers_parse(text.data, text.len, reading->sudoers, include_sudoers, reading);
}

/* In a folder sudo skips names with a dot or a tilde at the end. */
static int include_sudoers(void *arg, const char *path)
{
	struct reading *reading = arg;
	kh_auto_names struct kh_names names = {0};
	if (*path != '/')
		return 0;
	if (!kh_ends_with(path, "/"))
		return read_sudoers_file(reading, path);
	int r = kh_tree_list(reading->root, path, &names);
	for (size_t i = 0; r == 0 && i < names.n; i++) {
		kh_auto_free char *file = kh_format("%s%s", path, names.v[i]);
		if (!strchr(names.v[i], '.') && !kh_ends_with(names.v[i], "~"))
			r = read_sudoers_file(reading, file);
	}
	return r == KH_E_NOT_FOUND ? 0 : r;
}

struct candidate {
	const struct kh_users *users;
	const struct kh_passwd_entry *user;
};

static bool in_group(const struct candidate *c, const char *name, int64_t gid)
{
	for (size_t i = 0; i < c->users->groups.n; i++) {
		const struct kh_group *group = &c->users->groups.v[i];
		if ((name ? kh_streq(group->name, name) : group->gid == gid) && kh_group_has(group, c->user))
			return true;
	}
	return false;
}

static bool is_candidate(void *arg, const char *who)
{
	const struct candidate *c = arg;
	int64_t id = -1;
	if (kh_streq(who, "ALL"))
		return true;
	if (kh_starts_with(who, "%#"))
		return kh_parse_int(who + 2, 0, INT64_MAX, &id) && in_group(c, NULL, id);
	if (*who == '%')
		return in_group(c, who + 1, -1);
	if (*who == '#')
		return kh_parse_int(who + 1, 0, INT64_MAX, &id) && id == c->user->uid;
	return kh_streq(who, c->user->name);
}

/* ---- the columns ---- */

static bool has_real_shell(const char *shell)
{
	static const char *const refusing[] = {"/nologin", "/false", "/true", "/sync", "/shutdown", "/halt", "/git-shell"};
	for (size_t i = 0; i < KH_COUNT(refusing); i++)
		if (kh_ends_with(shell, refusing[i]))
			return false;
	return true;
}

/* Keys in one file: lines that are neither empty nor a remark. */
static int64_t keys_in(int root, const char *home, const char *file)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/.ssh/%s", home, file);
	int64_t keys = 0;
	if (*home != '/' || kh_tree_read(root, path, KH_FACTS_MAX_FILE, &text) < 0)
		return 0;
	for (char *rest = text.data, *line = NULL; (line = kh_split(&rest, "\n")) != NULL;) {
		line = kh_trim(line);
		keys += *line && *line != '#';
	}
	return keys;
}

static char *groups_of(const struct kh_users *users, const struct kh_passwd_entry *user)
{
	struct kh_buf names = KH_BUF_INIT;
	for (size_t i = 0; i < users->groups.n; i++)
		if (kh_group_has(&users->groups.v[i], user))
			kh_buf_addf(&names, "%s%s", names.len ? " " : "", users->groups.v[i].name);
	return kh_buf_take(&names);
}

static const char *kind_of(const struct kh_users *users, const struct kh_passwd_entry *user)
{
	if (user->uid == 0)
		return "root";
	return kh_user_is_person(users, user) ? "person" : "system";
}

static void fill_limit(struct kh_facts_rows *rows, size_t column, int64_t days)
{
	if (days >= 0 && days < 99999) /* 99999 is how "never" is written */
		kh_row_int(rows, column, days);
}

static void fill_shadow(const struct kh_shadow_entry *s, struct kh_facts_rows *rows)
{
	static const char *const states[] = {
		[KH_PASSWORD_SET] = "set", [KH_PASSWORD_EMPTY] = "empty", [KH_PASSWORD_LOCKED] = "locked", [KH_PASSWORD_NONE] = "none"};
	kh_row_text(rows, KH_ACCOUNTS_PASSWORD, states[kh_password_state(s->password)]);
	kh_row_text(rows, KH_ACCOUNTS_PASSWORD_HASH, kh_shadow_hash(s->password));
	if (s->changed_day > 0)
		kh_row_time(rows, KH_ACCOUNTS_PASSWORD_CHANGED_S, s->changed_day * 86400);
	kh_row_bool(rows, KH_ACCOUNTS_MUST_CHANGE, s->changed_day == 0);
	fill_limit(rows, KH_ACCOUNTS_MAX_AGE_DAYS, s->max_days);
	fill_limit(rows, KH_ACCOUNTS_MIN_AGE_DAYS, s->min_days);
	fill_limit(rows, KH_ACCOUNTS_WARN_DAYS, s->warn_days);
	fill_limit(rows, KH_ACCOUNTS_INACTIVE_DAYS, s->inactive_days);
	if (s->expire_day >= 0)
		kh_row_time(rows, KH_ACCOUNTS_EXPIRES_S, s->expire_day * 86400);
}

static bool can_login(const struct kh_facts_ctx *ctx, const struct kh_passwd_entry *user, const struct kh_shadow_entry *s, int64_t keys)
{
	const char *field = s ? s->password : user->password;
	enum kh_password_state state = kh_password_state(field);
	bool expired = s && s->expire_day >= 0 && s->expire_day * 86400 <= ctx->now_s;
	return has_real_shell(user->shell) && !expired && (state == KH_PASSWORD_SET || state == KH_PASSWORD_EMPTY || keys > 0);
}

static void fill_row(struct kh_facts_ctx *ctx, const struct kh_passwd_entry *user, const struct kh_sudoers *sudoers,
		     const struct kh_last_logins *logins, struct kh_facts_rows *rows)
{
	const struct kh_users *users = &ctx->users;
	const struct kh_shadow_entry *s = kh_shadow_of(&users->shadow, user->name);
	kh_auto_free char *groups = groups_of(users, user), *full_name = kh_strndup(user->gecos, strcspn(user->gecos, ","));
	int64_t keys = keys_in(ctx->root, user->home, "authorized_keys") + keys_in(ctx->root, user->home, "authorized_keys2");
	int64_t last = kh_last_login(logins, user);
	struct candidate candidate = {users, user};
	kh_row_begin(rows);
	kh_row_text(rows, KH_ACCOUNTS_NAME, user->name);
	kh_row_int(rows, KH_ACCOUNTS_UID, user->uid);
	kh_row_filled(rows, KH_ACCOUNTS_FULL_NAME, full_name);
	kh_row_text(rows, KH_ACCOUNTS_HOME, user->home);
	kh_row_text(rows, KH_ACCOUNTS_SHELL, *user->shell ? user->shell : "/bin/sh");
	kh_row_text(rows, KH_ACCOUNTS_KIND, kind_of(users, user));
	kh_row_bool(rows, KH_ACCOUNTS_ADMIN, user->uid == 0 || kh_sudoers_any(sudoers, is_candidate, &candidate));
	kh_row_bool(rows, KH_ACCOUNTS_CAN_LOGIN, can_login(ctx, user, s, keys));
	if (s)
		fill_shadow(s, rows);
	if (last)
		kh_row_day(rows, KH_ACCOUNTS_LAST_LOGIN_S, last);
	kh_row_bool(rows, KH_ACCOUNTS_LOGIN_KNOWN, logins->known);
	kh_row_int(rows, KH_ACCOUNTS_SSH_KEYS, keys);
	kh_row_text(rows, KH_ACCOUNTS_MEMBER_OF, groups);
}

int kh_facts_accounts(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_sudoers struct kh_sudoers sudoers = {0};
	kh_auto_last_logins struct kh_last_logins logins = {0};
	const struct kh_users *users = kh_ctx_users(ctx);
	if (users->error)
		return kh_fail(users->error, "/etc/passwd cannot be read or makes no sense");
	if (users->shadow_error)
		return kh_fail(users->shadow_error, "/etc/shadow cannot be read or makes no sense");
	int r = read_sudoers_file(&(struct reading){.root = ctx->root, .sudoers = &sudoers}, "/etc/sudoers");
	if (r < 0)
		return r;
	kh_last_logins_read(ctx->root, users, ctx->now_s, &logins);
	for (size_t i = 0; i < users->passwd.n; i++)
		fill_row(ctx, &users->passwd.v[i], &sudoers, &logins, rows);
	return 0;
}
