#include "server/server.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/settings.h"
#include "base/str.h"
#include "base/time.h"
#include "os/file.h"
#include "server/audit/audit.h"
#include "server/files.h"
#include "server/test_server.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- making ---- */

static void everything_is_made_once(void **state)
{
	(void)state;
	kh_auto_free char *data = kh_test_new_dir(), *first = kh_data_path(data, KH_FILE_FIRST_PASSWORD);
	KH_CLEANUP(kh_server_made_done) struct kh_server_made made = {0}, again = {0};
	kh_auto_server struct kh_server *server = NULL, *second = NULL;
	assert_int_equal(kh_test_open(data, &server), KH_E_NOT_FOUND);
	assert_non_null(strstr(kh_fail_detail(), "khien-server init"));
	assert_int_equal(kh_test_create(data, &made, &server), 0);
	assert_true(made.database && made.authority && made.certificate && made.order_key && made.unit && made.admin);
	assert_string_equal(made.unit_code, "phuong-hoa-mai");
	assert_string_equal(made.admin_name, "admin");
	kh_auto_buf struct kh_buf written = KH_BUF_INIT;
	assert_int_equal(kh_file_read(first, 100, &written), 0);
	assert_string_equal(kh_trim(written.data), made.first_password);
	assert_int_equal(kh_test_server_number(server, "SELECT must_change FROM app_user"), 1);
	assert_int_equal(kh_test_create(data, &again, &second), 0);
	assert_false(again.database || again.authority || again.certificate || again.order_key || again.unit || again.admin);
	assert_null(again.first_password);
	assert_string_equal(again.unit_code, "phuong-hoa-mai");
	assert_string_equal(server->ca_pin, second->ca_pin);
	static const char *const files[] = {"ca.key", "server.key", "order.key", "khien.db", "first-password", "audit.heads"};
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_free char *path = kh_data_path(data, files[i]);
		struct stat st = {0};
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 077, 0);
	}
}

static void authority_is_not_replaced(void **state)
{
	(void)state;
	static const char *const files[] = {KH_FILE_CA, KH_FILE_ORDER_KEY};
	for (size_t i = 0; i < KH_COUNT(files); i++) {
		kh_auto_free char *data = kh_test_new_dir(), *path = kh_data_path(data, files[i]);
		kh_server_free(kh_test_created(data));
		unlink(path);
		KH_CLEANUP(kh_server_made_done) struct kh_server_made made = {0};
		kh_auto_server struct kh_server *server = NULL;
		assert_int_equal(kh_test_create(data, &made, &server), KH_E_NOT_FOUND);
		assert_non_null(strstr(kh_fail_detail(), "backup"));
		assert_int_equal(kh_test_open(data, &server), KH_E_NOT_FOUND);
	}
}

static void certificate_follows_the_names(void **state)
{
	(void)state;
	kh_auto_free char *data = kh_test_new_dir();
	kh_auto_server struct kh_server *server = kh_test_created(data);
	kh_auto_server_settings struct kh_server_settings s = kh_test_settings(data);
	kh_auto_free char *old_key = NULL, *new_key = NULL;
	bool made = true;
	int64_t now_s = kh_now_s();
	assert_int_equal(kh_data_renew_certificate(&s, server->ca, now_s, &made), 0);
	assert_false(made);
	assert_int_equal(kh_data_read(data, KH_FILE_KEY, &old_key), 0);
	assert_int_equal(kh_settings_set(&s, KH_SERVER_SETTINGS, "names", "khien.example.vn"), 0);
	assert_int_equal(kh_data_renew_certificate(&s, server->ca, now_s, &made), 0);
	assert_true(made);
	assert_int_equal(kh_data_read(data, KH_FILE_KEY, &new_key), 0);
	assert_string_equal(old_key, new_key);
	assert_int_equal(kh_data_renew_certificate(&s, server->ca, now_s + KH_SERVER_LIFETIME_S / 2, &made), 0);
	assert_false(made);
	assert_int_equal(kh_data_renew_certificate(&s, server->ca, now_s + KH_SERVER_LIFETIME_S * 3 / 4, &made), 0);
	assert_true(made);
}

static int new_password(struct kh_db *db, void *hash)
{
	return kh_user_set_password(db, 1, &(struct kh_password){.hash = hash}, NULL, "admin");
}

static void first_password_goes_when_it_is_changed(void **state)
{
	(void)state;
	kh_auto_free char *data = kh_test_new_dir();
	kh_auto_server struct kh_server *server = kh_test_created(data);
	assert_true(kh_data_has(data, KH_FILE_FIRST_PASSWORD));
	assert_int_equal(kh_test_server_sql(server, "UPDATE app_user SET login_s = 1"), 0);
	assert_true(kh_data_has(data, KH_FILE_FIRST_PASSWORD));
	char hash[] = "none";
	assert_int_equal(kh_store_write(server->store, new_password, hash), 0);
	assert_false(kh_data_has(data, KH_FILE_FIRST_PASSWORD));
}

static void audit_heads_are_noted(void **state)
{
	(void)state;
	kh_auto_free char *data = kh_test_new_dir(), *heads = kh_data_path(data, KH_FILE_HEADS);
	kh_auto_server struct kh_server *server = kh_test_created(data);
	struct kh_db *db = NULL;
	struct kh_audit_verdict v = {0};
	assert_int_equal(kh_store_reader(server->store, &db), 0);
	assert_int_equal(kh_audit_verify(db, heads, &v), 0);
	assert_true(v.intact && v.rows == 2);
	assert_int_equal(kh_test_server_sql(server, "DELETE FROM audit WHERE id = 2; DELETE FROM meta WHERE key = 'audit_head'"), 0);
	assert_int_equal(kh_audit_verify(db, heads, &v), 0);
	assert_false(v.intact);
}

static void other_schema_is_refused(void **state)
{
	(void)state;
	kh_auto_free char *data = kh_test_new_dir();
	kh_auto_server struct kh_server *server = kh_test_created(data), *again = NULL;
	assert_int_equal(kh_test_server_sql(server, "UPDATE meta SET value = '99' WHERE key = 'schema_version'"), 0);
	kh_server_free(kh_take(server));
	assert_int_equal(kh_test_open(data, &again), KH_E_SCHEMA_OLD);
	assert_non_null(strstr(kh_fail_detail(), "99"));
}

static int create_first(const char *data, const struct kh_server_first *first)
{
	kh_auto_server_settings struct kh_server_settings s = kh_test_settings(data);
	KH_CLEANUP(kh_server_made_done) struct kh_server_made made = {0};
	kh_auto_server struct kh_server *server = NULL;
	return kh_server_create(&s, first, &made, &server);
}

static void the_first_unit_is_checked_before_anything_is_made(void **state)
{
	(void)state;
	static const struct kh_server_first wrong[] = {
		{.unit_kind = "castle"}, {.unit_code = "Phường"}, {.unit_name = "hai\ndòng"}, {.unit_name = "…"}, {.admin_name = "1"},
	};
	kh_auto_free char *data = kh_test_new_dir();
	for (size_t i = 0; i < KH_COUNT(wrong); i++) {
		assert_int_equal(create_first(data, &wrong[i]), KH_E_INVALID_FIELD);
		assert_false(kh_file_exists(data));
	}
}

/* Its code is made of its name and stays, so none is made up; run again, what is there has its name. */
static void the_first_unit_needs_a_name_once(void **state)
{
	(void)state;
	kh_auto_free char *data = kh_test_new_dir();
	assert_int_equal(create_first(data, &(struct kh_server_first){0}), KH_E_USAGE);
	assert_non_null(strstr(kh_fail_detail(), "--unit-name"));
	assert_false(kh_file_exists(data));
	assert_int_equal(create_first(data, &(struct kh_server_first){.unit_name = "Phường Hoa Mai"}), 0);
	assert_int_equal(create_first(data, &(struct kh_server_first){0}), 0);
}

/* ---- settings ---- */

static void settings_are_checked(void **state)
{
	(void)state;
	static const struct {
		const char *text, *said; /* NULL: good */
	} cases[] = {
		{"", NULL},
		{"listen: \"[::1]:443\"\nnames: [khien.example.vn, \"2001:db8::7\"]\n", NULL},
		{"session:\n  idle: 15m\n", NULL},
		{"listen 8443\n", ":1:1"},
		{"data: /a\n  b: [\n", ".yaml:2:"},
		{"dta: /var/lib/x\n", ".yaml:1:6: unknown setting \"dta\""},
		{"session:\n  idle: soon\n", ".yaml:2:9: session.idle: expected a time from 1m to 1d, such as 90s, 15m, 12h, 7d"},
		{"login:\n  tries: 0\n", ".yaml:2:10: login.tries: expected a whole number from 1 to 100"},
		{"listen: 8443\n", ".yaml:1:9: listen: \"8443\": expected IP-ADDRESS:PORT"},
		{"listen: \"localhost:8443\"\n", ".yaml:1:9: listen: \"localhost:8443\""},
		{"listen: \"0.0.0.0:99999\"\n", "expected IP-ADDRESS:PORT"},
		{"names: [\"a b\"]\n", ".yaml:1:8: names: \"a b\""},
		{"log_level: loud\n", ".yaml:1:12: log_level: \"loud\": expected one of error, warning, info, debug"},
		{"login: {lock: 2h, lock_max: 1h}\n", ".yaml:1:29: login.lock_max: expected no less than login.lock"},
		{"data: var/data\n", ".yaml:1:7: data: \"var/data\": expected an absolute path"},
	};
	kh_auto_free char *path = kh_test_file("settings.yaml");
	for (size_t i = 0; i < KH_COUNT(cases); i++) {
		kh_auto_server_settings struct kh_server_settings s = {0};
		kh_test_put(path, cases[i].text);
		int r = kh_server_settings_load(path, &s);
		if (r == 0)
			r = kh_server_settings_check(&s);
		assert_int_equal(r, cases[i].said ? KH_E_INVALID_CONFIG : 0);
		if (cases[i].said && !strstr(kh_fail_detail(), cases[i].said))
			fail_msg("%s: \"%s\" lacks \"%s\"", cases[i].text, kh_fail_detail(), cases[i].said);
		if (r == 0)
			assert_non_null(s.names[0]);
	}
}

static void later_files_win(void **state)
{
	(void)state;
	kh_auto_free char *main_file = kh_test_file("layers.yaml"), *dir = kh_test_file("layers.conf.d"), *a = kh_format("%s/10.yaml", dir),
			  *b = kh_format("%s/20.yaml", dir), *other = kh_format("%s/30.txt", dir), *missing = kh_test_file("none.yaml");
	kh_auto_server_settings struct kh_server_settings s = {0}, none = {0};
	assert_int_equal(kh_dir_make(dir, 0700), 0);
	kh_test_put(main_file, "data: /one\nlog_level: debug\n");
	kh_test_put(a, "data: /two\n");
	kh_test_put(b, "data: /three\n");
	kh_test_put(other, "no yaml at all [\n");
	assert_int_equal(kh_server_settings_load(main_file, &s), 0);
	assert_string_equal(s.data, "/three");
	assert_string_equal(s.log_level, "debug");
	assert_int_equal(kh_server_settings_load(missing, &none), KH_E_NOT_FOUND);
}

/* ---- serving ---- */

/* A socket on a port of its own. */
static int take_port(int *ret_port)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof a;
	assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	*ret_port = ntohs(a.sin_port);
	return fd;
}

static bool answers(int port)
{
	kh_auto_fd int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
	return connect(fd, (struct sockaddr *)&a, sizeof a) == 0;
}

static struct kh_server *server_on_port(const char *data, int port)
{
	kh_server_free(kh_test_created(data));
	kh_auto_server_settings struct kh_server_settings s = kh_test_settings(data);
	kh_auto_free char *address = kh_format("127.0.0.1:%d", port), *packs = kh_format("%s/packs", getenv("KHIEN_SOURCE") ? getenv("KHIEN_SOURCE") : ".");
	assert_int_equal(kh_settings_set(&s, KH_SERVER_SETTINGS, "listen", address), 0);
	assert_int_equal(kh_settings_set(&s, KH_SERVER_SETTINGS, "packs", packs), 0);
	assert_int_equal(kh_settings_set(&s, KH_SERVER_SETTINGS, "log_level", "error"), 0);
	struct kh_server *server = NULL;
	assert_int_equal(kh_server_open(&s, &server), 0);
	return server;
}

static void serves_until_it_is_told_to_stop(void **state)
{
	(void)state;
	int port = 0, status = 0;
	close(take_port(&port));
	kh_auto_free char *data = kh_test_new_dir();
	/* Opened twice: a store does not go through fork(). */
	pid_t child = fork();
	if (child == 0) {
		struct kh_server *server = server_on_port(data, port);
		_exit(kh_server_serve(server) == 0 ? 0 : 1);
	}
	for (int i = 0; i < 1000 && !answers(port); i++)
		usleep(10000);
	assert_true(answers(port));
	kh_auto_server struct kh_server *second = NULL;
	assert_int_equal(kh_test_open(data, &second), 0);
	assert_int_equal(kh_server_serve(second), KH_E_IN_USE);
	assert_int_equal(kh_test_server_sql(second, "UPDATE unit SET name = 'while it serves'"), 0);
	assert_int_equal(kill(child, SIGTERM), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_false(answers(port));
}

static void port_in_use_is_told(void **state)
{
	(void)state;
	int port = 0;
	kh_auto_fd int fd = take_port(&port);
	assert_int_equal(listen(fd, 1), 0);
	kh_auto_free char *data = kh_test_new_dir(), *address = kh_format("127.0.0.1:%d", port);
	kh_auto_server struct kh_server *server = server_on_port(data, port);
	assert_int_equal(kh_server_serve(server), KH_E_PORT_IN_USE);
	assert_non_null(strstr(kh_fail_detail(), address));
}

KH_TESTS_WITH(kh_test_root_make, kh_test_root_remove, everything_is_made_once, authority_is_not_replaced, certificate_follows_the_names,
	      first_password_goes_when_it_is_changed, audit_heads_are_noted, other_schema_is_refused, the_first_unit_is_checked_before_anything_is_made, the_first_unit_needs_a_name_once, settings_are_checked, later_files_win,
	      serves_until_it_is_told_to_stop, port_in_use_is_told)
