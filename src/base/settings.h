/* Settings of a program: the tables of spec/settings.yaml filled from YAML texts and from the command line (os/settings.h reads the files).
 *
 * Files hold nested keys (`server:` / `  listen: …` for "server.listen"). What the table says of a setting (its limits, the words it may be, its form) is
 * checked wherever a value comes from, and every mistake says what was expected; one from a file names file:line:column. `settings` is the generated
 * struct of the table. All fail with KH_E_INVALID_CONFIG. */
#pragma once

#include "base/attr.h"
#include "gen/settings.h"

#include <stddef.h>

/* Fills the struct with the fallbacks of its table. */
void kh_settings_init(void *settings, const struct kh_setting *table, size_t count);

/* Reads one YAML text on top of what is there; `path` is for messages. Nothing is changed when there is a mistake. */
int kh_settings_parse(void *settings, const struct kh_setting *table, size_t count, const char *path, const char *text, size_t n) KH_MUST_USE;

/* Sets one key from text, as it would stand in a file; the second takes "KEY=VALUE" of the command line's --set, and fails with KH_E_USAGE without a "=". */
int kh_settings_set(void *settings, const struct kh_setting *table, size_t count, const char *key, const char *value) KH_MUST_USE;
int kh_settings_set_pair(void *settings, const struct kh_setting *table, size_t count, const char *pair) KH_MUST_USE;

/* What only shows when all are read: settings that contradict each other. */
int kh_settings_check(void *settings, const struct kh_setting *table, size_t count) KH_MUST_USE;

void kh_settings_done(void *settings, const struct kh_setting *table, size_t count);

/* The place of the value among the words that the table allows (enum kh_log_level for log_level). */
size_t kh_settings_place(const struct kh_setting *table, size_t count, const char *key, const char *value);
