#include "server/portal/alarm.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"
#include "base/utf8.h"
#include "gen/registers.h"

#include <stdio.h>

enum { MAX_DETAIL = 1000 };

#define ALARM (&kh_registers[KH_REGISTER_PORTAL_ALARM])

void kh_alarm_done(struct kh_alarm *alarm)
{
	free(alarm->page);
	free(alarm->detail);
	*alarm = (struct kh_alarm){0};
}

/* ---- proof ---- */

static int keep(const char *data_dir, const char *name, const struct kh_buf *bytes, bool packed, size_t place, struct kh_alarm *alarm)
{
	kh_auto_buf struct kh_buf gz = KH_BUF_INIT;
	if (packed)
		kh_gzip(kh_buf_text(bytes), bytes->len, &gz);
	const struct kh_buf *b = packed ? &gz : bytes;
	int r = kh_proof_store(data_dir, kh_buf_text(b), b->len, alarm->hashes[place]);
	if (r == 0)
		alarm->files[place] = (struct kh_proof_new){.kind = "evidence", .name = name, .size = (int64_t)b->len, .sha256 = alarm->hashes[place]};
	return r;
}

static void write_text(const struct kh_page *page, struct kh_buf *b)
{
	kh_buf_addf(b, "%s\n\n", page->title ? page->title : "");
	kh_array_each(&page->lines, line) kh_buf_addf(b, "%s\n", line->text);
}

static json_t *fetch_json(const struct kh_look_at *at)
{
	json_t *o = kh_fetched_json(&at->fetched);
	json_t *page = json_object_get(o, "page");
	if (json_is_object(page)) { /* the page itself stands in the other files */
		json_object_set_new(o, "finds", json_incref(json_object_get(page, "finds")));
		json_object_set_new(o, "title", json_incref(json_object_get(page, "title")));
		json_object_del(o, "page");
	}
	kh_json_set_text(o, "status", kh_codes_portal_status[at->fetched.status].name);
	return o;
}

int kh_alarm_prove(const char *data_dir, const struct kh_portal_page *before, const struct kh_look_at *first, const struct kh_look_at *second, struct kh_alarm *alarm)
{
	kh_auto_buf struct kh_buf text_before = KH_BUF_INIT, text_after = KH_BUF_INIT, fetches = KH_BUF_INIT;
	kh_auto_json json_t *json = json_pack("{s:o, s:o}", "first", fetch_json(first), "second", fetch_json(second));
	kh_auto_free char *dumped = kh_json_dump(json);
	int r = 0;
	if (before && before->known.page.title) {
		write_text(&before->known.page, &text_before);
		r = keep(data_dir, KH_ALARM_FILE_BEFORE_HTML, &before->html, true, 0, alarm);
		r = r < 0 ? r : keep(data_dir, KH_ALARM_FILE_BEFORE_TEXT, &text_before, true, 1, alarm);
	}
	if (r == 0 && second->fetched.has_page) {
		write_text(&second->fetched.page, &text_after);
		r = keep(data_dir, KH_ALARM_FILE_AFTER_HTML, &second->html, true, 2, alarm);
		r = r < 0 ? r : keep(data_dir, KH_ALARM_FILE_AFTER_TEXT, &text_after, true, 3, alarm);
	}
	kh_buf_adds(&fetches, dumped);
	return r < 0 ? r : keep(data_dir, KH_ALARM_FILE_FETCHES, &fetches, false, 4, alarm);
}

/* ---- the record ---- */

/* Of texts from outside: composed (which may make them longer), so many characters, one line. A record must not fail for what a page says. */
static json_t *short_text(const char *text)
{
	kh_auto_free char *valid = kh_strndup(text, kh_utf8_valid_prefix(text, strlen(text), MAX_DETAIL)), *composed = NULL;
	if (kh_utf8_nfc(valid, &composed) < 0)
		return json_string("");
	kh_auto_free char *copy = kh_strndup(composed, kh_utf8_valid_prefix(composed, strlen(composed), MAX_DETAIL));
	for (char *p = copy; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = ' ';
	return kh_json_string(kh_trim(copy));
}

int kh_alarm_raise(struct kh_db *writer, const struct kh_portal *portal, const struct kh_alarm *alarm)
{
	struct kh_record_by by = kh_record_by_system(alarm->confirmed_s);
	kh_auto_json json_t *fields = json_pack("{s:I, s:s, s:o, s:o, s:I, s:I}", "portal", (json_int_t)portal->id, "kind", kh_codes_portal_alarm_kind[alarm->kind].name, "page", short_text(alarm->page), "detail",
						short_text(alarm->detail), "seen_s", (json_int_t)alarm->seen_s, "confirmed_s", (json_int_t)alarm->confirmed_s);
	if (alarm->since_s)
		kh_json_set_int(fields, "since_s", alarm->since_s);
	int64_t id = 0, file = 0;
	int r = kh_record_create(writer, ALARM, portal->unit_id, fields, &by, &id);
	for (size_t i = 0; r == 0 && i < KH_ALARM_FILES; i++)
		if (alarm->files[i].sha256)
			r = kh_proof_add(writer, ALARM, id, &alarm->files[i], &by, &file);
	return r;
}

/* ---- there again ---- */

static int put_right(struct kh_db *writer, int64_t id, int64_t since_s, int64_t now_s)
{
	char at[KH_ISO_SIZE], minutes[24];
	kh_time_local(now_s, at);
	snprintf(minutes, sizeof minutes, "%lld", (long long)((now_s - since_s) / 60));
	kh_auto_free char *text = kh_text_with(kh_language(), KH_T_PORTAL_UP_AGAIN, {"at", at}, {"minutes", minutes});
	kh_auto_json json_t *fields = json_pack("{s:o}", "conclusion", short_text(text));
	struct kh_record_by by = kh_record_by_system(now_s);
	return kh_record_move(writer, ALARM, id, KH_RECORD_ANY_VERSION, "fix", fields, NULL, &by);
}

int kh_alarm_up_again(struct kh_db *writer, const struct kh_portal *portal, int64_t now_s)
{
	KH_ARRAY(int64_t) ids = {0}, since = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(writer, &s, "SELECT id, seen_s FROM reg_portal_alarm WHERE portal = ?1 AND kind = 'down' AND closed_s IS NULL", portal->id);
	while (kh_stmt_next(s, &r)) {
		kh_array_push(&ids, kh_stmt_int(s, 0));
		kh_array_push(&since, kh_stmt_int(s, 1));
	}
	for (size_t i = 0; r == 0 && i < ids.n; i++)
		r = put_right(writer, ids.v[i], since.v[i], now_s);
	kh_array_done(&ids);
	kh_array_done(&since);
	return r;
}
