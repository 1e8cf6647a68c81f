/* Reports as files over the API: their types and names, and who gets what of whom. */
#include "base/str.h"
#include "server/api/world.h"

static int64_t incident_of(const struct world *w, const char *unit)
{
	kh_auto_free char *path = kh_strdup("/api/v1/registers/incident/records");
	kh_auto_free char *body = kh_format("{\"unit\":\"%s\",\"fields\":{\"title\":\"" MARK "\",\"group_of\":\"malware\",\"severity\":\"low\",\"t0_s\":1763712000}}", unit);
	kh_auto_free char *cookie = world_login(w, "tinh-admin");
	kh_auto_json json_t *made = world_json(w, &(struct ask){.method = "POST", .path = path, .body = body, .cookie = cookie}, 200);
	return json_integer_value(json_object_get(json_object_get(made, "record"), "id"));
}

static void test_files(void **state)
{
	static const struct {
		const char *query, *type, *extension, *begin;
	} cases[] = {
		{"format=docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx", "PK"},
		{"format=pdf", "application/pdf", ".pdf", "%PDF-1."},
		{"format=xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx", "PK"},
		{"format=text", "text/plain", ".txt", ""},
		{"format=json", "application/json", ".json", "{"},
		{"directive=thai-hoa-2025&format=pdf", "application/pdf", ".pdf", "%PDF-1."},
		{"mau08=2026&format=docx", "application/vnd", ".docx", "PK"},
		{"template=inspection&format=docx", "application/vnd", ".docx", "PK"},
	};
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-leader");
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		auto_reply struct reply r = {0};
		kh_auto_free char *path = kh_format("/api/v1/report?%s", cases[i].query);
		world_ask(w, &(struct ask){.path = path, .cookie = cookie}, &r);
		assert_int_equal(r.status, 200);
		assert_memory_equal(r.body.data, cases[i].begin, strlen(cases[i].begin));
		assert_non_null(kh_find_nocase(kh_buf_text(&r.head), cases[i].type));
		const char *name = kh_find_nocase(kh_buf_text(&r.head), "content-disposition: attachment; filename=\"");
		assert_non_null(name);
		assert_non_null(strstr(name, cases[i].extension));
		assert_non_null(strstr(name, "filename*=UTF-8''"));
		assert_non_null(kh_find_nocase(kh_buf_text(&r.head), "cache-control: no-store"));
	}
}

static int64_t add_record(const struct world *w, const char *cookie, const char *reg, const char *fields)
{
	kh_auto_free char *path = kh_format("/api/v1/registers/%s/records", reg), *body = kh_format("{\"fields\":%s}", fields);
	kh_auto_json json_t *made = world_json(w, &(struct ask){.path = path, .body = body, .cookie = cookie}, 200);
	return json_integer_value(json_object_get(json_object_get(made, "record"), "id"));
}

static void add_secret_device(const struct world *w, const char *user, const char *name)
{
	kh_auto_free char *cookie = world_login(w, user);
	kh_auto_free char *device = kh_format("{\"name\":\"%s\",\"kind\":\"computer\",\"purpose\":\"secret\",\"serial\":\"SN-%s\"}", name, name);
	int64_t id = add_record(w, cookie, "device", device);
	kh_auto_free char *secret = kh_format("{\"device\":%lld,\"from_on\":\"2026-01-02\",\"location\":\"Văn thư\",\"wireless\":false}", (long long)id);
	(void)add_record(w, cookie, "device_secret", secret);
}

/* The list for the police is that of the register, of the own units. */
static void test_inspection(void **state)
{
	const struct world *w = *state;
	add_secret_device(w, "nha-officer", "MSTM");
	add_secret_device(w, "kia-admin", MARK "-mat");
	kh_auto_free char *cookie = world_login(w, "nha-leader");
	auto_reply struct reply r = {0};
	world_ask(w, &(struct ask){.path = "/api/v1/report?template=inspection&format=text", .cookie = cookie}, &r);
	const char *text = kh_buf_text(&r.body);
	assert_int_equal(r.status, 200);
	assert_non_null(strstr(text, "danh sách 1 thiết bị"));
	assert_non_null(strstr(text, "SN-MSTM"));
	assert_null(strstr(text, MARK));
}

static void test_wrong_questions(void **state)
{
	static const struct {
		const char *query;
		int status;
	} cases[] = {
		{"period=2026-13", 400},      {"period=9999", 400},           {"period=2026&directive=thai-hoa-2025", 400}, {"directive=..%2F..%2Fetc%2Fpasswd", 404}, {"template=..%2Fx", 404},
		{"mau08=x", 400},             {"incident=1%20OR%201", 400},   {"incident=999999", 404},                     {"period=2026&at=2026-01-01", 400},        {"format=exe", 400},
		{"unit=xa-kia", 404},         {"at=2026-02-30&directive=thai-hoa-2025", 400}, {"template=incident", 400},                                              {"template=period&directive=thai-hoa-2025", 400},
	};
	const struct world *w = *state;
	kh_auto_free char *cookie = world_login(w, "nha-admin");
	for (size_t i = 0; i < KH_COUNT(cases); i++)
		for (int preview = 0; preview < 2 - kh_starts_with(cases[i].query, "format="); preview++) {
			auto_reply struct reply r = {0};
			kh_auto_free char *path = kh_format("/api/v1/report%s?%s", preview ? "/preview" : "", cases[i].query);
			world_ask(w, &(struct ask){.path = path, .cookie = cookie}, &r);
			if (r.status != cases[i].status)
				fail_msg("%s: %d %s", path, r.status, kh_buf_text(&r.body));
		}
}

/* An incident of the other commune is not there; its name is in no document of this one. */
static void test_strangers(void **state)
{
	const struct world *w = *state;
	int64_t theirs = incident_of(w, "xa-kia");
	assert_true(theirs > 0);
	kh_auto_free char *cookie = world_login(w, "nha-admin"), *own = world_login(w, "kia-admin"), *path = kh_format("/api/v1/report?incident=%lld&format=text", (long long)theirs);
	auto_reply struct reply r = {0}, mine = {0}, all = {0};
	world_ask(w, &(struct ask){.path = path, .cookie = cookie}, &r);
	assert_int_equal(r.status, 404);
	world_ask(w, &(struct ask){.path = path, .cookie = own}, &mine);
	assert_int_equal(mine.status, 200);
	assert_non_null(strstr(kh_buf_text(&mine.body), MARK));
	world_ask(w, &(struct ask){.path = "/api/v1/report?directive=thai-hoa-2025&format=text", .cookie = cookie}, &all);
	assert_int_equal(all.status, 200);
	assert_null(strstr(kh_buf_text(&all.body), MARK));
}

KH_TESTS_WITH(world_setup, world_teardown, test_files, test_inspection, test_wrong_questions, test_strangers)
