#include "server/account/user.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/utf8.h"
#include "server/account/session.h"
#include "server/audit/audit.h"
#include "server/audit/detail.h"

#include <ctype.h>
#include <stdio.h>

void kh_user_done(struct kh_user *u)
{
	free(u->name);
	free(u->full_name);
	free(u->unit_code);
	free(u->unit_name);
	*u = (struct kh_user){0};
}

void kh_password_done(struct kh_password *p)
{
	free(p->hash);
	*p = (struct kh_password){0};
}

const struct kh_role *kh_role_find(const char *name)
{
	for (size_t i = 0; i < KH_ROLES_COUNT; i++)
		if (kh_streq(kh_roles[i].name, name))
			return &kh_roles[i];
	return NULL;
}

/* ---- finding ---- */

#define SELECT_USER                                                                                                                               \
	"SELECT a.id, a.unit_id, a.name, a.full_name, u.code, u.name, a.role, a.language, a.must_change, a.disabled, a.failed, a.locked_until_s," \
	" a.created_s, a.login_s, a.version FROM app_user a JOIN unit u ON u.id = a.unit_id "

static const struct kh_role *role_or_none(const char *name)
{
	static const struct kh_role none = {.name = "", .label = {"", ""}};
	const struct kh_role *role = kh_role_find(name);
	return role ? role : &none;
}

static void read_user(const struct kh_stmt *s, struct kh_user *u)
{
	*u = (struct kh_user){
		.id = kh_stmt_int(s, 0),
		.unit_id = kh_stmt_int(s, 1),
		.name = kh_strdup(kh_stmt_text(s, 2)),
		.full_name = kh_strdup(kh_stmt_text(s, 3)),
		.unit_code = kh_strdup(kh_stmt_text(s, 4)),
		.unit_name = kh_strdup(kh_stmt_text(s, 5)),
		.role = role_or_none(kh_stmt_text(s, 6)),
		.must_change = kh_stmt_int(s, 8),
		.disabled = kh_stmt_int(s, 9),
		.failed = kh_stmt_int(s, 10),
		.locked_until_s = kh_stmt_int(s, 11),
		.created_s = kh_stmt_int(s, 12),
		.login_s = kh_stmt_int(s, 13),
		.version = kh_stmt_int(s, 14),
	};
	snprintf(u->language, sizeof u->language, "%s", kh_stmt_text(s, 7));
}

/* The one user of a query, or KH_E_NOT_FOUND under the name it was asked for. */
static int read_one(struct kh_stmt *s, int r, const char *asked, struct kh_user *ret)
{
	if (kh_stmt_next(s, &r)) {
		read_user(s, ret);
		return 0;
	}
	return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "user %s", asked);
}

static void lower(char *s)
{
	for (; *s; s++)
		*s = (char)tolower((unsigned char)*s);
}

int kh_user_find(struct kh_db *db, const char *name, struct kh_user *ret)
{
	kh_auto_free char *folded = kh_strdup(name);
	lower(folded);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, SELECT_USER "WHERE a.name = ?1", folded);
	return read_one(s, r, name, ret);
}

int kh_user_get(struct kh_db *db, int64_t id, struct kh_user *ret)
{
	char asked[24];
	snprintf(asked, sizeof asked, "%lld", (long long)id);
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, SELECT_USER "WHERE a.id = ?1", id);
	return read_one(s, r, asked, ret);
}

/* ---- changing ---- */

int kh_user_prepare_password(const struct kh_password_policy *policy, const char *user_name, const char *password, bool must_change, struct kh_password *ret)
{
	int r = kh_password_check(policy, user_name, password);
	char *hash = NULL;
	if (r == 0)
		r = kh_password_hash(password, &hash);
	if (r == 0)
		*ret = (struct kh_password){.hash = hash, .must_change = must_change};
	return r;
}

int kh_role_unknown(const char *name)
{
	kh_auto_buf struct kh_buf all = KH_BUF_INIT;
	for (size_t i = 0; i < KH_ROLES_COUNT; i++)
		kh_buf_add_item(&all, kh_roles[i].name);
	return kh_fail(KH_E_INVALID_FIELD, "role \"%s\": expected one of %s", name ? name : "", kh_buf_text(&all));
}

int kh_user_check_name(const char *name)
{
	size_t n = strlen(name), good = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");
	if (n == 0 || n >= KH_USER_NAME_SIZE || good != n || !islower((unsigned char)*name))
		return kh_fail(KH_E_INVALID_FIELD, "name \"%s\": expected a letter, then up to %d of a-z 0-9 . _ -", name, KH_USER_NAME_SIZE - 2);
	return 0;
}

static int check_new(struct kh_db *db, const struct kh_user_new *user, const char *name)
{
	enum kh_language language = KH_VI;
	int64_t alive = 0;
	int r = kh_user_check_name(name);
	if (r < 0)
		return r;
	if (!kh_role_find(user->role))
		return kh_role_unknown(user->role);
	if (!kh_language_parse(user->language ? user->language : "vi", &language))
		return kh_fail(KH_E_INVALID_FIELD, "language \"%s\": expected vi or en", user->language);
	r = kh_db_int(db, &alive, "SELECT COUNT(*) FROM unit WHERE id = ?1 AND to_s IS NULL", user->unit_id);
	return r == 0 && !alive ? kh_fail(KH_E_UNIT_ENDED, "the unit has ended") : r;
}

static int audit(struct kh_db *db, const char *actor, enum kh_audit_action action, const struct kh_user *user, const char *detail)
{
	return kh_audit_append(db, &(struct kh_audit){.actor = actor, .unit_id = user->unit_id, .action = action, .target = user->name, .detail = detail});
}

int kh_user_add(struct kh_db *writer, const struct kh_user_new *user, const struct kh_password *password, const char *actor, int64_t now_s, int64_t *ret_id)
{
	kh_auto_free char *name = kh_strdup(user->name), *full_name = NULL;
	lower(name);
	int r = check_new(writer, user, name);
	if (r == 0)
		r = kh_utf8_nfc(user->full_name ? user->full_name : name, &full_name);
	int64_t id = 0;
	if (r == 0)
		r = kh_db_int(
			writer, &id,
			"INSERT INTO app_user(name, full_name, password_hash, role, unit_id, language, must_change, disabled, failed, locked_until_s, created_s)"
			" VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0, 0, ?8) RETURNING id",
			name, full_name, password->hash, user->role, user->unit_id, user->language ? user->language : "vi", password->must_change, now_s);
	if (r == KH_E_EXISTS)
		return kh_fail(KH_E_EXISTS, "user %s", name);
	struct kh_user added = {.name = name, .unit_id = user->unit_id};
	kh_auto_free char *detail = kh_audit_words("role %s, %s", user->role, full_name ? full_name : "", NULL);
	if (r == 0)
		r = audit(writer, actor, KH_AUDIT_ACTION_USER_ADD, &added, detail);
	if (r == 0)
		*ret_id = id;
	return r;
}

static int forget_first_password(struct kh_db *db, int64_t id)
{
	kh_auto_free char *text = kh_format("%lld", (long long)id);
	return kh_db_run(db, "DELETE FROM meta WHERE key = 'first_password_user' AND value = ?1", text);
}

int kh_user_set_password(struct kh_db *writer, int64_t id, const struct kh_password *password, const char *keep, const char *actor)
{
	kh_auto_user struct kh_user user = {0};
	int r = kh_user_get(writer, id, &user);
	if (r == 0)
		r = kh_db_run(writer, "UPDATE app_user SET password_hash = ?2, must_change = ?3, failed = 0, locked_until_s = 0, version = version + 1 WHERE id = ?1", id,
			      password->hash, password->must_change);
	if (r == 0)
		r = kh_session_end_all(writer, id, keep);
	if (r == 0)
		r = forget_first_password(writer, id);
	kh_auto_free char *detail = password->must_change ? kh_audit_words("to be changed at the first login", NULL) : NULL;
	return r < 0 ? r : audit(writer, actor, KH_AUDIT_ACTION_USER_PASSWORD, &user, detail);
}

/* Administrators that can log in, without one of them. */
static int other_administrators(struct kh_db *db, int64_t without, int64_t *ret)
{
	int r = 0;
	int64_t sum = 0;
	for (size_t i = 0; r == 0 && i < KH_ROLES_COUNT; i++) {
		int64_t n = 0;
		if (kh_roles[i].rights & KH_RIGHT_USER_MANAGE)
			r = kh_db_int(db, &n, "SELECT COUNT(*) FROM app_user WHERE role = ?1 AND disabled = 0 AND id <> ?2", kh_roles[i].name, without);
		sum += n;
	}
	if (r == 0)
		*ret = sum;
	return r;
}

static int check_not_last(struct kh_db *db, const struct kh_user *user)
{
	int64_t others = 0;
	int r = user->role->rights & KH_RIGHT_USER_MANAGE ? other_administrators(db, user->id, &others) : 0;
	if (r < 0 || !(user->role->rights & KH_RIGHT_USER_MANAGE) || others)
		return r;
	return kh_fail(KH_E_LAST_ADMIN, "%s is the last administrator that can log in", user->name);
}

int kh_user_set_disabled(struct kh_db *writer, int64_t id, bool disabled, const char *actor)
{
	kh_auto_user struct kh_user user = {0};
	int r = kh_user_get(writer, id, &user);
	if (r < 0 || user.disabled == disabled)
		return r;
	if (disabled)
		r = check_not_last(writer, &user);
	if (r == 0)
		r = kh_db_run(writer, "UPDATE app_user SET disabled = ?2, failed = 0, locked_until_s = 0, version = version + 1 WHERE id = ?1", id, disabled);
	if (r == 0 && disabled)
		r = kh_session_end_all(writer, id, NULL);
	return r < 0 ? r : audit(writer, actor, disabled ? KH_AUDIT_ACTION_USER_DISABLE : KH_AUDIT_ACTION_USER_ENABLE, &user, NULL);
}

int kh_user_set_language(struct kh_db *writer, int64_t id, const char *language)
{
	enum kh_language parsed = KH_VI;
	if (!kh_language_parse(language, &parsed))
		return kh_fail(KH_E_INVALID_FIELD, "language \"%s\": expected vi or en", language);
	return kh_db_run(writer, "UPDATE app_user SET language = ?2 WHERE id = ?1", id, language);
}
