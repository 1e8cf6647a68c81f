#include "facts/collector.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "crypto/hash.h"
#include "facts/autostart.h"

/* ---- one table on the wire ---- */

static void encode_header(const struct kh_facts_rows *rows, const struct kh_buf *body, int64_t ms, struct kh_buf *out)
{
	char hash[KH_FACTS_HASH_SIZE];
	const struct kh_fact_table_info *info = &kh_fact_tables[rows->table];
	const char *detail = rows->detail ? rows->detail : "";
	kh_facts_hash(rows, body, hash);
	kh_buf_addf(out, "{\"table\":\"%s\",\"state\":\"%s\",\"reason\":\"%s\",\"detail\":", info->name, kh_facts_state_name(rows->state),
		    kh_facts_reason_name(rows->reason));
	kh_buf_add_json_string(out, detail, strlen(detail));
	kh_buf_addf(out, ",\"hash\":\"%s\",\"rows\":%zu,\"ms\":%lld,\"columns\":[", hash, rows->n, (long long)ms);
	for (size_t i = 0; i < info->columns_count; i++)
		kh_buf_addf(out, "%s\"%s\"", i ? "," : "", info->columns[i].name);
	kh_buf_adds(out, "]}");
}

void kh_collector_encode(const struct kh_facts_rows *rows, int64_t ms, struct kh_buf *ret)
{
	kh_auto_buf struct kh_buf header = KH_BUF_INIT, body = KH_BUF_INIT;
	kh_facts_body_json(rows, &body);
	encode_header(rows, &body, ms, &header);
	kh_buf_reset(ret);
	kh_buf_add_u32le(ret, (uint32_t)header.len);
	kh_buf_add(ret, header.data, header.len);
	kh_buf_add(ret, body.data, body.len);
}

static bool state_named(const char *name, enum kh_facts_state *ret)
{
	for (int i = KH_FACTS_MEASURED; i <= KH_FACTS_NOT_MEASURED; i++)
		if (kh_streq(kh_facts_state_name((enum kh_facts_state)i), name)) {
			*ret = (enum kh_facts_state)i;
			return true;
		}
	return false;
}

static bool reason_named(const char *name, enum kh_facts_reason *ret)
{
	for (int i = 0; i < KH_FACTS_REASONS; i++)
		if (kh_streq(kh_facts_reason_name((enum kh_facts_reason)i), name)) {
			*ret = (enum kh_facts_reason)i;
			return true;
		}
	return false;
}

static int decode_header(const json_t *header, struct kh_collected *t)
{
	const char *table = NULL, *state = NULL, *reason = NULL, *hash = NULL;
	int64_t rows = 0;
	uint8_t digest[KH_SHA256_SIZE];
	int r = kh_json_text(header, "table", &table);
	if (r == 0)
		r = kh_json_text(header, "state", &state);
	if (r == 0)
		r = kh_json_text(header, "reason", &reason);
	if (r == 0)
		r = kh_json_text(header, "detail", &t->detail);
	if (r == 0)
		r = kh_json_text(header, "hash", &hash);
	if (r == 0)
		r = kh_json_int(header, "rows", 0, KH_MAX_FACT_ROWS, &rows);
	if (r == 0)
		r = kh_json_int(header, "ms", 0, INT32_MAX, &t->ms);
	if (r < 0)
		return r;
	t->rows = (size_t)rows;
	if (!kh_facts_table_named(table, &t->table) || !state_named(state, &t->state) || !reason_named(reason, &t->reason) ||
	    !kh_unhex(hash, digest, sizeof digest))
		return kh_fail(KH_E_SYNTAX, "collector: unknown table, state, reason or hash");
	kh_sha256_hex(digest, t->hash);
	return 0;
}

/* The names this program was built with: another order would put values into the wrong columns. */
static int check_columns(const json_t *header, enum kh_fact_table table, char **ret_columns)
{
	const json_t *columns = json_object_get(header, "columns");
	const struct kh_fact_table_info *info = &kh_fact_tables[table];
	bool same = json_array_size(columns) == info->columns_count;
	for (size_t i = 0; same && i < info->columns_count; i++)
		same = kh_streq(json_string_value(json_array_get(columns, i)), info->columns[i].name);
	if (!same)
		return kh_fail(KH_E_SYNTAX, "collector: columns of %s are not those of this program", info->name);
	free(*ret_columns);
	*ret_columns = kh_json_dump(columns);
	return 0;
}

static int check_hash(const struct kh_collected *t)
{
	char hash[KH_FACTS_HASH_SIZE];
	const struct kh_facts_rows rows = {.table = t->table, .state = t->state, .reason = t->reason};
	const struct kh_buf body = {.data = (char *)(uintptr_t)t->body, .len = t->body_len};
	kh_facts_hash(&rows, &body, hash);
	return kh_streq(hash, t->hash) ? 0 : kh_fail(KH_E_SYNTAX, "collector: rows of %s do not fit their hash", kh_fact_tables[t->table].name);
}

int kh_collector_decode(const uint8_t *payload, size_t n, json_t **header, char **columns, struct kh_collected *ret)
{
	struct kh_cursor c = kh_cursor_of(payload, n), text = {0};
	struct kh_collected t = {0};
	uint32_t length = 0;
	if (!kh_cursor_u32le(&c, &length) || length > KH_COLLECTOR_MAX_HEADER || !kh_cursor_sub(&c, length, &text))
		return kh_fail(KH_E_SYNTAX, "collector: message cut short");
	json_decref(*header);
	*header = NULL;
	int r = kh_json_parse((const char *)text.at, length, header);
	if (r == 0)
		r = decode_header(*header, &t);
	if (r == 0)
		r = check_columns(*header, t.table, columns);
	t.columns = *columns;
	t.body = (const char *)c.at;
	t.body_len = kh_cursor_left(&c);
	if (r == 0)
		r = check_hash(&t);
	if (r == 0)
		*ret = t;
	return r;
}

/* ---- the rows ---- */

static bool fits(const json_t *value, enum kh_fact_type type)
{
	if (json_is_null(value))
		return true;
	switch (type) {
	case KH_FACT_TEXT:
		return json_is_string(value) && json_string_length(value) <= KH_MAX_TEXT;
	case KH_FACT_BOOL:
		return json_is_boolean(value);
	default:
		return json_is_integer(value);
	}
}

static int check_row(const json_t *row, const struct kh_fact_table_info *info)
{
	if (json_array_size(row) != info->columns_count)
		return kh_fail(KH_E_INVALID_FIELD, "%s: a row has %zu values, not %zu", info->name, json_array_size(row), info->columns_count);
	for (size_t i = 0; i < info->columns_count; i++)
		if (!fits(json_array_get(row, i), info->columns[i].type))
			return kh_fail(KH_E_INVALID_FIELD, "%s: %s is of the wrong type", info->name, info->columns[i].name);
	return 0;
}

int kh_collected_rows(const struct kh_collected *table, json_t **ret)
{
	kh_auto_json json_t *rows = NULL;
	const struct kh_fact_table_info *info = &kh_fact_tables[table->table];
	int r = kh_json_parse(table->body, table->body_len, &rows);
	if (r == 0 && (!json_is_array(rows) || json_array_size(rows) != table->rows))
		r = kh_fail(KH_E_INVALID_FIELD, "%s: not the rows its header announces", info->name);
	for (size_t i = 0; r == 0 && i < table->rows; i++)
		r = check_row(json_array_get(rows, i), info);
	if (r == 0)
		*ret = kh_take(rows);
	return r;
}

/* ---- the process ---- */

static char *names_of(const struct kh_collector_options *options)
{
	struct kh_buf names = KH_BUF_INIT;
	for (size_t i = 0; i < options->tables_count; i++)
		kh_buf_addf(&names, "%s%s", i ? "," : "", kh_fact_tables[options->tables[i]].name);
	return kh_buf_take(&names);
}

/* `more`: an option of the collector and its value; NULL: none. */
static int spawn(const struct kh_collector_options *options, const char *more, const char *value, struct kh_collector *c)
{
	kh_auto_free char *path = kh_strdup(options->program);
	const char *arguments[9] = {0};
	size_t n = 0;
	int r = path ? 0 : kh_worker_path(KH_COLLECTOR_PROGRAM, &path);
	if (r < 0)
		return r;
	if (options->root) {
		arguments[n++] = "--root";
		arguments[n++] = options->root;
	}
	if (options->content) {
		arguments[n++] = "--content";
		arguments[n++] = options->content;
	}
	if (options->secret) {
		arguments[n++] = "--secret";
		arguments[n++] = options->secret;
	}
	if (more) {
		arguments[n++] = more;
		arguments[n++] = value;
	}
	c->timeout_ms = options->timeout_ms ? options->timeout_ms : KH_COLLECTOR_TIMEOUT_MS;
	return kh_worker_spawn(path, arguments, &c->worker);
}

int kh_collector_start(const struct kh_collector_options *options, struct kh_collector *c)
{
	kh_auto_free char *names = options->tables ? names_of(options) : NULL;
	c->left = options->tables ? options->tables_count : KH_FACTS_COUNT;
	return spawn(options, names ? "--tables" : NULL, names, c);
}

/* The channel is closed: say how the process ended. */
static int died(struct kh_collector *c)
{
	struct kh_worker_end end = {0};
	char text[KH_WORKER_END_SIZE];
	bool ended = kh_worker_reap(&c->worker, 1000, &end);
	return kh_fail(KH_E_WORKER_FAILED, "%s: %s", KH_COLLECTOR_PROGRAM, ended ? kh_worker_end_text(&end, text) : kh_words("it has not ended yet"));
}

int kh_collector_next(struct kh_collector *c, struct kh_collected *ret)
{
	const struct kh_ipc_accept accept = {.timeout_ms = c->timeout_ms, .max_len = KH_MAX_JSON_BYTES};
	kh_assert(c->left > 0);
	int r = kh_ipc_recv(c->worker.sock, &accept, &c->message);
	if (r == KH_E_WORKER_FAILED)
		return died(c);
	if (r < 0)
		return r;
	if (c->message.type != KH_COLLECTOR_TABLE)
		return kh_fail(KH_E_SYNTAX, "collector: message of type %d", c->message.type);
	r = kh_collector_decode(c->message.payload, c->message.len, &c->header, &c->columns, ret);
	if (r == 0)
		c->left--;
	return r;
}

void kh_collector_done(struct kh_collector *c)
{
	kh_worker_done(&c->worker);
	kh_ipc_message_done(&c->message);
	json_decref(c->header);
	free(c->columns);
	*c = (struct kh_collector)KH_COLLECTOR_INIT;
}

int kh_collector_run(const struct kh_collector_options *options, int (*take)(void *, const struct kh_collected *), void *arg)
{
	kh_auto_collector struct kh_collector c = KH_COLLECTOR_INIT;
	struct kh_collected table = {0};
	int r = kh_collector_start(options, &c);
	while (r == 0 && c.left) {
		r = kh_collector_next(&c, &table);
		if (r == 0)
			r = take(arg, &table);
	}
	return r;
}

/* ---- what starts by itself ---- */

static int take_paths(const struct kh_ipc_message *m, struct kh_names *ret)
{
	kh_auto_names struct kh_names paths = {0};
	const char *at = (const char *)m->payload, *end = at + m->len;
	while (at < end) {
		size_t n = strnlen(at, (size_t)(end - at));
		bool good = at + n < end && n < KH_MAX_PATH && at[0] == '/' && paths.n < KH_AUTOSTART_MAX;
		if (!good)
			return kh_fail(KH_E_SYNTAX, "collector: the paths are not as expected");
		kh_array_push(&paths, kh_strdup(at));
		at += n + 1;
	}
	*ret = paths;
	paths = (struct kh_names){0};
	return 0;
}

int kh_collector_autostart(const struct kh_collector_options *options, struct kh_names *ret)
{
	kh_auto_collector struct kh_collector c = KH_COLLECTOR_INIT;
	int r = spawn(options, "--autostart", "yes", &c);
	const struct kh_ipc_accept accept = {.timeout_ms = c.timeout_ms, .max_len = KH_MAX_JSON_BYTES};
	r = r < 0 ? r : kh_ipc_recv(c.worker.sock, &accept, &c.message);
	if (r == KH_E_WORKER_FAILED)
		return died(&c);
	if (r == 0 && c.message.type != KH_COLLECTOR_PATHS)
		r = kh_fail(KH_E_SYNTAX, "collector: message of type %d", c.message.type);
	return r < 0 ? r : take_paths(&c.message, ret);
}
