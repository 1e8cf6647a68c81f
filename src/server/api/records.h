/* What the routes of spec/api/records.yaml share. */
#pragma once

#include "server/api/call.h"
#include "server/register/list.h"

/* The register that the path names, once it is known that the role may read it. */
int kh_records_register(const struct kh_api_call *call, const struct kh_register **ret) KH_MUST_USE;

/* The caller as one who writes. faults may be NULL. */
struct kh_record_by kh_records_by(const struct kh_api_call *call, struct kh_record_faults *faults);

/* The record that the path names, as the caller may read it. */
int kh_records_named(const struct kh_api_call *call, struct kh_record *ret) KH_MUST_USE;

/* Record of types.yaml, as the caller may see it. */
int kh_records_object(const struct kh_api_call *call, const struct kh_record *record, json_t **ret) KH_MUST_USE;

/* Answers with RecordDetail. */
int kh_records_answer(struct kh_api_call *call, const struct kh_register *reg, int64_t id) KH_MUST_USE;

/* Puts the faults beside the error that is about to be given. */
void kh_records_tell(struct kh_api_call *call, const struct kh_record_faults *faults);

/* Which records the query means: `unit`, `own`, `text`, `filter`, `sort`. */
struct kh_records_choice {
	struct kh_record_list_options options;
	struct kh_scope scope;
	json_t *filter;
};
int kh_records_chosen(const struct kh_api_call *call, struct kh_records_choice *ret) KH_MUST_USE;
void kh_records_choice_done(struct kh_records_choice *choice);

/* The answer is a file of this name to be saved. */
void kh_records_attach(struct kh_api_call *call, const char *name);
