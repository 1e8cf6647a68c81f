#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "isolation/isolation.h"
#include "os/file.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <sys/stat.h>
#include <unistd.h>

static struct kh_peers two_peers(void)
{
	struct kh_peers peers = {0};
	assert_true(kh_peers_add(&peers, "192.0.2.9", 8443));
	assert_true(kh_peers_add(&peers, "2001:db8::9", 3128));
	return peers;
}

static void addresses_have_one_form(void **state)
{
	static const struct {
		const char *address, *form; /* NULL: none of a machine */
		int64_t port;
	} cases[] = {
		{"192.0.2.1", "192.0.2.1", 1}, {"::ffff:192.0.2.1", "192.0.2.1", 65535}, {"2001:DB8:0:0::1", "2001:db8::1", 443}, {"127.0.0.1", "127.0.0.1", 8443},
		{"::1", "::1", 8443},          {"192.0.2.1", NULL, 0},                   {"192.0.2.1", NULL, 65536},             {"192.0.2.1", NULL, -1},
		{"0.0.0.0", NULL, 1},          {"::", NULL, 1},                          {"224.0.0.1", NULL, 1},                 {"255.255.255.255", NULL, 1},
		{"ff02::1", NULL, 1},          {"::ffff:0.0.0.0", NULL, 1},              {"server.example", NULL, 1},            {"192.0.2.1 accept", NULL, 1},
		{"", NULL, 1},                 {"fe80::1%eth0", NULL, 1},
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_peers peers = {0};
		bool added = kh_peers_add(&peers, cases[i].address, cases[i].port);
		if (added != (cases[i].form != NULL) || (added && !kh_streq(peers.v[0].address, cases[i].form)))
			fail_msg("%s port %lld: %s", cases[i].address, (long long)cases[i].port, added ? peers.v[0].address : "refused");
	}
}

static void no_more_addresses_than_there_is_room_for(void **state)
{
	(void)state;
	struct kh_peers peers = {0};
	for (int i = 1; i <= KH_MAX_PEERS; i++)
		assert_true(kh_peers_add(&peers, "192.0.2.1", i));
	assert_true(kh_peers_add(&peers, "192.0.2.1", 1)); /* it is there */
	assert_false(kh_peers_add(&peers, "192.0.2.2", 1));
	assert_int_equal(peers.n, KH_MAX_PEERS);
}

static void the_rules_name_the_server_and_nobody_else(void **state)
{
	(void)state;
	const struct kh_peers peers = two_peers();
	kh_auto_buf struct kh_buf rules = KH_BUF_INIT;
	kh_isolation_rules(&peers, &rules);
	const char *text = kh_buf_text(&rules);
	assert_non_null(strstr(text, "ip daddr 192.0.2.9 tcp dport 8443 accept\n"));
	assert_non_null(strstr(text, "ip6 daddr 2001:db8::9 tcp dport 3128 accept\n"));
	assert_non_null(strstr(text, "ip saddr 192.0.2.9 tcp sport 8443 tcp flags & (syn | ack) != syn accept\n"));
	assert_null(strstr(text, "dport 53"));
	size_t dropping = 0;
	for (const char *at = text; (at = strstr(at, "policy drop")) != NULL; at++)
		dropping++;
	assert_int_equal(dropping, 3); /* input, output, forward */
}

static void requests_and_answers_come_back(void **state)
{
	(void)state;
	struct kh_isolate_request in = {.peers = two_peers()}, out = {0};
	struct kh_isolate_answer answer = {.present = true, .changed = true}, back = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT, said = KH_BUF_INIT, wrong = KH_BUF_INIT;
	memset(in.sha256, 'a', 64);
	memset(answer.sha256, 'b', 64);
	kh_isolate_write_request(&in, &b);
	assert_int_equal(kh_isolate_read_request(b.data, b.len, &out), 0);
	assert_memory_equal(&out, &in, sizeof in);
	kh_isolate_write_answer(0, &answer, &said);
	assert_int_equal(kh_isolate_read_answer(said.data, said.len, &back), 0);
	assert_memory_equal(&back, &answer, sizeof back);
	kh_isolate_write_answer(kh_fail(KH_E_ISOLATION_UNAVAILABLE, "nftables: %.*s", 2, "no"), &answer, &wrong);
	assert_int_equal(kh_isolate_read_answer(wrong.data, wrong.len, &back), KH_E_ISOLATION_UNAVAILABLE);
	assert_string_equal(kh_fail_detail(), "nftables: no");
}

static void malformed_requests_are_none(void **state)
{
	static const char *const wrong[] = {
		"", "{}", "[]", "{\"peers\":[],\"sha256\":\"\"}", "{\"peers\":[{\"address\":\"192.0.2.1\",\"port\":0}],\"sha256\":\"\"}",
		"{\"peers\":[{\"address\":\"192.0.2.1 accept; }\",\"port\":1}],\"sha256\":\"\"}", "{\"peers\":[{\"address\":\"192.0.2.1\",\"port\":1}],\"sha256\":\"xyz\"}",
		"{\"peers\":[{\"address\":\"192.0.2.1\",\"port\":1}]}", "{\"peers\":[7],\"sha256\":\"\"}",
	};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		struct kh_isolate_request request = {0};
		if (kh_isolate_read_request(wrong[i], strlen(wrong[i]), &request) >= 0)
			fail_msg("taken: %s", wrong[i]);
	}
}

static void what_is_to_be_outlives_the_program(void **state)
{
	(void)state;
	char dir[] = "/tmp/khien-isolation-XXXXXX";
	struct kh_isolation in = {.order = 7, .since_s = 1000, .peers = two_peers()}, out = {0};
	struct kh_isolation_release release = {.order = 7, .by_order = 9, .at_s = 1100, .uid = 0, .login_uid = -1, .user = "root", .reason = "Máy chủ hỏng"}, back = {0};
	assert_non_null(mkdtemp(dir));
	assert_int_equal(kh_isolation_load(dir, &out), 0);
	assert_int_equal(out.order, 0);
	assert_int_equal(kh_isolation_release_load(dir, &back), 0);
	assert_int_equal(back.order, 0);
	assert_int_equal(kh_isolation_save(dir, &in), 0);
	assert_int_equal(kh_isolation_load(dir, &out), 0);
	assert_memory_equal(&out, &in, sizeof in);
	assert_int_equal(kh_isolation_release_save(dir, &release), 0);
	assert_int_equal(kh_isolation_release_load(dir, &back), 0);
	assert_memory_equal(&back, &release, sizeof release);
	assert_int_equal(kh_isolation_forget(dir), 0);
	assert_int_equal(kh_isolation_forget(dir), 0);
	assert_int_equal(kh_isolation_load(dir, &out), 0);
	assert_int_equal(out.order, 0);
	assert_int_equal(kh_test_remove(dir), 0);
}

static void own_addresses_are_known(void **state)
{
	static const struct {
		const char *address;
		bool here;
	} cases[] = {{"127.0.0.1", true}, {"127.8.8.8", true}, {"::1", true}, {"192.0.2.253", false}, {"2001:db8:ffff::9", false}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		struct kh_peers peers = {0};
		assert_true(kh_peers_add(&peers, cases[i].address, 8443));
		if (kh_isolation_is_here(&peers) != cases[i].here)
			fail_msg("%s", cases[i].address);
	}
	struct ifaddrs *list = NULL;
	assert_int_equal(getifaddrs(&list), 0);
	for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
		char text[INET_ADDRSTRLEN] = "";
		struct kh_peers peers = {0};
		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET)
			continue;
		inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a->ifa_addr)->sin_addr, text, sizeof text);
		if (kh_peers_add(&peers, text, 8443) && !kh_isolation_is_here(&peers))
			fail_msg("%s of %s", text, a->ifa_name);
	}
	freeifaddrs(list);
}

static void a_file_that_cannot_be_used_is_an_error(void **state)
{
	(void)state;
	char dir[] = "/tmp/khien-isolation-XXXXXX";
	struct kh_isolation out = {0};
	assert_non_null(mkdtemp(dir));
	kh_auto_free char *path = kh_format("%s/isolation.json", dir);
	assert_int_equal(kh_file_replace(path, "{\"order\":7", 10, 0600), 0);
	assert_int_equal(kh_isolation_load(dir, &out), KH_E_SYNTAX);
	assert_int_equal(kh_file_replace(path, "{\"order\":7,\"since_s\":1,\"peers\":[]}", 34, 0600), 0);
	assert_int_equal(kh_isolation_load(dir, &out), KH_E_INVALID_FIELD);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0); /* it is there and cannot be read: not "no isolation" */
	assert_true(kh_isolation_load(dir, &out) < 0);
	assert_int_equal(out.order, 0);
	assert_int_equal(kh_test_remove(dir), 0);
}

static void an_event_says_who_and_why(void **state)
{
	(void)state;
	const struct kh_isolation isolation = {.order = 7, .since_s = 1000, .peers = two_peers()};
	const struct kh_isolation_release release = {.order = 7, .at_s = 1100, .login_uid = 1000, .user = "can-bo", .reason = "Máy chủ \"hỏng\"\n"};
	kh_auto_buf struct kh_buf fields = KH_BUF_INIT;
	kh_isolation_event(&fields, "released", &isolation, &release);
	kh_auto_free char *text = kh_format("{%s}", kh_buf_text(&fields));
	kh_auto_json json_t *j = NULL;
	assert_int_equal(kh_json_parse(text, strlen(text), &j), 0);
	const json_t *said = json_object_get(json_object_get(j, "khien"), "isolation");
	assert_string_equal(json_string_value(json_object_get(json_object_get(j, "event"), "action")), "released");
	assert_string_equal(json_string_value(json_object_get(said, "reason")), "Máy chủ \"hỏng\"\n");
	assert_string_equal(json_string_value(json_object_get(said, "user")), "can-bo");
	assert_int_equal(json_array_size(json_object_get(said, "peers")), 2);
	assert_null(strchr(text, '\n'));
}

KH_TESTS(addresses_have_one_form, no_more_addresses_than_there_is_room_for, the_rules_name_the_server_and_nobody_else, requests_and_answers_come_back, malformed_requests_are_none,
	 what_is_to_be_outlives_the_program, own_addresses_are_known, a_file_that_cannot_be_used_is_an_error, an_event_says_who_and_why)
