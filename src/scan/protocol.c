#include "scan/protocol.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/utf8.h"
#include "base/i18n.h"
#include "ipc/wire.h"

#include <string.h>

enum { HASH = 1 };
static const char *const engines[] = {"yara", [HASH] = "hash", "clamav"};

static int malformed(const char *what)
{
	return kh_fail(KH_E_SYNTAX, "a malformed message: %s", kh_words(what));
}

/* ---- parts ---- */

/* has_member u8, member text → NULL when it has none. */
static bool get_member(struct kh_cursor *c, char **ret)
{
	bool has = false;
	kh_auto_free char *member = NULL;
	if (!kh_wire_bool(c, &has) || !kh_wire_text(c, KH_UNPACK_MAX_MEMBER, &member) || (!has && *member))
		return false;
	*ret = has ? kh_take(member) : NULL;
	return true;
}

static void put_member(struct kh_buf *b, const char *member)
{
	kh_buf_addc(b, member != NULL);
	kh_wire_put_text(b, member, KH_UNPACK_MAX_MEMBER);
}

/* ---- SETUP ---- */

void kh_scan_encode_setup(const struct kh_scan_setup *s, struct kh_buf *b)
{
	kh_buf_add_u64le(b, s->max_size);
	kh_unpack_limits_put(&s->limits, b);
	kh_buf_addc(b, s->checked);
}

int kh_scan_decode_setup(const void *bytes, size_t n, struct kh_scan_setup *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	struct kh_scan_setup s = {0};
	if (!kh_cursor_u64le(&c, &s.max_size) || s.max_size > INT64_MAX || !kh_unpack_limits_get(&c, &s.limits) || !kh_wire_bool(&c, &s.checked) || kh_cursor_left(&c))
		return malformed("setup");
	*ret = s;
	return 0;
}

/* ---- FILE ---- */

void kh_scan_encode_file(const struct kh_scan_file *f, struct kh_buf *b)
{
	kh_buf_add_u64le(b, f->id);
	kh_buf_addc(b, f->clean_but_for_hashes);
	kh_wire_put_text(b, f->path, KH_MAX_PATH);
}

int kh_scan_decode_file(const void *bytes, size_t n, struct kh_scan_file *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	struct kh_scan_file f = {0};
	kh_auto_free char *path = NULL;
	if (!kh_cursor_u64le(&c, &f.id) || !kh_wire_bool(&c, &f.clean_but_for_hashes) || !kh_wire_text(&c, KH_MAX_PATH, &path) || kh_cursor_left(&c))
		return malformed("file");
	f.path = kh_take(path);
	*ret = f;
	return 0;
}

/* ---- GO ---- */

void kh_scan_externals_done(struct kh_scan_externals *e)
{
	for (size_t i = 0; i < e->n; i++) {
		free((char *)e->v[i].name);
		free((char *)e->v[i].value);
	}
	e->n = 0;
}

void kh_scan_encode_externals(const struct kh_yara_external *v, size_t n, struct kh_buf *b)
{
	kh_wire_put_u16(b, n);
	for (size_t i = 0; i < n; i++) {
		kh_wire_put_text(b, v[i].name, KH_MALWARE_MAX_RULE);
		kh_wire_put_text(b, v[i].value, KH_MAX_PATH);
	}
}

int kh_scan_decode_externals(const void *bytes, size_t n, struct kh_scan_externals *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	uint16_t count = 0;
	bool good = kh_cursor_u16le(&c, &count) && count <= KH_SCAN_MAX_EXTERNALS;
	ret->n = 0;
	for (uint16_t i = 0; i < count && good; i++) {
		kh_auto_free char *name = NULL, *value = NULL;
		good = kh_wire_text(&c, KH_MALWARE_MAX_RULE, &name) && kh_wire_text(&c, KH_MAX_PATH, &value);
		if (good)
			ret->v[ret->n++] = (struct kh_yara_external){kh_take(name), kh_take(value)};
	}
	if (good && kh_cursor_left(&c) == 0)
		return 0;
	kh_scan_externals_done(ret);
	return malformed("externals");
}

/* ---- READY ---- */

void kh_scan_ready_done(struct kh_scan_ready *r)
{
	kh_rule_problems_done(&r->problems);
	*r = (struct kh_scan_ready){0};
}

static void put_range(struct kh_buf *b, const struct kh_content_range *r)
{
	kh_buf_add_u64le(b, r->place);
	kh_buf_add_u64le(b, r->size);
}

void kh_scan_encode_ready(const struct kh_scan_ready *r, struct kh_buf *b)
{
	const struct kh_rule_problems *p = &r->problems;
	size_t told = KH_MIN(p->n, (size_t)KH_SCAN_MAX_PROBLEMS);
	kh_buf_addc(b, (char)r->landlock_abi);
	kh_buf_addc(b, r->user_changed);
	kh_buf_add_u64le(b, r->content.yara_rules);
	kh_buf_add_u64le(b, r->content.clamav_signatures);
	kh_buf_add_u64le(b, r->content.hashes);
	kh_buf_add_u64le(b, r->content.unsigned_databases);
	kh_buf_add(b, &r->content.version, sizeof r->content.version);
	put_range(b, &r->clamav.filter);
	put_range(b, &r->clamav.library);
	put_range(b, &r->clamav.hashes);
	kh_buf_add_u32le(b, r->clamav.first);
	kh_buf_addc(b, r->clamav.some);
	kh_buf_add_u64le(b, p->more + (p->n - told));
	kh_buf_addc(b, (char)told);
	for (size_t i = 0; i < told; i++) {
		kh_wire_put_text(b, p->v[i].source, KH_SCAN_MAX_PROBLEM_SOURCE);
		kh_wire_put_text(b, p->v[i].item, KH_MALWARE_MAX_RULE);
		kh_buf_add_u32le(b, (uint32_t)p->v[i].line);
		kh_wire_put_text(b, p->v[i].text, KH_SCAN_MAX_PROBLEM_TEXT);
	}
}

static bool get_problem(struct kh_cursor *c, struct kh_rule_problems *problems)
{
	kh_auto_free char *source = NULL, *item = NULL, *text = NULL;
	uint32_t line = 0;
	if (!kh_wire_text(c, KH_SCAN_MAX_PROBLEM_SOURCE, &source) || !kh_wire_text(c, KH_MALWARE_MAX_RULE, &item) || !kh_cursor_u32le(c, &line) ||
	    line > INT32_MAX || !kh_wire_text(c, KH_SCAN_MAX_PROBLEM_TEXT, &text))
		return false;
	kh_rule_problems_add(problems, source, *item ? item : NULL, (int)line, text);
	return true;
}

static bool get_info(struct kh_cursor *c, struct kh_content_info *ret)
{
	return kh_cursor_u64le(c, &ret->yara_rules) && kh_cursor_u64le(c, &ret->clamav_signatures) && kh_cursor_u64le(c, &ret->hashes) && kh_cursor_u64le(c, &ret->unsigned_databases) &&
	       kh_cursor_copy(c, &ret->version, sizeof ret->version);
}

static bool get_range(struct kh_cursor *c, struct kh_content_range *ret)
{
	return kh_cursor_u64le(c, &ret->place) && kh_cursor_u64le(c, &ret->size) && ret->place <= INT64_MAX && ret->size <= INT64_MAX;
}

static bool get_clamav(struct kh_cursor *c, struct kh_content_clamav *ret)
{
	return get_range(c, &ret->filter) && get_range(c, &ret->library) && get_range(c, &ret->hashes) && kh_cursor_u32le(c, &ret->first) && kh_wire_bool(c, &ret->some);
}

static bool get_ready(struct kh_cursor *c, struct kh_scan_ready *r)
{
	uint8_t abi = 0, told = 0;
	if (!kh_cursor_u8(c, &abi) || !kh_wire_bool(c, &r->user_changed) || !get_info(c, &r->content) || !get_clamav(c, &r->clamav) ||
	    !kh_cursor_u64le(c, &r->problems.more) || !kh_cursor_u8(c, &told) || told > KH_SCAN_MAX_PROBLEMS)
		return false;
	r->landlock_abi = abi;
	for (uint8_t i = 0; i < told; i++)
		if (!get_problem(c, &r->problems))
			return false;
	return kh_cursor_left(c) == 0;
}

int kh_scan_decode_ready(const void *bytes, size_t n, struct kh_scan_ready *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	kh_auto_scan_ready struct kh_scan_ready r = {0};
	if (!get_ready(&c, &r))
		return malformed("ready");
	*ret = r;
	r = (struct kh_scan_ready){0};
	return 0;
}

/* ---- RESULT ---- */

void kh_scan_reply_done(struct kh_scan_reply *r)
{
	kh_malware_report_done(&r->report);
	*r = (struct kh_scan_reply){0};
}

static uint8_t engine_number(const char *name)
{
	for (size_t i = 0; i < KH_COUNT(engines); i++)
		if (strcmp(engines[i], name) == 0)
			return (uint8_t)i;
	kh_assert(!"an engine without a number");
	return 0;
}

static void put_detection(struct kh_buf *b, const struct kh_detection *d)
{
	kh_buf_addc(b, (char)engine_number(d->engine));
	kh_buf_addc(b, d->suspicious);
	kh_buf_addc(b, d->gives_way);
	kh_wire_put_text(b, d->rule, KH_MALWARE_MAX_RULE);
	put_member(b, d->member);
}

/* As many as fit; returns how many. */
static size_t put_detections(struct kh_buf *b, const struct kh_malware_report *m)
{
	kh_auto_buf struct kh_buf list = KH_BUF_INIT;
	size_t n = 0, fits = 0;
	for (; n < m->detections.n; n++) {
		put_detection(&list, &m->detections.v[n]);
		if (list.len > KH_SCAN_MAX_DETECTION_BYTES)
			break;
		fits = list.len;
	}
	kh_wire_put_u16(b, n);
	kh_buf_add(b, kh_buf_text(&list), fits);
	return n;
}

static void put_gap(struct kh_buf *b, const struct kh_gap *g)
{
	kh_buf_addc(b, (char)g->kind);
	put_member(b, g->member);
}

static void put_gaps(struct kh_buf *b, const struct kh_malware_report *m, bool some_left_out)
{
	static const struct kh_gap left_out = {KH_GAP_DETECTIONS, NULL};
	kh_buf_addc(b, (char)(m->gaps.n + some_left_out));
	if (some_left_out)
		put_gap(b, &left_out); /* first: it must not be the one that finds no room */
	kh_array_each(&m->gaps, g)
		put_gap(b, g);
	kh_buf_add_u64le(b, m->more_gaps);
}

static void put_candidates(struct kh_buf *b, const struct kh_malware_report *m)
{
	kh_buf_addc(b, m->clamav.asked);
	kh_wire_put_u16(b, m->clamav.n);
	kh_array_each(&m->clamav, number)
		kh_buf_add_u32le(b, *number);
}

static void put_outcome(struct kh_buf *b, enum kh_scan_outcome outcome, int error)
{
	kh_buf_addc(b, (char)outcome);
	kh_buf_add_u32le(b, (uint32_t)error);
}

void kh_scan_encode_reply(const struct kh_scan_reply *r, struct kh_buf *b)
{
	const struct kh_malware_report *m = &r->report;
	kh_buf_add_u64le(b, r->id);
	put_outcome(b, r->outcome, r->error);
	kh_buf_addc(b, (char)m->verdict);
	kh_buf_addc(b, m->plain);
	kh_wire_put_u16(b, m->profiles);
	kh_buf_add_u64le(b, m->size);
	kh_buf_add(b, m->sha256, sizeof m->sha256);
	size_t told = put_detections(b, m);
	put_gaps(b, m, told < m->detections.n);
	put_candidates(b, m);
}

/* A rule's name reaches terminals and reports: no control characters, and whole characters. */
static bool is_name(const char *s)
{
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return false;
	return *s && kh_utf8_valid_prefix(s, strlen(s), strlen(s)) == strlen(s);
}

static bool get_detection(struct kh_cursor *c, struct kh_malware_report *m)
{
	uint8_t engine = 0;
	bool suspicious = false, gives_way = false;
	kh_auto_free char *rule = NULL, *member = NULL;
	if (!kh_cursor_u8(c, &engine) || engine >= KH_COUNT(engines) || !kh_wire_bool(c, &suspicious) || !kh_wire_bool(c, &gives_way) || !kh_wire_text(c, KH_MALWARE_MAX_RULE, &rule) ||
	    !is_name(rule) || !get_member(c, &member) || (gives_way && engine != HASH))
		return false;
	if (gives_way)
		kh_malware_report_listed(m, rule, member);
	else
		kh_malware_report_detected(m, engines[engine], rule, member, suspicious);
	return true;
}

static bool get_gap(struct kh_cursor *c, struct kh_malware_report *m)
{
	uint8_t kind = 0;
	kh_auto_free char *member = NULL;
	if (!kh_cursor_u8(c, &kind) || kind >= KH_GAP_COUNT || !get_member(c, &member))
		return false;
	kh_malware_report_gap(m, kind, member);
	return true;
}

static bool get_detections(struct kh_cursor *c, struct kh_malware_report *m)
{
	uint16_t n = 0;
	if (!kh_cursor_u16le(c, &n) || n > KH_MALWARE_MAX_DETECTIONS)
		return false;
	for (uint16_t i = 0; i < n; i++)
		if (!get_detection(c, m))
			return false;
	return true;
}

static bool get_gaps(struct kh_cursor *c, struct kh_malware_report *m)
{
	uint8_t n = 0;
	if (!kh_cursor_u8(c, &n) || n > KH_MALWARE_MAX_GAPS + 1)
		return false;
	for (uint8_t i = 0; i < n; i++)
		if (!get_gap(c, m))
			return false;
	uint64_t more = 0;
	if (!kh_cursor_u64le(c, &more) || more > INT64_MAX)
		return false;
	m->more_gaps += more;
	return true;
}

static bool get_candidates(struct kh_cursor *c, struct kh_malware_report *m)
{
	uint16_t n = 0;
	if (!kh_wire_bool(c, &m->clamav.asked) || !kh_cursor_u16le(c, &n) || n > (m->clamav.asked ? KH_MALWARE_MAX_CANDIDATES : 0))
		return false;
	for (uint32_t number = 0; n > 0; n--) {
		if (!kh_cursor_u32le(c, &number))
			return false;
		kh_array_push(&m->clamav, number);
	}
	return true;
}

/* The verdict that the worker gave, against the one that the detections gave here. */
static bool settle_verdict(struct kh_malware_report *m, uint8_t said)
{
	bool some_left_out = false;
	kh_array_each(&m->gaps, g)
		some_left_out |= g->kind == KH_GAP_DETECTIONS;
	if (some_left_out && said == KH_VERDICT_INFECTED && m->verdict == KH_VERDICT_SUSPICIOUS)
		m->verdict = KH_VERDICT_INFECTED;
	return said == m->verdict;
}

static bool get_report(struct kh_cursor *c, struct kh_malware_report *m)
{
	uint8_t verdict = 0;
	return kh_cursor_u8(c, &verdict) && kh_wire_bool(c, &m->plain) && kh_cursor_u16le(c, &m->profiles) && m->profiles < 1U << KH_PROFILES &&
	       kh_cursor_u64le(c, &m->size) && kh_cursor_copy(c, m->sha256, sizeof m->sha256) && get_detections(c, m) && get_gaps(c, m) && get_candidates(c, m) && settle_verdict(m, verdict);
}

static bool get_outcome(struct kh_cursor *c, enum kh_scan_outcome last, enum kh_scan_outcome *ret, int *ret_error)
{
	enum { MAX_ERRNO = 4095 };
	uint8_t outcome = 0;
	uint32_t error = 0;
	if (!kh_cursor_u8(c, &outcome) || outcome > last || !kh_cursor_u32le(c, &error) || error > MAX_ERRNO)
		return false;
	*ret = outcome;
	*ret_error = (int)error;
	return true;
}

static bool get_reply(struct kh_cursor *c, struct kh_scan_reply *r)
{
	return kh_cursor_u64le(c, &r->id) && get_outcome(c, KH_SCAN_STILL_CLEAN, &r->outcome, &r->error) && get_report(c, &r->report) && kh_cursor_left(c) == 0;
}

int kh_scan_decode_reply(const void *bytes, size_t n, struct kh_scan_reply *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	kh_auto_scan_reply struct kh_scan_reply r = {0};
	if (!get_reply(&c, &r))
		return malformed("result");
	*ret = r;
	r = (struct kh_scan_reply){0};
	return 0;
}

/* ---- END ---- */

void kh_scan_encode_end(const struct kh_scan_end *e, struct kh_buf *b)
{
	put_outcome(b, e->outcome, e->error);
}

int kh_scan_decode_end(const void *bytes, size_t n, struct kh_scan_end *ret)
{
	struct kh_cursor c = kh_cursor_of(bytes, n);
	struct kh_scan_end e = {0};
	if (!get_outcome(&c, KH_SCAN_ENGINE_FAILED, &e.outcome, &e.error) || kh_cursor_left(&c))
		return malformed("end");
	*ret = e;
	return 0;
}
