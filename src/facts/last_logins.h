/* When each account was last used, by every record a system may keep: lastlog, lastlog2, wtmp and its older files, wtmpdb. */
#pragma once

#include "facts/users.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kh_last_logins {
	struct kh_last_login {
		const struct kh_passwd_entry *user; /* lent from the users */
		int64_t login_s;
	} *v;
	size_t n, cap;
	int64_t now_s;
	bool known; /* at least one record is kept */
};

void kh_last_logins_read(int root_fd, const struct kh_users *users, int64_t now_s, struct kh_last_logins *ret);
void kh_last_logins_done(struct kh_last_logins *logins);
#define kh_auto_last_logins KH_CLEANUP(kh_last_logins_done)

int64_t kh_last_login(const struct kh_last_logins *logins, const struct kh_passwd_entry *user); /* 0: never */
