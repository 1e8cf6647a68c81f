/* Settings of a program: the tables of spec/settings.yaml filled from YAML files.
 *
 * Files hold nested keys (`server:` / `  listen: …` for "server.listen"). Later files win: a program reads NAME.yaml,
 * then the YAML files of NAME.conf.d beside it in the order of their names. Every mistake names file:line:column. */
#pragma once

#include "base/attr.h"
#include "gen/settings.h"

#include <stddef.h>

/* Fills the struct with the fallbacks of its table. */
void kh_settings_init(void *settings, const struct kh_setting *table, size_t count);

/* Reads one YAML text on top of what is there; `path` is for messages. Nothing is changed when there is a mistake. */
int kh_settings_parse(void *settings, const struct kh_setting *table, size_t count, const char *path, const char *text, size_t n) KH_MUST_USE;

/* Sets one key from text, as it would stand in a file (for the command line). */
int kh_settings_set(void *settings, const struct kh_setting *table, size_t count, const char *key, const char *value) KH_MUST_USE;

void kh_settings_done(void *settings, const struct kh_setting *table, size_t count);
