#include "facts/users.h"

#include "base/error.h"
#include "base/str.h"
#include "facts/format/keyfile.h"
#include "facts/limits.h"
#include "facts/tree.h"

#define UID_MIN_DEFAULT 1000
#define UID_NOBODY 65534

void kh_users_done(struct kh_users *users)
{
	kh_passwd_done(&users->passwd);
	kh_shadow_done(&users->shadow);
	kh_groups_done(&users->groups);
}

static int64_t uid_min(int root)
{
	int64_t min = UID_MIN_DEFAULT;
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_keyfile struct kh_keyfile defs = {0};
	if (kh_tree_read(root, "/etc/login.defs", KH_FACTS_MAX_FILE, &text) == 0 && kh_keyfile_parse(KH_KEYFILE_WORDS, text.data, text.len, &defs) == 0)
		kh_ignore(kh_keyfile_int(&defs, "", "UID_MIN", &min));
	return min;
}

static int read_passwd(int root, struct kh_users *users)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_tree_read(root, "/etc/passwd", KH_FACTS_MAX_FILE, &text);
	if (r == 0)
		r = kh_passwd_parse(text.data, text.len, &users->passwd);
	return r == 0 && !users->passwd.n ? kh_fail(KH_E_SYNTAX, "/etc/passwd: no account in it") : r;
}

static int read_shadow(int root, struct kh_users *users)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_tree_read(root, "/etc/shadow", KH_FACTS_MAX_FILE, &text);
	if (r == 0)
		r = kh_shadow_parse(text.data, text.len, &users->shadow);
	if (text.data)
		explicit_bzero(text.data, text.len);
	return r == 0 && !users->shadow.n ? kh_fail(KH_E_SYNTAX, "/etc/shadow: no account in it") : r;
}

void kh_users_read(int root_fd, struct kh_users *ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	ret->error = read_passwd(root_fd, ret);
	ret->shadow_error = read_shadow(root_fd, ret);
	ret->uid_min = uid_min(root_fd);
	if (kh_tree_read(root_fd, "/etc/group", KH_FACTS_MAX_FILE, &text) == 0)
		kh_ignore(kh_groups_parse(text.data, text.len, &ret->groups));
}

const char *kh_user_name(const struct kh_users *users, int64_t uid)
{
	for (size_t i = 0; i < users->passwd.n; i++)
		if (users->passwd.v[i].uid == uid)
			return users->passwd.v[i].name;
	return NULL;
}

bool kh_user_is_person(const struct kh_users *users, const struct kh_passwd_entry *user)
{
	return user->uid == 0 || (user->uid >= users->uid_min && user->uid != UID_NOBODY);
}
