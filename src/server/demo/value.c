/* Values of the pack: demo.h says how they are written. */
#include "server/demo/inside.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "server/register/register.h"

#include <inttypes.h>
#include <stdio.h>

#define MOST_NESTED 8 /* words within words */

uint64_t demo_next(struct demo *d, uint64_t n)
{
	d->seed ^= d->seed << 13;
	d->seed ^= d->seed >> 7;
	d->seed ^= d->seed << 17;
	return n ? (d->seed >> 16) % n : 0;
}

bool demo_hits(struct demo *d, int64_t percent)
{
	return (int64_t)demo_next(d, 100) < percent;
}

double demo_between(struct demo *d, double a, double b)
{
	return a + (b - a) * (double)demo_next(d, 1000001) / 1e6;
}

void demo_mac(int64_t id, char out[18])
{
	snprintf(out, 18, "02:6b:%02x:%02x:%02x:%02x", (unsigned)(id >> 24 & 0xff), (unsigned)(id >> 16 & 0xff), (unsigned)(id >> 8 & 0xff), (unsigned)(id & 0xff));
}

void demo_address(int64_t id, char out[16])
{
	snprintf(out, 16, "10.%u.%u.%u", (unsigned)(id / 60000 % 250), (unsigned)(id / 250 % 240), (unsigned)(id % 250 + 1));
}

struct demo_ids *demo_records(struct demo *d, size_t unit, enum kh_register_id reg)
{
	return &d->records[unit * KH_REGISTERS_COUNT + reg];
}

/* ---- numbers and moments ---- */

static int number(const struct kh_yaml_node *node, double *ret)
{
	const char *text = NULL;
	char *end = NULL;
	int r = kh_yaml_text(node, &text);
	if (r < 0)
		return r;
	double value = strtod(text, &end);
	if (end == text || *end)
		return kh_yaml_fail(node, "expected a number");
	*ret = value;
	return 0;
}

/* A day: counted from from_s, or a date. */
static int day(const struct kh_yaml_node *node, int64_t from_s, int64_t *ret)
{
	const char *text = NULL;
	int64_t ms = 0;
	double days = 0;
	int r = kh_yaml_text(node, &text);
	if (r == 0 && strlen(text) == 10 && text[4] == '-' && kh_time_parse(text, &ms)) {
		*ret = ms / 1000;
		return 0;
	}
	r = r < 0 ? r : number(node, &days);
	if (r == 0)
		*ret = from_s + (int64_t)(days * (double)KH_DAY_S);
	return r;
}

static bool is_pair(const struct kh_yaml_node *node)
{
	return node && kh_yaml_kind(node) == KH_YAML_LIST && kh_yaml_count(node) == 2;
}

int demo_range(const struct kh_yaml_node *range, int64_t from_s, int64_t *ret_first, int64_t *ret_last)
{
	bool pair = is_pair(range);
	int r = day(pair ? kh_yaml_item(range, 0) : range, from_s, ret_first);
	return r < 0 ? r : day(pair ? kh_yaml_item(range, 1) : range, from_s, ret_last);
}

int demo_moment(struct demo *d, const struct kh_yaml_node *range, int64_t from_s, int64_t *ret)
{
	int64_t first = 0, last = 0;
	int r = demo_range(range, from_s, &first, &last);
	if (r == 0)
		*ret = (int64_t)demo_between(d, (double)first, (double)last);
	return r;
}

int demo_count(struct demo *d, const struct kh_yaml_node *node, int64_t otherwise, int64_t *ret)
{
	double a = (double)otherwise, b = a;
	int r = 0;
	if (is_pair(node)) {
		r = number(kh_yaml_item(node, 0), &a);
		r = r < 0 ? r : number(kh_yaml_item(node, 1), &b);
	} else if (node) {
		r = number(node, &a);
		b = a;
	}
	if (r == 0)
		*ret = (int64_t)a + (int64_t)demo_next(d, (uint64_t)((int64_t)b - (int64_t)a + 1));
	return r;
}

/* ---- texts ---- */

static int expand(struct demo_scene *s, const struct kh_yaml_node *node, const char *text, int depth, struct kh_buf *out);

/* Public addresses are those of documents: 762 of version 4, and as many networks of version 6 as there are units. */
static void add_public(size_t unit, struct kh_buf *out)
{
	static const char *const networks[] = {"192.0.2", "198.51.100", "203.0.113"};
	if (unit < 762)
		kh_buf_addf(out, "%s.%zu", networks[unit / 254], unit % 254 + 1);
	else
		kh_buf_addf(out, "2001:db8:%zx::1", unit);
}

static bool add_machine_word(const struct demo_scene *s, const char *name, struct kh_buf *out)
{
	int64_t id = s->machine ? s->machine->id : s->n + 0x400000;
	char mac[18], address[16];
	demo_mac(id, mac);
	demo_address(id, address);
	if (kh_streq(name, "host"))
		kh_buf_addf(out, "may-%05" PRId64, id);
	else if (kh_streq(name, "mac"))
		kh_buf_adds(out, mac);
	else if (kh_streq(name, "ip"))
		kh_buf_adds(out, address);
	else if (kh_streq(name, "serial"))
		kh_buf_addf(out, "MAU%07" PRId64, id);
	else if (kh_streq(name, "class"))
		kh_buf_adds(out, s->machine ? s->machine->machine_class : "workstation");
	else
		return false;
	return true;
}

static bool add_own_word(const struct demo_scene *s, const char *name, struct kh_buf *out)
{
	const struct demo_unit *unit = &s->d->units.v[s->unit];
	char date[KH_ISO_SIZE];
	kh_time_day(s->at_s, date); /* 2026-11-21 */
	if (kh_streq(name, "unit"))
		kh_buf_adds(out, unit->name);
	else if (kh_streq(name, "place"))
		kh_buf_adds(out, unit->place);
	else if (kh_streq(name, "code"))
		kh_buf_adds(out, unit->code);
	else if (kh_streq(name, "n"))
		kh_buf_addf(out, "%" PRId64, s->n);
	else if (kh_streq(name, "i"))
		kh_buf_addf(out, "%" PRId64, s->i);
	else if (kh_streq(name, "year"))
		kh_buf_addf(out, "%.4s", date);
	else if (kh_streq(name, "month"))
		kh_buf_addf(out, "%.7s", date);
	else if (kh_streq(name, "number"))
		kh_buf_addf(out, "%zu-%" PRId64 "/%.4s", s->unit + 1, s->n, date);
	else if (kh_streq(name, "public"))
		add_public(s->unit, out);
	else
		return add_machine_word(s, name, out);
	return true;
}

static int add_word(struct demo_scene *s, const struct kh_yaml_node *node, const char *name, int depth, struct kh_buf *out)
{
	int64_t a = 0, b = 0;
	int used = 0;
	const char *text = NULL;
	if (sscanf(name, "%" SCNd64 "-%" SCNd64 "%n", &a, &b, &used) == 2 && !name[used]) {
		kh_buf_addf(out, "%" PRId64, a + (int64_t)demo_next(s->d, (uint64_t)(b - a + 1)));
		return 0;
	}
	if (add_own_word(s, name, out))
		return 0;
	const struct kh_yaml_node *words = kh_yaml_get(s->d->words, name);
	if (!words || kh_yaml_kind(words) != KH_YAML_LIST || depth > MOST_NESTED)
		return kh_yaml_fail(node, "{%s}: there are no such words", name);
	int r = kh_yaml_text(kh_yaml_item(words, demo_next(s->d, kh_yaml_count(words))), &text);
	return r < 0 ? r : expand(s, node, text, depth + 1, out);
}

static int expand(struct demo_scene *s, const struct kh_yaml_node *node, const char *text, int depth, struct kh_buf *out)
{
	char name[64];
	int r = 0;
	for (const char *p = text; r == 0 && *p;) {
		size_t plain = strcspn(p, "{"), n = p[plain] ? strcspn(p + plain + 1, "}") : 0;
		kh_buf_add(out, p, plain);
		p += plain;
		if (!*p)
			break;
		if (n >= sizeof name || !p[n + 1])
			return kh_yaml_fail(node, "expected a name in {braces}");
		memcpy(name, p + 1, n);
		name[n] = '\0';
		p += n + 2;
		r = add_word(s, node, name, depth, out);
	}
	return r;
}

static int text_value(struct demo_scene *s, const struct kh_yaml_node *node, json_t **ret)
{
	kh_auto_buf struct kh_buf out = KH_BUF_INIT;
	const char *text = NULL;
	int r = kh_yaml_text(node, &text);
	r = r < 0 ? r : expand(s, node, text, 0, &out);
	r = r < 0 ? r : kh_buf_status(&out);
	if (r == 0)
		*ret = kh_json_string(kh_buf_text(&out));
	return r;
}

/* ---- values by their form ---- */

static json_t *moment_value(enum kh_field_type type, int64_t at_s)
{
	char date[KH_ISO_SIZE];
	if (type != KH_FIELD_DATE)
		return json_integer(at_s);
	return json_string(kh_time_day(at_s, date));
}

static int pick(struct demo_scene *s, enum kh_field_type type, const struct kh_yaml_node *of, json_t **ret)
{
	size_t n = kh_yaml_count(of);
	if (kh_yaml_kind(of) == KH_YAML_LIST)
		return demo_value(s, type, kh_yaml_item(of, demo_next(s->d, n)), ret);
	int64_t at = (int64_t)demo_next(s->d, 100), weight = 0;
	for (size_t i = 0; i < n; i++) {
		const struct kh_yaml_node *node = NULL;
		const char *name = kh_yaml_key(of, i, &node);
		int r = kh_yaml_int(node, 0, 100, &weight);
		if (r < 0)
			return r;
		at -= weight;
		if (at < 0 || i + 1 == n) {
			kh_auto_buf struct kh_buf out = KH_BUF_INIT;
			r = expand(s, of, name, 0, &out);
			*ret = r < 0 ? NULL : kh_json_string(kh_buf_text(&out));
			return r;
		}
	}
	return kh_yaml_fail(of, "expected something to pick from");
}

static int share(struct demo_scene *s, enum kh_field_type type, const struct kh_yaml_node *node, json_t **ret)
{
	int64_t percent = 0;
	int r = kh_yaml_int(kh_yaml_get(node, "share"), 0, 100, &percent);
	return r < 0 ? r : demo_value(s, type, kh_yaml_get(node, demo_hits(s->d, percent) ? "is" : "else"), ret);
}

static int record_of(struct demo_scene *s, size_t unit, const struct kh_yaml_node *name, const struct kh_yaml_node *node, json_t **ret)
{
	const struct kh_yaml_node *at = kh_yaml_get(node, "at");
	const struct kh_register *reg = NULL;
	const char *text = NULL;
	int64_t place = -1;
	int r = kh_yaml_text(name, &text);
	if (r == 0 && kh_register_find(text, &reg) < 0)
		r = kh_yaml_fail(name, "there is no register %s", text);
	if (r == 0 && at)
		r = kh_yaml_int(at, 0, 1000, &place);
	if (r < 0)
		return r;
	const struct demo_ids *ids = demo_records(s->d, unit, (enum kh_register_id)(reg - kh_registers));
	size_t i = place >= 0 ? (size_t)place : kh_yaml_get(node, "last") ? ids->of.n - 1 : demo_next(s->d, ids->of.n);
	*ret = i < ids->of.n ? json_integer(ids->of.v[i]) : json_null();
	return 0;
}

static json_t *machine_value(struct demo_scene *s)
{
	const struct demo_unit *unit = &s->d->units.v[s->unit];
	if (s->machine)
		return json_integer(s->machine->id);
	return unit->machines ? json_integer(s->d->machines.v[unit->first_machine + demo_next(s->d, unit->machines)].id) : json_null();
}

static int map_value(struct demo_scene *s, enum kh_field_type type, const struct kh_yaml_node *node, json_t **ret)
{
	const struct kh_yaml_node *of = NULL;
	int64_t at_s = 0;
	if ((of = kh_yaml_get(node, "pick")))
		return pick(s, type, of, ret);
	if (kh_yaml_get(node, "share"))
		return share(s, type, node, ret);
	if ((of = kh_yaml_get(node, "own")))
		return record_of(s, s->unit, of, node, ret);
	if ((of = kh_yaml_get(node, "top")))
		return record_of(s, 0, of, node, ret);
	if ((of = kh_yaml_get(node, "after"))) {
		int r = demo_moment(s->d, of, s->at_s, &at_s);
		*ret = r < 0 ? NULL : moment_value(type, at_s);
		return r;
	}
	bool machine = kh_yaml_get(node, "machine"), it = kh_yaml_get(node, "it");
	if (!machine && !it)
		return kh_yaml_fail(node, "expected one of pick, share, own, top, after, machine, it");
	*ret = it ? json_integer(s->it) : machine_value(s);
	return 0;
}

static int plain_value(struct demo_scene *s, enum kh_field_type type, const struct kh_yaml_node *node, json_t **ret)
{
	int64_t n = 0;
	bool yes = false;
	int r = 0;
	if (type == KH_FIELD_BOOL) {
		r = kh_yaml_bool(node, &yes);
		*ret = r < 0 ? NULL : json_boolean(yes);
	} else if (type == KH_FIELD_INT || type == KH_FIELD_REF) {
		r = demo_count(s->d, node, 0, &n);
		*ret = r < 0 ? NULL : json_integer(n);
	} else if (type == KH_FIELD_DATE || type == KH_FIELD_TIME) {
		r = demo_moment(s->d, node, s->d->now_s, &n);
		*ret = r < 0 ? NULL : moment_value(type, n);
	} else {
		r = text_value(s, node, ret);
	}
	return r;
}

int demo_value(struct demo_scene *s, enum kh_field_type type, const struct kh_yaml_node *node, json_t **ret)
{
	if (kh_yaml_is_null(node)) {
		*ret = json_null();
		return 0;
	}
	if (kh_yaml_kind(node) != KH_YAML_MAP)
		return plain_value(s, type, node, ret);
	json_t *value = NULL;
	int r = map_value(s, type, node, &value);
	/* What was picked by its weight is a text: numbers and yes or no are made of it. */
	if (r == 0 && json_is_string(value) && (type == KH_FIELD_INT || type == KH_FIELD_BOOL)) {
		int64_t n = strtoll(json_string_value(value), NULL, 10);
		bool yes = kh_streq(json_string_value(value), "true");
		json_decref(value);
		value = type == KH_FIELD_INT ? json_integer(n) : json_boolean(yes);
	}
	if (r == 0)
		*ret = value;
	return r;
}

/* ---- before anything is made ---- */

static int check_code(const struct kh_code *codes, const struct kh_yaml_node *node, const json_t *value)
{
	const char *text = json_string_value(value);
	for (; text && codes && codes->name; codes++)
		if (kh_streq(codes->name, text))
			return 0;
	return text && codes ? kh_yaml_fail(node, "%s is none of its codes", text) : 0;
}

static int check_weighed(struct demo_scene *s, const struct kh_code *codes, const struct kh_yaml_node *map, size_t i)
{
	const struct kh_yaml_node *weight = NULL;
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int64_t n = 0;
	int r = expand(s, map, kh_yaml_key(map, i, &weight), 0, &text);
	r = r < 0 ? r : kh_yaml_int(weight, 0, 100, &n);
	kh_auto_json json_t *value = r < 0 ? NULL : kh_json_string(kh_buf_text(&text));
	return r < 0 ? r : check_code(codes, map, value);
}

static int check_picks(struct demo_scene *s, enum kh_field_type type, const struct kh_code *codes, const struct kh_yaml_node *of)
{
	size_t n = kh_yaml_kind(of) == KH_YAML_SCALAR ? 0 : kh_yaml_count(of);
	int r = n ? 0 : kh_yaml_fail(of, "expected something to pick from");
	for (size_t i = 0; r == 0 && i < n; i++)
		r = kh_yaml_kind(of) == KH_YAML_LIST ? demo_check_value(s, type, codes, kh_yaml_item(of, i)) : check_weighed(s, codes, of, i);
	return r;
}

int demo_check_value(struct demo_scene *s, enum kh_field_type type, const struct kh_code *codes, const struct kh_yaml_node *node)
{
	const struct kh_yaml_node *picks = kh_yaml_get(node, "pick"), *percent = kh_yaml_get(node, "share");
	kh_auto_json json_t *value = NULL;
	int64_t n = 0;
	if (picks)
		return check_picks(s, type, codes, picks);
	if (percent) {
		int r = kh_yaml_int(percent, 0, 100, &n);
		r = r < 0 ? r : demo_check_value(s, type, codes, kh_yaml_get(node, "is"));
		return r < 0 ? r : demo_check_value(s, type, codes, kh_yaml_get(node, "else"));
	}
	int r = demo_value(s, type, node, &value);
	return r < 0 ? r : check_code(codes, node, value);
}
