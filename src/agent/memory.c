#include "agent/memory.h"

#include "agent/link.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "os/file.h"

#include <string.h>

#define MAX_FILE 8192

static int read_json(const char *path, json_t **ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, MAX_FILE, &text);
	return r < 0 ? r : kh_json_parse(kh_buf_text(&text), text.len, ret);
}

static int read_text(const json_t *j, const char *key, char *ret, size_t size)
{
	const char *text = NULL;
	int r = kh_json_text_or(j, key, "", &text);
	if (r == 0 && strlen(text) >= size)
		r = kh_fail(KH_E_INVALID_FIELD, "field \"%s\": too long", key);
	if (r == 0)
		memcpy(ret, text, strlen(text) + 1);
	return r;
}

static int read_open_orders(const json_t *j, struct kh_agent_memory *m)
{
	const json_t *list = json_object_get(j, "open_orders");
	for (size_t i = 0; i < json_array_size(list) && i < KH_AGENT_MAX_OPEN_ORDERS; i++)
		m->open_orders[i] = json_integer_value(json_array_get(list, i));
	return json_array_size(list) <= KH_AGENT_MAX_OPEN_ORDERS ? 0 : kh_fail(KH_E_INVALID_FIELD, "field \"open_orders\": too many");
}

void kh_agent_memory_load(const char *state_dir, struct kh_agent_memory *ret)
{
	kh_auto_free char *path = kh_format("%s/memory.json", state_dir);
	kh_auto_json json_t *j = NULL;
	struct kh_agent_memory m = {0};
	int r = read_json(path, &j);
	r = r < 0 ? r : read_text(j, "machine", m.machine, sizeof m.machine);
	r = r < 0 ? r : read_text(j, "first_scan_of", m.first_scan_of, sizeof m.first_scan_of);
	r = r < 0 ? r : read_text(j, "orders_of", m.orders_of, sizeof m.orders_of);
	r = r < 0 ? r : kh_json_int(j, "daily_scan_s", 0, INT64_MAX, &m.daily_scan_s);
	r = r < 0 ? r : kh_json_int_or(j, "quick_scan_s", 0, INT64_MAX, 0, &m.quick_scan_s);
	r = r < 0 ? r : kh_json_int_or(j, "full_scan_s", 0, INT64_MAX, 0, &m.full_scan_s);
	r = r < 0 ? r : kh_json_int_or(j, "search_s", 0, INT64_MAX, 0, &m.search_s);
	r = r < 0 ? r : read_text(j, "bundle", m.bundle, sizeof m.bundle);
	r = r < 0 ? r : kh_json_int_or(j, "bundle_made_s", 0, INT64_MAX, 0, &m.bundle_made_s);
	r = r < 0 ? r : read_text(j, "refused_bundle", m.refused_bundle, sizeof m.refused_bundle);
	r = r < 0 ? r : kh_json_int_or(j, "contact_s", 0, INT64_MAX, 0, &m.contact_s);
	r = r < 0 ? r : kh_json_int_or(j, "facts_s", 0, INT64_MAX, 0, &m.facts_s);
	r = r < 0 ? r : kh_json_int_or(j, "scan_s", 0, INT64_MAX, 0, &m.scan_s);
	r = r < 0 ? r : kh_json_int(j, "last_order", 0, INT64_MAX, &m.last_order);
	r = r < 0 ? r : read_open_orders(j, &m);
	r = r < 0 ? r : kh_json_int(j, "clock_offset_ms", -KH_LINK_MAX_CLOCK_MS, KH_LINK_MAX_CLOCK_MS, &m.clock_offset_ms);
	*ret = r < 0 ? (struct kh_agent_memory){0} : m;
}

int kh_agent_memory_save(const char *state_dir, const struct kh_agent_memory *m)
{
	kh_auto_free char *path = kh_format("%s/memory.json", state_dir), *text = NULL;
	kh_auto_json json_t *j = json_object();
	json_t *open_orders = json_array();
	for (size_t i = 0; i < KH_AGENT_MAX_OPEN_ORDERS; i++)
		if (m->open_orders[i])
			kh_assert(json_array_append_new(open_orders, json_integer(m->open_orders[i])) == 0);
	kh_json_set_text(j, "machine", m->machine);
	kh_json_set_text(j, "orders_of", m->orders_of);
	kh_assert(json_object_set_new(j, "open_orders", open_orders) == 0);
	kh_json_set_text(j, "first_scan_of", m->first_scan_of);
	kh_json_set_int(j, "daily_scan_s", m->daily_scan_s);
	kh_json_set_int(j, "quick_scan_s", m->quick_scan_s);
	kh_json_set_int(j, "full_scan_s", m->full_scan_s);
	kh_json_set_int(j, "search_s", m->search_s);
	kh_json_set_text(j, "bundle", m->bundle);
	kh_json_set_int(j, "bundle_made_s", m->bundle_made_s);
	kh_json_set_text(j, "refused_bundle", m->refused_bundle);
	kh_json_set_int(j, "contact_s", m->contact_s);
	kh_json_set_int(j, "facts_s", m->facts_s);
	kh_json_set_int(j, "scan_s", m->scan_s);
	kh_json_set_int(j, "last_order", m->last_order);
	kh_json_set_int(j, "clock_offset_ms", m->clock_offset_ms);
	text = kh_json_dump(j);
	return kh_file_replace(path, text, strlen(text), 0600);
}
