#include "server/portal/store.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "crypto/base64.h"
#include "gen/registers.h"
#include "server/portal/judge.h"
#include "server/portal/limits.h"

#include <libdeflate.h>

enum { LEVEL = 6 };

void kh_portal_done(struct kh_portal *p)
{
	free(p->url);
	free(p->changing);
	kh_site_done(&p->site);
	kh_array_each(&p->pages, page) {
		free(page->url);
		kh_known_done(&page->known);
		kh_buf_done(&page->html);
	}
	kh_array_done(&p->pages);
	*p = (struct kh_portal){0};
}

/* ---- packing ---- */

void kh_gzip(const void *bytes, size_t n, struct kh_buf *ret)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(LEVEL);
	kh_assert(c);
	size_t most = libdeflate_gzip_compress_bound(c, n);
	void *place = kh_buf_reserve(ret, most);
	kh_assert(place);
	ret->len += libdeflate_gzip_compress(c, bytes, n, place, most);
	libdeflate_free_compressor(c);
}

int kh_gunzip(const void *bytes, size_t n, size_t max, struct kh_buf *ret)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	kh_assert(d);
	kh_auto_free char *place = kh_alloc(max);
	size_t got = 0;
	enum libdeflate_result result = libdeflate_gzip_decompress(d, bytes, n, place, max, &got);
	libdeflate_free_decompressor(d);
	if (result != LIBDEFLATE_SUCCESS)
		return kh_fail(result == LIBDEFLATE_INSUFFICIENT_SPACE ? KH_E_TOO_LARGE : KH_E_SYNTAX, "a packed page cannot be read");
	kh_buf_add(ret, place, got);
	return 0;
}

char *kh_packed_text(const struct kh_buf *bytes)
{
	kh_auto_buf struct kh_buf packed = KH_BUF_INIT;
	kh_gzip(kh_buf_text(bytes), bytes->len, &packed);
	return kh_base64_text(packed.data, packed.len);
}

int kh_packed_read(const char *text, size_t max, struct kh_buf *ret)
{
	size_t length = strlen(text), n = 0;
	kh_auto_free char *bytes = kh_alloc(length + 1);
	if (!length)
		return 0;
	if (!kh_base64_read(text, bytes, length, &n))
		return kh_fail(KH_E_SYNTAX, "a packed page cannot be read");
	return kh_gunzip(bytes, n, max, ret);
}

/* ---- which ---- */

int kh_portal_next(struct kh_db *db, int64_t now_s, const int64_t *busy, size_t n, int64_t *ret_id)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int64_t id = 0;
	int r = kh_db_query(db, &s,
			    "SELECT r.id FROM reg_portal r LEFT JOIN portal_state p ON p.portal_id = r.id WHERE r.state = 'active' AND (p.next_s IS NULL OR p.next_s <= ?1)"
			    " ORDER BY COALESCE(p.next_s, 0), r.id LIMIT ?2",
			    now_s, (int64_t)n + 1);
	while (!id && kh_stmt_next(s, &r)) {
		id = kh_stmt_int(s, 0);
		for (size_t i = 0; i < n; i++)
			id = busy[i] == id ? 0 : id;
	}
	if (r == 0)
		*ret_id = id;
	return r;
}

/* ---- reading ---- */

static int read_json(const char *text, json_t **ret)
{
	return kh_json_parse(text, strlen(text), ret);
}

static int load_record(struct kh_db *db, int64_t id, int64_t every_s, struct kh_portal *p)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT unit_id, url, volatile, every_minutes FROM reg_portal WHERE id = ?1 AND state = 'active'", id);
	if (!kh_stmt_next(s, &r))
		return r < 0 ? r : kh_fail(KH_E_NOT_FOUND, "no such portal is watched");
	p->id = id;
	p->unit_id = kh_stmt_int(s, 0);
	p->url = kh_strdup(kh_stmt_text(s, 1));
	p->changing = kh_strdup(kh_stmt_text(s, 2));
	p->every_s = kh_stmt_is_null(s, 3) ? every_s : kh_stmt_int(s, 3) * 60;
	return r;
}

static int load_state(struct kh_db *db, struct kh_portal *p)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	kh_auto_json json_t *known = NULL;
	int r = kh_db_query(db, &s, "SELECT good_s, learned_s, known FROM portal_state WHERE portal_id = ?1", p->id);
	if (!kh_stmt_next(s, &r))
		return r;
	p->good_s = kh_stmt_int(s, 0);
	p->learned_s = kh_stmt_int(s, 1);
	r = read_json(kh_stmt_text(s, 2), &known);
	return r < 0 ? r : kh_site_of_json(known, &p->site);
}

static int load_pages(struct kh_db *db, struct kh_portal *p)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT url, known, html FROM portal_page WHERE portal_id = ?1 ORDER BY CASE WHEN url = ?2 THEN 0 ELSE 1 END, id", p->id, p->url);
	while (kh_stmt_next(s, &r)) {
		kh_auto_json json_t *known = NULL;
		struct kh_portal_page *page = kh_array_push(&p->pages, ((struct kh_portal_page){.url = kh_strdup(kh_stmt_text(s, 0))}));
		r = read_json(kh_stmt_text(s, 1), &known);
		r = r < 0 ? r : kh_known_of_json(known, &page->known);
		r = r < 0 ? r : kh_packed_read(kh_stmt_text(s, 2), KH_PAGE_MAX_BYTES, &page->html);
	}
	return r;
}

/* Of another address nothing is known. */
static void forget_other(struct kh_portal *p)
{
	if (p->site.own_url && !kh_streq(p->site.own_url, p->url)) {
		kh_site_done(&p->site);
		kh_array_each(&p->pages, page) page->gone = true;
	}
}

int kh_portal_load(struct kh_db *db, int64_t id, int64_t every_s, struct kh_portal *ret)
{
	kh_auto_portal struct kh_portal p = {0};
	int r = load_record(db, id, every_s, &p);
	r = r < 0 ? r : load_state(db, &p);
	r = r < 0 ? r : load_pages(db, &p);
	if (r < 0)
		return r;
	forget_other(&p);
	*ret = p;
	p = (struct kh_portal){0};
	return 0;
}

static unsigned bit_of(const char *kind)
{
	for (unsigned i = 0; i < KH_PORTAL_ALARM_KIND_COUNT; i++)
		if (kh_streq(kh_codes_portal_alarm_kind[i].name, kind))
			return 1U << i;
	return 0;
}

int kh_portal_alarms_read(struct kh_db *db, const struct kh_portal *p, struct kh_portal_alarms *ret)
{
	struct kh_portal_alarms alarms = {0};
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s, "SELECT kind, state, COALESCE(closed_s, 0) FROM reg_portal_alarm WHERE portal = ?1 AND (closed_s IS NULL OR closed_s >= ?2)", p->id, p->learned_s);
	while (kh_stmt_next(s, &r)) {
		unsigned bit = bit_of(kh_stmt_text(s, 0));
		bool closed = kh_stmt_int(s, 2) > 0;
		alarms.open |= closed ? 0 : bit;
		alarms.forgiven |= closed && kh_streq(kh_stmt_text(s, 1), "false_alarm") ? bit : 0;
		alarms.mended |= closed && kh_streq(kh_stmt_text(s, 1), "fixed") ? bit : 0;
	}
	if (r == 0)
		*ret = alarms;
	return r;
}

/* ---- writing ---- */

static int save_state(struct kh_db *writer, const struct kh_portal *p, const struct kh_portal_result *result)
{
	kh_auto_json json_t *site = kh_site_json(&p->site);
	kh_auto_free char *known = kh_json_dump(site);
	int r = kh_db_run(writer,
			  "INSERT INTO portal_state(portal_id, next_s, checked_s, status, good_s, learned_s, known) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"
			  " ON CONFLICT (portal_id) DO UPDATE SET next_s = ?2, checked_s = ?3, status = ?4, good_s = COALESCE(?5, portal_state.good_s), learned_s = ?6, known = ?7",
			  p->id, result->now_s + p->every_s, result->now_s, kh_codes_portal_status[result->first->status].name,
			  p->good_s ? kh_db_value_int(p->good_s) : kh_db_value_null(NULL), p->learned_s, known);
	if (r < 0 || result->first->status != KH_PORTAL_STATUS_UP)
		return r;
	kh_auto_json json_t *certificate = kh_site_certificate_json(&result->first->certificate), *addresses = kh_names_json(&result->first->addresses),
			    *servers = kh_names_json(&result->first->servers);
	kh_auto_free char *c = kh_json_dump(certificate), *a = kh_json_dump(addresses), *n = kh_json_dump(servers);
	return kh_db_run(writer, "UPDATE portal_state SET ms = ?2, url = ?3, headers = ?4, certificate = ?5, addresses = ?6, servers = ?7 WHERE portal_id = ?1", p->id, result->first->ms,
			 result->first->url, (int64_t)result->first->headers, c, a, n);
}

static int save_page(struct kh_db *writer, const struct kh_portal *p, const struct kh_portal_page *page, int64_t now_s)
{
	if (page->gone || !page->learned)
		return 0;
	kh_auto_json json_t *json = kh_known_json(&page->known);
	kh_auto_free char *known = kh_json_dump(json), *html = kh_packed_text(&page->html);
	return kh_db_run(writer,
			 "INSERT INTO portal_page(portal_id, url, known, html, learned_s) VALUES(?1, ?2, ?3, ?4, ?5)"
			 " ON CONFLICT (portal_id, url) DO UPDATE SET known = ?3, html = ?4, learned_s = ?5",
			 p->id, page->url, known, html, now_s);
}

void kh_page_hashes(const struct kh_page *page, char ret_text[KH_SHA256_HEX_SIZE], char ret_shape[KH_SHA256_HEX_SIZE])
{
	struct kh_sha256 h;
	uint8_t hash[KH_SHA256_SIZE];
	kh_sha256_init(&h);
	kh_array_each(&page->lines, line) kh_sha256_add(&h, line->text, strlen(line->text) + 1);
	kh_sha256_final(&h, hash);
	kh_sha256_hex(hash, ret_text);
	kh_array_each(&page->shapes, shape) kh_sha256_add(&h, shape, sizeof *shape);
	kh_sha256_final(&h, hash);
	kh_sha256_hex(hash, ret_shape);
}

static int save_fetch(struct kh_db *writer, const struct kh_portal *p, const struct kh_portal_result *result)
{
	const struct kh_fetched *f = result->first;
	int r = kh_db_run(writer,
			  "INSERT INTO portal_fetch(portal_id, at_s, status, http, ms, bytes, text_hash, shape_hash, text_change, shape_change, good)"
			  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
			  p->id, result->now_s, kh_codes_portal_status[f->status].name, f->http, f->ms, f->bytes, *result->text_hash ? result->text_hash : NULL, *result->shape_hash ? result->shape_hash : NULL,
			  result->change->text, result->change->shape, result->good);
	r = r < 0 ? r : kh_db_run(writer, "DELETE FROM portal_fetch WHERE portal_id = ?1 AND at_s < ?2", p->id, result->now_s - KH_PORTAL_KEEP_S);
	return r < 0 ? r
		     : kh_db_run(writer,
				 "DELETE FROM portal_fetch WHERE portal_id = ?1 AND id <= (SELECT f.id FROM portal_fetch f WHERE f.portal_id = ?1 ORDER BY f.id DESC LIMIT 1 OFFSET ?2)", p->id,
				 KH_PORTAL_KEEP_ROWS);
}

int kh_portal_save(struct kh_db *writer, const struct kh_portal *p, const struct kh_portal_result *result)
{
	int r = save_state(writer, p, result);
	for (size_t i = 0; r == 0 && i < p->pages.n; i++)
		if (p->pages.v[i].gone)
			r = kh_db_run(writer, "DELETE FROM portal_page WHERE portal_id = ?1 AND url = ?2", p->id, p->pages.v[i].url);
	for (size_t i = 0; r == 0 && i < p->pages.n; i++)
		r = save_page(writer, p, &p->pages.v[i], result->now_s);
	return r < 0 ? r : save_fetch(writer, p, result);
}

int kh_portal_hurry(struct kh_db *writer, int64_t id)
{
	return kh_db_run(writer,
			 "INSERT INTO portal_state(portal_id, next_s, learned_s, known) VALUES(?1, 0, 0, '{}') ON CONFLICT (portal_id) DO UPDATE SET next_s = 0", id);
}
