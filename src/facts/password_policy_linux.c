/* What is enforced when a password is set (the password stack of the service "passwd") and when it is asked for (the auth stack of "login"): the
 * modules' arguments, then their files in /etc/security, then their own defaults. Sources: pam_pwquality(8), pam_cracklib(8), pam_passwdqc(8),
 * pam_unix(8), pam_pwhistory(8), pam_faillock(8), pam_tally2(8), login.defs(5). */
#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/keyfile.h"
#include "facts/format/pam.h"
#include "facts/limits.h"
#include "facts/tree.h"

#include <stdio.h>

struct reading {
	int root;
	struct kh_pam_stack *stack;
	int files, depth;
};

static int include_file(void *arg, const char *file, enum kh_pam_type type)
{
	static const char *const folders[] = {"/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d"};
	struct reading *reading = arg;
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = KH_E_NOT_FOUND;
	if (++reading->files > KH_FACTS_MAX_INCLUDES || reading->depth == KH_FACTS_MAX_DEPTH)
		return kh_fail(KH_E_TOO_LARGE, "pam.d: too many files drawn in");
	for (size_t i = 0; r == KH_E_NOT_FOUND && i < KH_COUNT(folders); i++) {
		kh_auto_free char *path = *file == '/' ? kh_strdup(file) : kh_format("%s/%s", folders[i], file);
		r = kh_tree_read(reading->root, path, KH_FACTS_MAX_FILE, &text);
	}
	if (r < 0)
		return r == KH_E_NOT_FOUND ? 0 : r;
	reading->depth++;
	r = kh_pam_parse(text.data, text.len, type, reading->stack, include_file, reading);
	reading->depth--;
	return r;
}

/* Settings of one file and its drop-ins; what is not there adds nothing. */
static void read_settings(int root, const char *path, struct kh_keyfile *k)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_names struct kh_names drop_ins = {0};
	kh_auto_free char *pattern = kh_format("%s.d/*.conf", path);
	if (kh_tree_read(root, path, KH_FACTS_MAX_FILE, &text) == 0)
		kh_ignore(kh_keyfile_parse(KH_KEYFILE_WORDS, text.data, text.len, k));
	if (kh_tree_glob(root, pattern, &drop_ins) < 0)
		return;
	for (size_t i = 0; i < drop_ins.n; i++)
		if (kh_tree_read(root, drop_ins.v[i], KH_FACTS_MAX_FILE, &text) == 0)
			kh_ignore(kh_keyfile_parse(KH_KEYFILE_WORDS, text.data, text.len, k));
}

/* Argument of the module, else the setting of its file, else its default. */
static int64_t setting(const struct kh_pam_line *line, const struct kh_keyfile *k, const char *name, int64_t otherwise)
{
	int64_t value = otherwise;
	if (!kh_pam_int(line, name, &value) && k)
		kh_ignore(kh_keyfile_int(k, "", name, &value));
	return value;
}

/* In these files a name alone switches something on. */
static bool is_switched_on(const struct kh_pam_line *line, const struct kh_keyfile *k, const char *name)
{
	return kh_pam_has(line, name) || kh_keyfile_get(k, "", name);
}

/* ---- quality of a new password ---- */

/* pwquality and cracklib: a negative credit asks for so many of a class, a positive one takes as much off the length. */
static void fill_credits(const struct kh_pam_line *line, const struct kh_keyfile *k, int64_t min_length, int64_t credit, struct kh_facts_rows *rows)
{
	static const struct {
		const char *name;
		size_t column;
	} classes[] = {
		{"ucredit", KH_PASSWORD_POLICY_NEEDS_UPPER}, {"lcredit", KH_PASSWORD_POLICY_NEEDS_LOWER},
		{"dcredit", KH_PASSWORD_POLICY_NEEDS_DIGIT}, {"ocredit", KH_PASSWORD_POLICY_NEEDS_SPECIAL},
	};
	int64_t needed = 0, forgiven = 0, min_class = KH_MIN(KH_MAX(setting(line, k, "minclass", 0), 0), 4);
	for (size_t i = 0; i < KH_COUNT(classes); i++) {
		int64_t value = setting(line, k, classes[i].name, credit);
		needed += value < 0;
		forgiven += KH_MAX(value, 0);
		kh_row_bool(rows, classes[i].column, value < 0 || min_class == 4);
	}
	kh_row_int(rows, KH_PASSWORD_POLICY_MIN_CLASSES, KH_MAX(needed, min_class));
	kh_row_int(rows, KH_PASSWORD_POLICY_MIN_LENGTH, KH_MAX(min_length - KH_MIN(forgiven, min_length), 6)); /* both refuse less than 6 */
}

static void fill_pwquality(const struct kh_pam_line *line, int root, struct kh_facts_rows *rows)
{
	kh_auto_keyfile struct kh_keyfile k = {0};
	read_settings(root, "/etc/security/pwquality.conf", &k);
	fill_credits(line, &k, setting(line, &k, "minlen", 8), 0, rows);
	kh_row_bool(rows, KH_PASSWORD_POLICY_DICTIONARY_CHECK, setting(line, &k, "dictcheck", 1) != 0);
}

static void fill_cracklib(const struct kh_pam_line *line, int root, struct kh_facts_rows *rows)
{
	static const struct kh_keyfile none = {0};
	(void)root;
	fill_credits(line, &none, setting(line, NULL, "minlen", 9), 1, rows);
	kh_row_bool(rows, KH_PASSWORD_POLICY_DICTIONARY_CHECK, true);
}

/* min=N0,N1,N2,N3,N4: length for one class, two, a phrase, three, four; "disabled" refuses the kind. */
static void fill_passwdqc(const struct kh_pam_line *line, int root, struct kh_facts_rows *rows)
{
	static const int64_t classes_of[] = {1, 2, 2, 3, 4};
	char text[128] = "disabled,24,11,8,7";
	int64_t shortest = INT64_MAX, classes = 4;
	char *rest = text;
	(void)root;
	kh_pam_text(line, "min", text, sizeof text);
	for (size_t i = 0; i < KH_COUNT(classes_of); i++) {
		int64_t length = 0;
		char *field = kh_split(&rest, ",");
		if (!field || !kh_parse_int(field, 0, 1024, &length))
			continue;
		shortest = KH_MIN(shortest, length);
		classes = KH_MIN(classes, classes_of[i]);
	}
	if (shortest != INT64_MAX)
		kh_row_int(rows, KH_PASSWORD_POLICY_MIN_LENGTH, shortest);
	kh_row_int(rows, KH_PASSWORD_POLICY_MIN_CLASSES, classes);
	for (size_t column = KH_PASSWORD_POLICY_NEEDS_UPPER; column <= KH_PASSWORD_POLICY_NEEDS_SPECIAL; column++)
		kh_row_bool(rows, column, classes == 4);
	kh_row_bool(rows, KH_PASSWORD_POLICY_DICTIONARY_CHECK, true);
}

static void fill_unix_only(const struct kh_pam_line *line, int root, struct kh_facts_rows *rows)
{
	(void)root;
	kh_row_int(rows, KH_PASSWORD_POLICY_MIN_LENGTH, setting(line, NULL, "minlen", 6));
	kh_row_int(rows, KH_PASSWORD_POLICY_MIN_CLASSES, 0);
	for (size_t column = KH_PASSWORD_POLICY_NEEDS_UPPER; column <= KH_PASSWORD_POLICY_DICTIONARY_CHECK; column++)
		kh_row_bool(rows, column, false);
}

static void fill_quality(const struct kh_pam_stack *stack, int root, struct kh_facts_rows *rows)
{
	static const struct {
		const char *module, *name;
		void (*fill)(const struct kh_pam_line *, int, struct kh_facts_rows *);
	} checks[] = {
		{"pam_pwquality", "pwquality", fill_pwquality}, {"pam_cracklib", "cracklib", fill_cracklib},
		{"pam_passwdqc", "passwdqc", fill_passwdqc},    {"pam_unix", "unix", fill_unix_only},
	};
	for (size_t i = 0; i < KH_COUNT(checks); i++) {
		const struct kh_pam_line *line = kh_pam_find(stack, KH_PAM_PASSWORD, checks[i].module);
		if (!line)
			continue;
		kh_row_text(rows, KH_PASSWORD_POLICY_QUALITY_MODULE, checks[i].name);
		checks[i].fill(line, root, rows);
		return;
	}
}

static void fill_history(const struct kh_pam_stack *stack, int root, struct kh_facts_rows *rows)
{
	kh_auto_keyfile struct kh_keyfile k = {0};
	const struct kh_pam_line *history = kh_pam_find(stack, KH_PAM_PASSWORD, "pam_pwhistory"), *unix_line = kh_pam_find(stack, KH_PAM_PASSWORD, "pam_unix");
	read_settings(root, "/etc/security/pwhistory.conf", &k);
	if (history)
		kh_row_int(rows, KH_PASSWORD_POLICY_REMEMBER, setting(history, &k, "remember", 10));
	else if (unix_line)
		kh_row_int(rows, KH_PASSWORD_POLICY_REMEMBER, setting(unix_line, NULL, "remember", 0));
}

/* ---- wrong passwords ---- */

/* Seconds until the lock opens; 0 (also written "never"): not by itself. */
static int64_t unlock_time(const struct kh_pam_line *line, const struct kh_keyfile *k, int64_t otherwise)
{
	char text[32] = "";
	if (kh_pam_text(line, "unlock_time", text, sizeof text) && kh_streq(text, "never"))
		return 0;
	if (!*text && kh_streq(kh_keyfile_get(k, "", "unlock_time"), "never"))
		return 0;
	return setting(line, k, "unlock_time", otherwise);
}

static void fill_lockout(const struct kh_pam_stack *stack, int root, struct kh_facts_rows *rows)
{
	kh_auto_keyfile struct kh_keyfile k = {0};
	const struct kh_pam_line *faillock = kh_pam_find(stack, KH_PAM_AUTH, "pam_faillock"), *tally = kh_pam_find(stack, KH_PAM_AUTH, "pam_tally2");
	const struct kh_pam_line *line = faillock ? faillock : tally;
	if (!line)
		return;
	if (faillock)
		read_settings(root, "/etc/security/faillock.conf", &k);
	int64_t attempts = setting(line, &k, "deny", faillock ? 3 : 0);
	if (attempts > 0) {
		kh_row_int(rows, KH_PASSWORD_POLICY_LOCKOUT_ATTEMPTS, attempts);
		kh_row_int(rows, KH_PASSWORD_POLICY_LOCKOUT_S, unlock_time(line, &k, faillock ? 600 : 0));
	}
	if (faillock)
		kh_row_int(rows, KH_PASSWORD_POLICY_LOCKOUT_WINDOW_S, setting(line, &k, "fail_interval", 900));
	kh_row_bool(rows, KH_PASSWORD_POLICY_LOCKOUT_ROOT, is_switched_on(line, &k, "even_deny_root"));
}

/* ---- ages and hashes ---- */

static void fill_ages(const struct kh_keyfile *defs, struct kh_facts_rows *rows)
{
	static const struct {
		const char *name;
		size_t column;
	} ages[] = {
		{"PASS_MAX_DAYS", KH_PASSWORD_POLICY_MAX_AGE_DAYS},
		{"PASS_MIN_DAYS", KH_PASSWORD_POLICY_MIN_AGE_DAYS},
		{"PASS_WARN_AGE", KH_PASSWORD_POLICY_WARN_DAYS},
	};
	for (size_t i = 0; i < KH_COUNT(ages); i++) {
		int64_t days = -1;
		if (kh_keyfile_int(defs, "", ages[i].name, &days) && days >= 0 && days < 99999) /* 99999 is how "never" is written */
			kh_row_int(rows, ages[i].column, days);
	}
}

static void fill_hash(const struct kh_pam_stack *stack, const struct kh_keyfile *defs, struct kh_facts_rows *rows)
{
	static const char *const hashes[] = {"yescrypt", "gost_yescrypt", "sha512", "sha256", "blowfish", "bigcrypt", "md5"};
	const struct kh_pam_line *line = kh_pam_find(stack, KH_PAM_PASSWORD, "pam_unix");
	const char *setting_text = kh_keyfile_get(defs, "", "ENCRYPT_METHOD");
	char lower[32] = "";
	for (size_t i = 0; i < KH_COUNT(hashes); i++)
		if (kh_pam_has(line, hashes[i])) {
			kh_row_text(rows, KH_PASSWORD_POLICY_HASH, hashes[i]);
			return;
		}
	snprintf(lower, sizeof lower, "%s", setting_text ? setting_text : "");
	for (char *p = lower; *p; p++)
		*p |= *p >= 'A' && *p <= 'Z' ? 0x20 : 0;
	kh_row_filled(rows, KH_PASSWORD_POLICY_HASH, lower);
}

int kh_facts_password_policy(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_pam struct kh_pam_stack passwd = {0}, login = {0};
	kh_auto_keyfile struct kh_keyfile defs = {0};
	int r = include_file(&(struct reading){.root = ctx->root, .stack = &passwd}, "passwd", KH_PAM_PASSWORD);
	if (r == 0)
		r = include_file(&(struct reading){.root = ctx->root, .stack = &login}, "login", KH_PAM_AUTH);
	if (r < 0)
		return r;
	if (!passwd.n && !login.n)
		return kh_fail(KH_E_NOT_FOUND, "no PAM configuration for passwd or login");
	read_settings(ctx->root, "/etc/login.defs", &defs);
	kh_row_begin(rows);
	fill_quality(&passwd, ctx->root, rows);
	fill_history(&passwd, ctx->root, rows);
	fill_lockout(&login, ctx->root, rows);
	fill_ages(&defs, rows);
	fill_hash(&passwd, &defs, rows);
	const struct kh_pam_line *unix_line = kh_pam_find(&login, KH_PAM_AUTH, "pam_unix");
	if (unix_line)
		kh_row_bool(rows, KH_PASSWORD_POLICY_EMPTY_ALLOWED, kh_pam_has(unix_line, "nullok") || kh_pam_has(unix_line, "nullok_secure"));
	return 0;
}
