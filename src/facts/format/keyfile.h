/* Files of settings, in the three forms Linux writes them:
 *
 *     KH_KEYFILE_INI    [section] and key=value; lines that begin with # or ; are remarks; a trailing backslash continues (systemd, NetworkManager)
 *     KH_KEYFILE_SHELL  KEY=value or KEY="value" with a shell's quotes, # remarks, an "export" before it (os-release, /etc/default)
 *     KH_KEYFILE_WORDS  KEY value or KEY = value, # remarks also behind a value (login.defs, auditd.conf, pwquality.conf)
 *
 * Everything is kept in order; lines of no known form are skipped. Names of keys and sections are compared without case. */
#pragma once

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kh_keyfile_form { KH_KEYFILE_INI, KH_KEYFILE_SHELL, KH_KEYFILE_WORDS };

struct kh_keyfile_entry {
	const char *section; /* "" outside of sections */
	const char *key, *value;
};

struct kh_keyfile {
	struct kh_keyfile_entry *v;
	size_t n, cap;
	char *text; /* private: what the entries point into */
	struct kh_keyfile *earlier; /* private: files parsed before into the same */
};

/* Adds the entries of n bytes of text behind those there are (drop-in files: the last one counts). KH_E_TOO_LARGE past KH_FACTS_MAX_ENTRIES. */
int kh_keyfile_parse(enum kh_keyfile_form form, const char *text, size_t n, struct kh_keyfile *k) KH_MUST_USE;
void kh_keyfile_done(struct kh_keyfile *k);
#define kh_auto_keyfile KH_CLEANUP(kh_keyfile_done)

/* The last value set; NULL when none is. `section` NULL: any. */
const char *kh_keyfile_get(const struct kh_keyfile *k, const char *section, const char *key);
bool kh_keyfile_has_section(const struct kh_keyfile *k, const char *section);

/* The same as a number; false when absent or no number. */
bool kh_keyfile_int(const struct kh_keyfile *k, const char *section, const char *key, int64_t *ret);

/* yes/no/true/false/on/off/1/0; `otherwise` for all else. */
bool kh_keyfile_bool(const struct kh_keyfile *k, const char *section, const char *key, bool otherwise);
bool kh_is_yes(const char *text, bool otherwise);
