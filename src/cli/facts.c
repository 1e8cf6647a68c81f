#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "os/table.h"
#include "base/time.h"
#include "base/size.h"
#include "cli/machine_settings.h"
#include "facts/collector.h"
#include "gen/cli_khien.h"
#include "os/host.h"

#include <stdio.h>
#include <sys/stat.h>

enum { MAX_COLUMNS = 64 };

static int unknown_table(const struct kh_cli_call *call, const char *name)
{
	kh_auto_buf struct kh_buf known = KH_BUF_INIT;
	for (size_t i = 0; i < KH_FACTS_COUNT; i++)
		kh_buf_addf(&known, "%s%s", i ? ", " : "", kh_fact_tables[i].name);
	kh_auto_free char *text = kh_text_with(call->language, KH_T_FACTS_UNKNOWN_TABLE, {"table", name}, {"tables", kh_buf_text(&known)});
	return kh_fail(KH_E_USAGE, "%s", text);
}

static const char *reason_text(enum kh_language language, enum kh_facts_reason reason)
{
	static const enum kh_message texts[KH_FACTS_REASONS] = {
		[KH_FACTS_NEEDS_ROOT] = KH_T_FACTS_NEEDS_ROOT, [KH_FACTS_NOT_SUPPORTED] = KH_T_FACTS_NOT_SUPPORTED,
		[KH_FACTS_SOURCE_MISSING] = KH_T_FACTS_SOURCE_MISSING, [KH_FACTS_TOO_LARGE] = KH_T_FACTS_TOO_LARGE, [KH_FACTS_FAILED] = KH_T_FACTS_FAILED,
	};
	return reason == KH_FACTS_OK ? "" : kh_text(language, texts[reason]);
}

/* --- NDJSON: of each table first what was measured of it ("rows" stands in this line only), then {"table":…,column:…} a row. */

static void print_json_state(const struct kh_collected *t)
{
	kh_auto_json json_t *line = json_object();
	kh_json_set_text(line, "table", kh_fact_tables[t->table].name);
	kh_json_set_text(line, "state", kh_facts_state_name(t->state));
	kh_json_set_int(line, "rows", (int64_t)t->rows);
	if (t->state == KH_FACTS_NOT_MEASURED)
		kh_json_set_text(line, "reason", kh_facts_reason_name(t->reason));
	if (*t->detail)
		kh_json_set_text(line, "detail", t->detail);
	kh_auto_free char *text = kh_json_dump(line);
	puts(text);
}

static void print_json_row(const struct kh_collected *t, const json_t *row)
{
	const struct kh_fact_table_info *info = &kh_fact_tables[t->table];
	kh_auto_json json_t *line = json_object();
	kh_json_set_text(line, "table", info->name);
	for (size_t c = 0; c < info->columns_count; c++)
		kh_assert(json_object_set(line, info->columns[c].name, json_array_get(row, c)) == 0);
	kh_auto_free char *text = kh_json_dump(line);
	puts(text);
}

static int print_json(const struct kh_collected *t)
{
	kh_auto_json json_t *rows = NULL;
	int r = kh_collected_rows(t, &rows);
	size_t i = 0;
	json_t *row = NULL;
	if (r < 0)
		return r;
	print_json_state(t);
	json_array_foreach(rows, i, row)
		print_json_row(t, row);
	return 0;
}

/* --- for people */

/* A fact that is a day is kept as its start in UTC: the hour says nothing then. */
static const char *time_text(int64_t s, char out[KH_ISO_SIZE])
{
	char *blank = strchr(kh_time_local(s, out), ' ');
	if (blank && s % KH_DAY_S == 0)
		*blank = '\0';
	return out;
}

static const char *cell_text(enum kh_language language, const struct kh_fact_column *column, const json_t *cell, char out[KH_ISO_SIZE])
{
	_Static_assert(KH_ISO_SIZE >= KH_SIZE_TEXT, "a size fits where a time does");
	if (json_is_string(cell))
		return json_string_value(cell);
	if (json_is_null(cell))
		return "-";
	int64_t n = json_is_boolean(cell) ? json_is_true(cell) : json_integer_value(cell);
	if (column->type == KH_FACT_BOOL)
		return kh_text(language, n ? KH_T_FACTS_YES : KH_T_FACTS_NO);
	if (column->type == KH_FACT_TIME)
		return time_text(n, out);
	if (kh_ends_with(column->name, "_bytes") && n >= 0)
		return kh_size_text(language, (uint64_t)n, out);
	snprintf(out, KH_ISO_SIZE, "%lld", (long long)n);
	return out;
}

/* One row of many columns reads better downwards. */
static void print_downwards(enum kh_language language, const struct kh_fact_table_info *info, const json_t *row)
{
	for (size_t c = 0; c < info->columns_count; c++) {
		char number[KH_ISO_SIZE], safe[KH_MAX_TEXT];
		kh_printable(safe, sizeof safe, cell_text(language, &info->columns[c], json_array_get(row, c), number));
		printf("  %s: %s\n", info->columns[c].label[language], safe);
	}
}

/* The columns that are shown, of one row; without a row their headings. */
static void add_row(enum kh_language language, const struct kh_fact_table_info *info, const json_t *row, struct kh_table *table)
{
	const char *cells[MAX_COLUMNS] = {NULL};
	char numbers[MAX_COLUMNS][KH_ISO_SIZE];
	size_t n = 0;
	kh_assert(info->columns_count <= KH_COUNT(cells));
	for (size_t c = 0; c < info->columns_count; c++) {
		const struct kh_fact_column *column = &info->columns[c];
		if (column->shown)
			cells[n] = row ? cell_text(language, column, json_array_get(row, c), numbers[n]) : column->label[language];
		n += column->shown;
	}
	kh_table_row(table, cells, n);
}

static int print_across(enum kh_language language, const struct kh_fact_table_info *info, const json_t *rows)
{
	kh_auto_table struct kh_table table = {0};
	char count[24];
	size_t i = 0;
	json_t *row = NULL;
	add_row(language, info, NULL, &table);
	json_array_foreach(rows, i, row)
		add_row(language, info, row, &table);
	int r = kh_table_print(&table);
	snprintf(count, sizeof count, "%zu", info->columns_count - table.columns);
	kh_auto_free char *more = kh_text_with(language, KH_T_FACTS_MORE_COLUMNS, {"count", count});
	if (r == 0 && table.columns < info->columns_count)
		puts(more);
	return r;
}

static int print_table(enum kh_language language, const struct kh_collected *t)
{
	const struct kh_fact_table_info *info = &kh_fact_tables[t->table];
	printf("%s (%s)\n", info->label[language], info->name);
	if (t->state == KH_FACTS_NOT_MEASURED) {
		kh_auto_free char *why = kh_text_with(language, KH_T_FACTS_NOT_MEASURED, {"reason", reason_text(language, t->reason)});
		printf("  %s\n", why);
		return 0;
	}
	kh_auto_json json_t *rows = NULL;
	int r = kh_collected_rows(t, &rows);
	if (r < 0)
		return r;
	if (t->rows == 0)
		printf("  %s\n", kh_text(language, KH_T_FACTS_NO_ROWS));
	else if (info->singleton)
		print_downwards(language, info, json_array_get(rows, 0));
	else
		r = print_across(language, info, rows);
	return r;
}

static int print_collected(void *arg, const struct kh_collected *t)
{
	const struct kh_cli_call *call = arg;
	if (kh_cli_flag(call, "json"))
		return print_json(t);
	int r = print_table(call->language, t);
	putchar('\n');
	return r;
}

int kh_verb_facts(struct kh_cli_call *call)
{
	enum kh_fact_table tables[KH_FACTS_COUNT] = {0};
	if (call->args_count > KH_FACTS_COUNT)
		return kh_fail(KH_E_USAGE, "at most %d tables", KH_FACTS_COUNT);
	for (size_t i = 0; i < call->args_count; i++)
		if (!kh_facts_table_named(call->args[i], &tables[i]))
			return unknown_table(call, call->args[i]);
	const char *root = kh_cli_text(call, "root");
	struct stat st = {0};
	if (root && stat(root, &st) < 0)
		return kh_fail_errno("--root %s", root);
	if (root && !S_ISDIR(st.st_mode))
		return kh_fail(KH_E_USAGE, "--root %s is not a directory", root);
	const struct kh_collector_options options = {
		.root = root,
		.content = root ? NULL : kh_machine_store(),
		.tables = call->args_count ? tables : NULL,
		.tables_count = call->args_count,
	};
	int r = kh_collector_run(&options, print_collected, call);
	if (r == 0 && fflush(stdout) != 0)
		r = kh_fail_errno("standard output");
	return r;
}
