#include "agent/link.h"

#include "base/alloc.h"
#include "base/cursor.h"
#include "base/str.h"
#include "base/utf8.h"

/* One description of each message serves both directions: a field is written when there is `out`, read otherwise. */
struct codec {
	struct kh_buf *out;
	struct kh_cursor in;
	bool good;
};

/* ---- fields ---- */

static void u32(struct codec *c, uint32_t *v)
{
	if (c->out)
		kh_buf_add_u32le(c->out, *v);
	else
		c->good = c->good && kh_cursor_u32le(&c->in, v);
}

static void u64(struct codec *c, uint64_t *v)
{
	if (c->out)
		kh_buf_add_u64le(c->out, *v);
	else
		c->good = c->good && kh_cursor_u64le(&c->in, v);
}

static void i64(struct codec *c, int64_t *v)
{
	uint64_t u = (uint64_t)*v;
	u64(c, &u);
	*v = (int64_t)u;
}

static void flag(struct codec *c, bool *v)
{
	uint32_t u = *v ? 1 : 0;
	u32(c, &u);
	c->good = c->good && u <= 1;
	*v = u == 1;
}

static void bytes(struct codec *c, void *v, size_t n)
{
	if (c->out)
		kh_buf_add(c->out, v, n);
	else
		c->good = c->good && kh_cursor_copy(&c->in, v, n);
}

/* The length and the place of a text that is read. */
static bool text_at(struct codec *c, size_t max, const uint8_t **ret_at, uint32_t *ret_n)
{
	uint32_t n = 0;
	u32(c, &n);
	c->good = c->good && n <= max && kh_cursor_take(&c->in, n, ret_at);
	*ret_n = n;
	return c->good;
}

/* Texts are UTF-8 without a zero byte. */
static bool is_text(const uint8_t *at, size_t n)
{
	return kh_utf8_is_valid((const char *)at, n) && !(n && memchr(at, 0, n));
}

static void text(struct codec *c, char **v, size_t max)
{
	const uint8_t *at = NULL;
	uint32_t n = *v ? (uint32_t)strlen(*v) : 0;
	if (c->out) {
		u32(c, &n);
		kh_buf_add(c->out, *v, n);
	} else if (text_at(c, max, &at, &n)) {
		c->good = is_text(at, n);
		*v = c->good ? kh_strndup(n ? (const char *)at : "", n) : NULL;
	}
}

static void text_in_place(struct codec *c, char *v, size_t size)
{
	const uint8_t *at = NULL;
	uint32_t n = (uint32_t)strnlen(v, size - 1);
	if (c->out) {
		u32(c, &n);
		kh_buf_add(c->out, v, n);
	} else if (text_at(c, size - 1, &at, &n)) {
		c->good = is_text(at, n);
		if (c->good && n)
			memcpy(v, at, n);
		v[c->good ? n : 0] = '\0';
	}
}

static bool finished(const struct codec *c)
{
	return c->good && kh_cursor_left(&c->in) == 0;
}

static struct codec writer(struct kh_buf *b)
{
	return (struct codec){.out = b, .good = true};
}

static struct codec reader(const void *p, size_t n)
{
	return (struct codec){.in = kh_cursor_of(p, n), .good = true};
}

/* ---- messages ---- */

static void fingerprint(struct codec *c, struct kh_fingerprint *f)
{
	text_in_place(c, f->hex, sizeof f->hex);
	text(c, &f->parts, 4096);
}

static void identity(struct codec *c, struct kh_identity *i)
{
	text_in_place(c, i->endpoint, sizeof i->endpoint);
	text(c, &i->unit_code, KH_MAX_TEXT);
	text(c, &i->unit_name, KH_MAX_TEXT);
	text(c, &i->server_url, KH_MAX_TEXT);
	text(c, &i->proxy, KH_MAX_TEXT);
	text_in_place(c, i->server_pin, sizeof i->server_pin);
	bytes(c, i->order_key, sizeof i->order_key);
	fingerprint(c, &i->fingerprint);
	text(c, &i->key_pem, KH_X509_MAX_PEM);
	text(c, &i->certificate_pem, KH_X509_MAX_PEM);
	text(c, &i->ca_pem, KH_X509_MAX_PEM);
}

/* The form is kh_peers_add()'s: another writing of the same address is none. */
static void peers(struct codec *c, struct kh_peers *v)
{
	uint32_t n = (uint32_t)v->n;
	u32(c, &n);
	for (uint32_t i = 0; c->good && i < n; i++) {
		char address[KH_IP_SIZE] = "";
		uint32_t port = 0;
		if (c->out) {
			port = v->v[i].port;
			memcpy(address, v->v[i].address, sizeof address);
		}
		text_in_place(c, address, sizeof address);
		u32(c, &port);
		if (!c->out)
			c->good = c->good && kh_peers_add(v, address, port) && v->n == i + 1 && kh_streq(v->v[i].address, address);
	}
}

static void config(struct codec *c, struct kh_link_config *v)
{
	identity(c, &v->identity);
	text(c, &v->proxy, KH_MAX_TEXT);
	text(c, &v->hostname, KH_MAX_TEXT);
	text(c, &v->os, KH_MAX_TEXT);
	fingerprint(c, &v->machine);
	flag(c, &v->is_copy);
	i64(c, &v->clock_offset_ms);
	peers(c, &v->pinned);
	u32(c, &v->uid);
	u32(c, &v->gid);
}

static void hello(struct codec *c, struct kh_link_hello *v)
{
	u64(c, &v->epoch);
	u64(c, &v->last_seq);
}

static void batch(struct codec *c, struct kh_link_batch *v)
{
	u64(c, &v->epoch);
	u64(c, &v->first);
	u64(c, &v->last);
}

static void welcome(struct codec *c, struct kh_link_welcome *v)
{
	uint32_t n = (uint32_t)v->facts.n;
	i64(c, &v->server_time_ms);
	u64(c, &v->last_seq);
	u32(c, &v->heartbeat_s);
	text_in_place(c, v->unit_code, sizeof v->unit_code);
	text_in_place(c, v->unit_name, sizeof v->unit_name);
	text_in_place(c, v->role, sizeof v->role);
	u32(c, &n);
	c->good = c->good && n <= KH_LINK_MAX_TABLES;
	for (uint32_t i = 0; c->good && i < n; i++) {
		struct kh_link_table *t = c->out ? &v->facts.v[i] : kh_array_push(&v->facts, (struct kh_link_table){0});
		text_in_place(c, t->name, sizeof t->name);
		text_in_place(c, t->hash, sizeof t->hash);
	}
}

static void wanted(struct codec *c, struct kh_link_wanted *v)
{
	u32(c, &v->max_records);
	u32(c, &v->max_bytes);
}

static void record(struct codec *c, struct kh_link_record *v)
{
	u64(c, &v->epoch);
	u64(c, &v->seq);
}

static void order(struct codec *c, struct kh_link_order *v)
{
	const uint8_t *at = NULL;
	uint32_t n = (uint32_t)v->len;
	i64(c, &v->id);
	bytes(c, v->signature, sizeof v->signature);
	if (c->out) {
		u32(c, &n);
		kh_buf_add(c->out, v->text, n);
	} else if (text_at(c, KH_LINK_MAX_ORDER, &at, &n)) {
		v->text = kh_memdup(at, n);
		v->len = n;
	}
}

static void status(struct codec *c, struct kh_link_status *v)
{
	uint32_t state = (uint32_t)v->state;
	int64_t error = v->error, abi = v->landlock_abi;
	u32(c, &state);
	i64(c, &error);
	text_in_place(c, v->detail, sizeof v->detail);
	flag(c, &v->seccomp);
	i64(c, &abi);
	flag(c, &v->user_changed);
	c->good = c->good && state <= KH_LINK_STOPPED && error <= 0 && error > -10000 && abi >= 0 && abi < 1000;
	v->state = c->good ? (enum kh_link_state)state : KH_LINK_CONNECTING;
	v->error = c->good ? (int)error : 0;
	v->landlock_abi = c->good ? (int32_t)abi : 0;
}

static void offer(struct codec *c, struct kh_link_offer *v)
{
	uint8_t hash[32];
	text_in_place(c, v->sha256, sizeof v->sha256);
	i64(c, &v->bytes);
	i64(c, &v->made_s);
	c->good = c->good && kh_unhex(v->sha256, hash, sizeof hash) && v->bytes > 0;
}

static void fetch(struct codec *c, struct kh_link_fetch *v)
{
	i64(c, &v->from);
	u32(c, &v->rate_kib);
	text(c, &v->mirror, KH_MAX_TEXT);
	c->good = c->good && v->from >= 0 && v->rate_kib > 0;
}

/* ---- releasing ---- */

void kh_link_fetch_done(struct kh_link_fetch *f)
{
	free(f->mirror);
	*f = (struct kh_link_fetch){0};
}

void kh_link_config_done(struct kh_link_config *c)
{
	kh_identity_done(&c->identity);
	kh_fingerprint_done(&c->machine);
	free(c->proxy);
	free(c->hostname);
	free(c->os);
	*c = (struct kh_link_config){0};
}

void kh_link_welcome_done(struct kh_link_welcome *w)
{
	kh_array_done(&w->facts);
}

void kh_link_order_done(struct kh_link_order *o)
{
	free(o->text);
	*o = (struct kh_link_order){0};
}

static void nothing_to_release(void *v)
{
	(void)v;
}

/* ---- both directions of each ---- */

#define DEFINE_PUT(name, type, describe)                          \
	void kh_link_put_##name(struct kh_buf *b, const type *v)  \
	{                                                         \
		struct codec c = writer(b);                       \
		describe(&c, (type *)(uintptr_t)v);               \
	}

#define DEFINE_GET(name, type, describe, release)                         \
	bool kh_link_get_##name(const void *p, size_t n, type *ret)       \
	{                                                                 \
		struct codec c = reader(p, n);                            \
		type v = {0};                                             \
		describe(&c, &v);                                         \
		if (!finished(&c)) {                                      \
			release(&v);                                      \
			return false;                                     \
		}                                                         \
		*ret = v;                                                 \
		return true;                                              \
	}

DEFINE_PUT(config, struct kh_link_config, config)
DEFINE_GET(config, struct kh_link_config, config, kh_link_config_done)
DEFINE_PUT(hello, struct kh_link_hello, hello)
DEFINE_GET(hello, struct kh_link_hello, hello, nothing_to_release)
DEFINE_PUT(batch, struct kh_link_batch, batch)
DEFINE_PUT(welcome, struct kh_link_welcome, welcome)
DEFINE_GET(welcome, struct kh_link_welcome, welcome, kh_link_welcome_done)
DEFINE_PUT(wanted, struct kh_link_wanted, wanted)
DEFINE_GET(wanted, struct kh_link_wanted, wanted, nothing_to_release)
DEFINE_PUT(record, struct kh_link_record, record)
DEFINE_GET(record, struct kh_link_record, record, nothing_to_release)
DEFINE_PUT(order, struct kh_link_order, order)
DEFINE_GET(order, struct kh_link_order, order, kh_link_order_done)
DEFINE_PUT(identity, struct kh_identity, identity)
DEFINE_GET(identity, struct kh_identity, identity, kh_identity_done)
DEFINE_PUT(offer, struct kh_link_offer, offer)
DEFINE_GET(offer, struct kh_link_offer, offer, nothing_to_release)
DEFINE_PUT(peers, struct kh_peers, peers)
DEFINE_GET(peers, struct kh_peers, peers, nothing_to_release)
DEFINE_PUT(fetch, struct kh_link_fetch, fetch)
DEFINE_GET(fetch, struct kh_link_fetch, fetch, kh_link_fetch_done)
DEFINE_PUT(status, struct kh_link_status, status)
DEFINE_GET(status, struct kh_link_status, status, nothing_to_release)

bool kh_link_get_batch(const void *p, size_t n, struct kh_link_batch *ret, const char **ret_lines, size_t *ret_len)
{
	struct codec c = reader(p, n);
	struct kh_link_batch v = {0};
	batch(&c, &v);
	if (!c.good || v.first == 0 || v.last < v.first)
		return false;
	*ret = v;
	*ret_lines = (const char *)c.in.at;
	*ret_len = kh_cursor_left(&c.in);
	return true;
}

void kh_link_put_clock(struct kh_buf *b, int64_t offset_ms)
{
	kh_buf_add_u64le(b, (uint64_t)offset_ms);
}

bool kh_link_get_clock(const void *p, size_t n, int64_t *ret_offset_ms)
{
	struct kh_cursor in = kh_cursor_of(p, n);
	uint64_t v = 0;
	if (n != sizeof v || !kh_cursor_u64le(&in, &v))
		return false;
	int64_t offset_ms = (int64_t)v;
	if (offset_ms > KH_LINK_MAX_CLOCK_MS || offset_ms < -KH_LINK_MAX_CLOCK_MS)
		return false;
	*ret_offset_ms = offset_ms;
	return true;
}
