/* What the quarantine knows of a file, as JSON: one object, keys as in the table of manifest.c. Bytes that need not be text (the path, extended attributes) stand in
 * base64; `path` and the attributes' `name` beside them are for people. Version 1 had neither attributes nor who did it. */
#pragma once

#include "base/attr.h"
#include "scan/limits.h"
#include "scan/quarantine.h"

#include <jansson.h>

json_t *kh_manifest_json(const struct kh_quarantine_entry *e) KH_MUST_USE;
char *kh_manifest_text(const struct kh_quarantine_entry *e) KH_MUST_USE;

/* The manifest of the entry `id`. KH_E_SYNTAX, KH_E_INVALID_FIELD; then *ret is empty. */
int kh_manifest_parse(const char *text, size_t n, const char *id, struct kh_quarantine_entry *ret) KH_MUST_USE;
