/* YAML files written by people: one, or all of a directory. */
#pragma once

#include "base/attr.h"

#include <stddef.h>

/* Gives a file's text to take(), which parses it and says 0 or an error. KH_E_TOO_LARGE past KH_MAX_CONFIG_BYTES. */
int kh_yaml_file_read(const char *path, int (*take)(void *arg, const char *path, const char *text, size_t n), void *arg) KH_MUST_USE;

/* Every *.yaml of a directory in the order of the bytes of their names, hidden ones left out, until one fails. KH_E_NOT_FOUND: no such directory. */
int kh_yaml_files_read(const char *directory, int (*take)(void *arg, const char *path, const char *text, size_t n), void *arg) KH_MUST_USE;
