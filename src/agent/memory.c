#include "agent/memory.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "os/file.h"

#include <stdio.h>
#include <string.h>

#define MAX_FILE 4096

static int read_json(const char *path, json_t **ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, MAX_FILE, &text);
	return r < 0 ? r : kh_json_parse(kh_buf_text(&text), text.len, ret);
}

void kh_agent_memory_load(const char *state_dir, struct kh_agent_memory *ret)
{
	kh_auto_free char *path = kh_format("%s/memory.json", state_dir);
	kh_auto_json json_t *j = NULL;
	struct kh_agent_memory m = {0};
	const char *endpoint = "";
	int r = read_json(path, &j);
	r = r < 0 ? r : kh_json_text(j, "first_scan_of", &endpoint);
	r = r < 0 ? r : kh_json_int(j, "daily_scan_s", 0, INT64_MAX, &m.daily_scan_s);
	r = r < 0 ? r : kh_json_int(j, "last_order", 0, INT64_MAX, &m.last_order);
	r = r < 0 ? r : kh_json_int(j, "clock_offset_ms", INT64_MIN, INT64_MAX, &m.clock_offset_ms);
	snprintf(m.first_scan_of, sizeof m.first_scan_of, "%s", endpoint);
	*ret = r < 0 ? (struct kh_agent_memory){0} : m;
}

int kh_agent_memory_save(const char *state_dir, const struct kh_agent_memory *m)
{
	kh_auto_free char *path = kh_format("%s/memory.json", state_dir), *text = NULL;
	kh_auto_json json_t *j = json_object();
	kh_json_set_text(j, "first_scan_of", m->first_scan_of);
	kh_json_set_int(j, "daily_scan_s", m->daily_scan_s);
	kh_json_set_int(j, "last_order", m->last_order);
	kh_json_set_int(j, "clock_offset_ms", m->clock_offset_ms);
	text = kh_json_dump(j);
	return kh_file_replace(path, text, strlen(text), 0600);
}
