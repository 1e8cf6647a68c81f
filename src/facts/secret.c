/* What the search for marks of state secrets tells of this machine (search/cases.h): the file holds nothing else. */
#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "facts/limits.h"
#include "facts/tree.h"

static int read_told(struct kh_facts_ctx *ctx, json_t **ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	kh_auto_free char *path = kh_format("%s/told.json", ctx->secret);
	int r = kh_tree_read(ctx->root, path, KH_FACTS_MAX_FILE, &text);
	return r < 0 ? r : kh_json_parse(kh_buf_text(&text), text.len, ret);
}

static int take_text(const json_t *j, const char *key, struct kh_facts_rows *rows, size_t column)
{
	const char *text = NULL;
	int r = kh_json_text_or(j, key, NULL, &text);
	if (r == 0)
		kh_row_text(rows, column, text);
	return r;
}

static int take_number(const json_t *j, const char *key, int64_t *ret)
{
	return kh_json_int(j, key, 0, INT64_MAX, ret);
}

static int add_document(const json_t *j, struct kh_facts_rows *rows)
{
	int64_t found_s = 0, since_s = 0;
	kh_row_begin(rows);
	int r = take_text(j, "id", rows, KH_SECRET_DOCUMENTS_CASE_ID);
	r = r < 0 ? r : take_text(j, "level", rows, KH_SECRET_DOCUMENTS_LEVEL);
	r = r < 0 ? r : take_text(j, "sha256", rows, KH_SECRET_DOCUMENTS_SHA256);
	r = r < 0 ? r : take_text(j, "place", rows, KH_SECRET_DOCUMENTS_PLACE);
	r = r < 0 ? r : take_text(j, "state", rows, KH_SECRET_DOCUMENTS_STATE);
	r = r < 0 ? r : take_text(j, "reason", rows, KH_SECRET_DOCUMENTS_REASON);
	r = r < 0 ? r : take_number(j, "found_s", &found_s);
	r = r < 0 ? r : take_number(j, "since_s", &since_s);
	if (r < 0)
		return r;
	kh_row_time(rows, KH_SECRET_DOCUMENTS_FOUND_S, found_s);
	kh_row_time(rows, KH_SECRET_DOCUMENTS_SINCE_S, since_s);
	return 0;
}

int kh_facts_secret_documents(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	kh_auto_json json_t *told = NULL;
	size_t i = 0;
	json_t *document = NULL;
	int r = read_told(ctx, &told);
	json_array_foreach(json_object_get(told, "documents"), i, document)
		r = r < 0 ? r : add_document(document, rows);
	return r;
}

int kh_facts_secret_search(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	static const struct {
		const char *key;
		size_t column;
	} counts[] = {{"files", KH_SECRET_SEARCH_FILES}, {"documents", KH_SECRET_SEARCH_DOCUMENTS}, {"encrypted", KH_SECRET_SEARCH_ENCRYPTED}, {"partly", KH_SECRET_SEARCH_PARTLY}, {"unread", KH_SECRET_SEARCH_UNREAD}};
	kh_auto_json json_t *told = NULL;
	int64_t ended_s = 0, unread_since_s = 0, n = 0;
	bool complete = false;
	int r = read_told(ctx, &told);
	const json_t *search = json_object_get(told, "search");
	r = r < 0 ? r : take_number(search, "ended_s", &ended_s);
	r = r < 0 ? r : kh_json_bool(search, "complete", &complete);
	r = r < 0 ? r : kh_json_int_or(search, "unread_since_s", 0, INT64_MAX, 0, &unread_since_s);
	if (r < 0)
		return r;
	if (ended_s == 0) /* the first has not ended yet */
		return kh_rows_not_measured(rows, KH_FACTS_SOURCE_MISSING);
	kh_row_begin(rows);
	kh_row_time(rows, KH_SECRET_SEARCH_ENDED_S, ended_s);
	kh_row_bool(rows, KH_SECRET_SEARCH_COMPLETE, complete);
	for (size_t i = 0; i < KH_COUNT(counts) && r == 0; i++) {
		r = take_number(search, counts[i].key, &n);
		kh_row_int(rows, counts[i].column, n);
	}
	if (unread_since_s)
		kh_row_time(rows, KH_SECRET_SEARCH_UNREAD_SINCE_S, unread_since_s);
	r = r < 0 ? r : take_text(search, "lack", rows, KH_SECRET_SEARCH_LACK);
	return r < 0 ? r : take_text(search, "policy", rows, KH_SECRET_SEARCH_POLICY);
}
