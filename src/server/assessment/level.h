/* The checklist of an information system by its level: packs/lists/level-requirements.yaml, whose head is the format, with the words of the law in force. Immutable once loaded. */
#pragma once

#include "base/array.h"
#include "base/yaml.h"
#include "server/directive/law.h"
#include "server/register/record.h"

#include <stdint.h>

struct kh_level_requirement {
	const char *code, *family, *rule, *control; /* control may be NULL */
	int64_t level;                              /* from this one on */
};

struct kh_level_requirements {
	KH_ARRAY(struct kh_level_requirement) of;
	struct kh_yaml *file; /* owns all texts */
};
void kh_level_requirements_done(struct kh_level_requirements *list);
#define kh_auto_level_requirements KH_CLEANUP(kh_level_requirements_done)

int kh_level_requirements_load(const char *path, struct kh_level_requirements *ret) KH_MUST_USE;
int kh_level_requirements_parse(const char *path, const char *text, size_t n, struct kh_level_requirements *ret) KH_MUST_USE;

/* "Nhật ký hệ thống cấp độ 2 lưu tối thiểu 1 tháng"; new memory. */
char *kh_level_requirement_words(const struct kh_law_rule *rule) KH_MUST_USE;

/* Makes the rows that the system has not yet, in the system's unit. *ret_made: how many. KH_E_NOT_FOUND, KH_E_FORBIDDEN: of the system. KH_E_RECORD_STATE: its level is not known. */
int kh_level_checklist(struct kh_db *writer, const struct kh_level_requirements *list, const struct kh_law *law, int64_t system, const struct kh_record_by *by, int64_t *ret_made) KH_MUST_USE;
