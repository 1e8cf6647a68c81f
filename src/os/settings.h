/* A program's settings from their files: NAME.yaml, then the YAML files of NAME.conf.d beside it in the order of their names; later ones win. */
#pragma once

#include "base/settings.h"

/* Fills the struct with the fallbacks, then from `path` (which must exist) or, when that is NULL, from `usual` (which need not). What contradicts each other is left to
 * kh_settings_check(). On an error there is nothing to release. */
int kh_settings_load(void *settings, const struct kh_setting *table, size_t count, const char *path, const char *usual) KH_MUST_USE;
