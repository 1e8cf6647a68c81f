/* Templates of documents: the files of packs/reports, sentences in Vietnamese with {named} figures, which an office may edit (packs/reports/README.md is their format). Everything about a
 * template is checked when it is read: unknown keys, names, lists and conditions are errors with file:line:column. Immutable afterwards, so any thread may fill one. */
#pragma once

#include "base/array.h"
#include "base/json.h"
#include "base/yaml.h"
#include "document/paper.h"
#include "server/report/names.h"

#define KH_MAX_TEMPLATES 100
#define KH_MAX_TEMPLATE_TEXT 2000 /* bytes of one sentence */
#define KH_MAX_TEMPLATE_DEPTH 4   /* lists within lists */

struct kh_template {
	const char *id;    /* name of the file without .yaml */
	const char *title; /* what people choose it by */
	const struct kh_report_data *data;
	bool letter;
	const char *type, *symbol, *about;
	bool records[KH_REGISTERS_COUNT]; /* the registers whose records it lists */
	struct kh_yaml *text;
};

struct kh_templates {
	KH_ARRAY(struct kh_template) of; /* in order of their ids */
};
void kh_templates_done(struct kh_templates *all);
#define kh_auto_templates KH_CLEANUP(kh_templates_done)

/* Reads every *.yaml of a directory (KH_E_NOT_FOUND when there is none such). */
int kh_templates_load(const char *directory, struct kh_templates *ret) KH_MUST_USE;

/* Reads one from text; `path` gives the id and is used in messages. */
int kh_template_parse(const char *path, const char *text, size_t n, struct kh_template *ret) KH_MUST_USE;
void kh_template_done(struct kh_template *t);

const struct kh_template *kh_template_named(const struct kh_templates *all, const char *id); /* NULL: none */

/* Writes kind, type, about, to, body and annexes of the paper from the data. */
void kh_template_fill(const struct kh_template *t, const json_t *data, struct kh_paper *paper);
