/* Accounts of the tree's own files: /etc/passwd, /etc/shadow, /etc/group. Directories (LDAP, AD) are not asked. */
#pragma once

#include "facts/format/passwd.h"

#include <stdbool.h>

struct kh_users {
	struct kh_passwd passwd;
	struct kh_shadow shadow;
	struct kh_groups groups;
	int error;        /* 0, or why passwd could not be read (KH_E_NOT_FOUND, KH_E_SYNTAX…) */
	int shadow_error; /* the same for shadow (KH_E_PERMISSION) */
	int64_t uid_min;  /* of people, by login.defs */
};

void kh_users_read(int root_fd, struct kh_users *ret);
void kh_users_done(struct kh_users *users);

/* Name of an account; NULL when the files do not know it. */
const char *kh_user_name(const struct kh_users *users, int64_t uid);

/* A person's account, or root: not one of the system's. */
bool kh_user_is_person(const struct kh_users *users, const struct kh_passwd_entry *user);
