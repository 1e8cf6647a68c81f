/* The incident as the national platform asks for it, and as a document. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "document/docx.h"
#include "server/incident/incident.h"
#include "server/register/field.h"
#include "server/report/json.h"
#include "server/report/office.h"

#include <arpa/inet.h>

/* ---- public addresses ---- */

static bool is_inside_v4(uint32_t a)
{
	static const struct {
		uint32_t net;
		int bits;
	} inside[] = {{0x0a000000, 8}, {0xac100000, 12}, {0xc0a80000, 16}, {0x7f000000, 8}, {0xa9fe0000, 16}, {0x64400000, 10}, {0, 8}};
	for (size_t i = 0; i < KH_COUNT(inside); i++)
		if (a >> (32 - inside[i].bits) == inside[i].net >> (32 - inside[i].bits))
			return true;
	return false;
}

/* What is an address of the inside stays there. */
static bool is_public(const char *text)
{
	struct in_addr v4 = {0};
	struct in6_addr v6 = {0};
	if (inet_pton(AF_INET, text, &v4) == 1)
		return !is_inside_v4(ntohl(v4.s_addr));
	if (inet_pton(AF_INET6, text, &v6) != 1)
		return false;
	return (v6.s6_addr[0] & 0xfe) != 0xfc && !(v6.s6_addr[0] == 0xfe && (v6.s6_addr[1] & 0xc0) == 0x80) && !IN6_IS_ADDR_LOOPBACK(&v6) && !IN6_IS_ADDR_UNSPECIFIED(&v6);
}

static char *public_only(const char *given)
{
	kh_auto_free char *copy = kh_strdup(given ? given : "");
	struct kh_buf list = KH_BUF_INIT;
	char *rest = NULL;
	for (char *word = strtok_r(copy, " ,;\n", &rest); word; word = strtok_r(NULL, " ,;\n", &rest))
		if (is_public(word))
			kh_buf_add_item(&list, word);
	return kh_buf_take(&list);
}

/* ---- the form ---- */

static void add(json_t *list, const char *name, const char *label, const char *value)
{
	json_t *o = json_object();
	kh_json_set_text(o, "name", name);
	kh_json_set_text(o, "label", label);
	kh_json_set_text(o, "value", value && *value ? value : NULL);
	kh_json_add(list, o);
}

static int add_field(struct kh_db *db, const struct kh_record *incident, const char *name, json_t *list)
{
	const struct kh_register_field *field = kh_register_field(incident->reg, name);
	kh_auto_free char *words = NULL;
	int r = kh_field_words_for(db, &(struct kh_scope){incident->unit_id}, field, json_object_get(incident->values, name), &words);
	if (r == 0)
		add(list, name, field->label[KH_VI], words);
	return r;
}

static int add_fields(struct kh_db *db, const struct kh_record *incident, const char *const *names, json_t *list)
{
	int r = 0;
	for (; r == 0 && *names; names++)
		r = add_field(db, incident, *names, list);
	return r;
}

static int add_system(struct kh_db *db, const struct kh_record *incident, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT owner, level, domain FROM reg_information_system WHERE id = ?1", kh_record_int(incident, "system"));
	bool found = kh_stmt_next(s, &r);
	kh_auto_free char *level = found && !kh_stmt_is_null(s, 1) ? kh_format("%lld", (long long)kh_stmt_int(s, 1)) : NULL;
	if (r < 0)
		return r;
	add(list, "owner", "Cơ quan chủ quản", found ? kh_stmt_text(s, 0) : NULL);
	add(list, "level", "Phân loại cấp độ", level);
	add(list, "domain", "Tên miền", found ? kh_stmt_text(s, 2) : NULL);
	return 0;
}

static int add_told(struct kh_db *db, const struct kh_record *incident, json_t *list)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_buf struct kh_buf told = KH_BUF_INIT;
	int r = kh_db_query(db, &s, "SELECT to_whom, sent_s FROM reg_incident_report WHERE incident = ?1 AND unit_id = ?2 AND state = 'sent' ORDER BY sent_s, id", incident->id, incident->unit_id);
	while (kh_stmt_next(s, &r)) {
		char at[KH_ISO_SIZE];
		kh_buf_addf(&told, "%s%s (%s)", told.len ? "; " : "", kh_stmt_text(s, 0), kh_time_local(kh_stmt_int(s, 1), at));
	}
	if (r == 0)
		add(list, "told", "Đã gửi thông báo cho", kh_buf_text(&told));
	return r;
}

static int add_os(struct kh_db *db, const struct kh_record *incident, json_t *list)
{
	kh_auto_free char *os = NULL;
	int r = kh_db_text(db, &os, "SELECT os FROM endpoint WHERE id = ?1", kh_record_int(incident, "endpoint"));
	if (r == 0)
		add(list, "operating_system", "Hệ điều hành, phiên bản", os);
	return r;
}

static int add_addresses(const struct kh_record *incident, json_t *list)
{
	kh_auto_free char *addresses = public_only(kh_record_text(incident, "public_addresses"));
	add(list, "public_addresses", "Địa chỉ IP công khai", addresses);
	return 0;
}

static int add_all(struct kh_db *db, const struct kh_record *incident, json_t *list)
{
	static const char *const head[] = {"reporter", "reporter_contact", "system", NULL};
	static const char *const what[] = {"title", "group_of", "severity", "text", "t0_s", "how_found", "personal_data", NULL};
	static const char *const done[] = {"measures", "cause", "consequence", "remedy", "down_s", "up_s", "restore_source", "data_lost", "wish", "ticket", "ticket_s", NULL};
	int r = add_fields(db, incident, head, list);
	if (r == 0)
		r = add_system(db, incident, list);
	if (r == 0)
		r = add_fields(db, incident, what, list);
	if (r == 0)
		r = add_told(db, incident, list);
	if (r == 0)
		r = add_os(db, incident, list);
	if (r == 0)
		r = add_addresses(incident, list);
	return r < 0 ? r : add_fields(db, incident, done, list);
}

/* Of leaked state secrets: that it was reported, when, by which paper. */
static int add_secret(struct kh_db *db, const struct kh_record *incident, json_t *list)
{
	static const char *const kept[] = {"title", "t0_s", "reported_s", "paper", NULL};
	return add_fields(db, incident, kept, list);
}

int kh_incident_form(struct kh_db *db, const struct kh_record *incident, int64_t now_s, json_t **ret)
{
	kh_auto_json json_t *list = json_array();
	kh_auto_free char *unit = NULL, *code = NULL;
	int r = kh_db_text(db, &unit, "SELECT name FROM unit WHERE id = ?1", incident->unit_id);
	if (r == 0)
		r = kh_db_text(db, &code, "SELECT code FROM unit WHERE id = ?1", incident->unit_id);
	if (r < 0)
		return r;
	add(list, "operator", "Đơn vị vận hành", unit);
	r = kh_streq(kh_record_text(incident, "group_of"), "secret_leak") ? add_secret(db, incident, list) : add_all(db, incident, list);
	if (r < 0)
		return r;
	json_t *form = json_pack("{s:I, s:s, s:I, s:O}", "incident", (json_int_t)incident->id, "state", incident->state, "made_s", (json_int_t)now_s, "fields", list);
	kh_json_set_text(form, "unit", code);
	kh_json_set_text(form, "ticket", kh_record_text(incident, "ticket"));
	*ret = form;
	return 0;
}

/* ---- as a document ---- */

static void fill_table(struct kh_paper *paper, const json_t *form)
{
	struct kh_paper_table *table = kh_paper_add_table(paper, &paper->body);
	const json_t *field = NULL;
	size_t i = 0;
	kh_paper_table_add_column(paper, table, "Nội dung", 35, false);
	kh_paper_table_add_column(paper, table, "Thông tin", 65, false);
	json_array_foreach(json_object_get(form, "fields"), i, field) {
		const char *value = json_string_value(json_object_get(field, "value"));
		kh_paper_table_add_text(paper, table, json_string_value(json_object_get(field, "label")));
		kh_paper_table_add_text(paper, table, value ? value : KH_PAPER_BLANK);
	}
}

int kh_incident_form_docx(struct kh_db *db, const struct kh_record *incident, int64_t now_s, struct kh_buf *out)
{
	kh_auto_json json_t *form = NULL;
	kh_auto_office struct kh_office office = {0};
	int r = kh_incident_form(db, incident, now_s, &form);
	if (r == 0)
		r = kh_office_read(db, incident->unit_id, &office);
	if (r < 0)
		return r;
	kh_auto_paper struct kh_paper *paper = kh_paper_new();
	bool ended = kh_streq(incident->state, "closed");
	kh_auto_free char *about = kh_format("%s: %s", ended ? "Kết thúc sự cố" : "Ban đầu sự cố", kh_record_text(incident, "title"));
	paper->kind = KH_PAPER_NAMED;
	paper->type = kh_paper_keep(paper, "Báo cáo");
	paper->about = kh_paper_keep(paper, about);
	paper->day = kh_time_day_number(now_s);
	kh_office_put(&office, "BC", paper);
	fill_table(paper, form);
	r = kh_paper_status(paper);
	return r < 0 ? r : kh_docx_write(paper, now_s, out);
}
