/* The child that searches (khien-agent role search), with the real worker: what it answers, what it keeps, and what leaves it. */
#include "agent/search_job.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "base/time.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "search/cases.h"
#include "search/unread.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "kingfisher"
#define LETTER "TUYỆT MẬT\nỦY BAN NHÂN DÂN\nTỈNH X\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 12/BC-UBND\nBÁO CÁO\nosprey\n"

int __wrap_kh_worker_path(const char *name, char **ret_path);
int __wrap_kh_worker_path(const char *name, char **ret_path)
{
	assert_string_equal(name, "khien-document-worker");
	*ret_path = kh_strdup(TEST_WORKER);
	return 0;
}

static char dir[] = "/tmp/khien-job-XXXXXX";
static char *folder, *docs;

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	folder = kh_format("%s/secret", dir);
	docs = kh_format("%s/docs", dir);
	return kh_dir_make(docs, 0755);
}

static int tear_down(void **state)
{
	(void)state;
	free(folder);
	free(docs);
	return kh_test_remove(dir);
}

static void write_file(const char *name, const void *bytes, size_t n)
{
	kh_auto_free char *path = kh_format("%s/%s", docs, name);
	assert_int_equal(kh_file_replace(path, bytes, n, 0644), 0);
}

struct told {
	int sock;
	pid_t pid;
	size_t events;
	struct kh_search_job_end end;
	bool ended;
	int status;
};

static void start(struct told *t, uint16_t type, const char *job)
{
	int socks[2] = {-1, -1};
	assert_int_equal(kh_ipc_pair(socks), 0);
	t->pid = fork();
	assert_true(t->pid >= 0);
	if (t->pid == 0) {
		close(socks[0]);
		exit(kh_search_job_main(socks[1])); /* with the leak check, where there is one */
	}
	close(socks[1]);
	t->sock = socks[0];
	assert_int_equal(kh_ipc_send_large(t->sock, type, job, strlen(job)), 0);
}

static void listen_to_the_end(struct told *t)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 60000, .max_len = 1 << 16};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	while (kh_ipc_recv(t->sock, &accept, &m) == 0) {
		t->events += m.type == KH_SEARCH_JOB_EVENT;
		if (memmem(m.payload, m.len, NAME, strlen(NAME)) || memmem(m.payload, m.len, "osprey", 6))
			fail_msg("message %d has a name or a text: %.*s", m.type, (int)m.len, (const char *)m.payload);
		if (m.type == KH_SEARCH_JOB_END) {
			assert_int_equal(m.len, sizeof t->end);
			memcpy(&t->end, m.payload, sizeof t->end);
			t->ended = true;
		}
	}
	close(t->sock);
	assert_int_equal(waitpid(t->pid, &t->status, 0), t->pid);
	assert_true(WIFEXITED(t->status));
	t->status = WEXITSTATUS(t->status);
}

static char *job_of(const char *pattern)
{
	const char *const patterns[] = {pattern, NULL};
	const struct kh_search_job job = {.folder = folder, .patterns = patterns, .passed_over = "/nowhere", .ocr = "never", .on_battery = "run", .cpu_percent = 100, .workers = 1, .clock_offset_ms = 3600000};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_search_job_encode(&job, &b);
	return kh_strdup(kh_buf_text(&b));
}

static struct told search(void)
{
	struct told t = {0};
	kh_auto_free char *job = job_of(docs);
	start(&t, KH_SEARCH_JOB_START, job);
	listen_to_the_end(&t);
	return t;
}

static void finds_follows_and_lists_what_it_cannot_read(void **state)
{
	static const char locked[] = "PK\3\4\24\0\1\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0axPK\1\2\24\0\24\0\1\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0aPK\5\6\0\0\0\0\1\0\1\0/\0\0\0 \0\0\0\0";
	(void)state;
	write_file(NAME ".txt", LETTER, sizeof LETTER - 1);
	write_file("plain.txt", "Một dòng.\n", sizeof "Một dòng.\n" - 1);
	write_file("locked.zip", locked, sizeof locked);
	struct told t = search();
	assert_int_equal(t.status, 0);
	assert_true(t.ended && t.end.complete);
	assert_int_equal(t.events, 1);
	assert_int_equal(t.end.files, 3);
	assert_int_equal(t.end.found, 1);
	assert_int_equal(t.end.unread, 1);
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	kh_auto_unread struct kh_unread_list unread = {0};
	assert_int_equal(kh_cases_read(folder, &c), 0);
	assert_int_equal(c.n, 1);
	assert_true(kh_ends_with(c.v[0].path, "/" NAME ".txt"));
	assert_null(c.last.lack);
	assert_int_equal(kh_unread_read(folder, &unread), 0);
	assert_int_equal(unread.n, 1);
	assert_true(kh_ends_with(unread.v[0].path, "/locked.zip"));
	assert_int_equal(c.last.unread_since_s, unread.v[0].since_s);
	assert_true(c.last.ended_s > kh_now_s() + 3000); /* in the server's time */
}

static void tells_once_what_stays_and_what_went(void **state)
{
	(void)state;
	kh_auto_free char *path = kh_format("%s/" NAME ".txt", docs);
	struct told again = search();
	assert_int_equal(again.events, 0);
	assert_int_equal(again.end.found, 1);
	assert_int_equal(unlink(path), 0);
	struct told gone = search();
	assert_int_equal(gone.events, 1);
	assert_int_equal(gone.end.found, 0);
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	assert_int_equal(kh_cases_read(folder, &c), 0);
	assert_int_equal(c.v[0].state, KH_CASE_GONE);
}

static void places_that_are_not_there_are_no_lack(void **state)
{
	(void)state;
	struct told t = {0};
	kh_auto_free char *job = job_of("/nowhere/*");
	start(&t, KH_SEARCH_JOB_START, job);
	listen_to_the_end(&t);
	assert_int_equal(t.status, 0);
	assert_true(t.ended && t.end.complete);
	assert_int_equal(t.end.files, 0);
}

static void stops_when_it_is_asked_to(void **state)
{
	(void)state;
	struct told t = {0};
	for (int i = 0; i < 3000; i++) {
		char name[32], content[64];
		snprintf(name, sizeof name, "%d.txt", i);
		write_file(name, content, (size_t)snprintf(content, sizeof content, "Tài liệu số %d về công tác thường kỳ.\n", i));
	}
	kh_auto_free char *job = job_of(docs);
	start(&t, KH_SEARCH_JOB_START, job);
	const struct kh_ipc_accept accept = {.timeout_ms = 60000, .max_len = 1 << 16};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	assert_int_equal(kh_ipc_recv(t.sock, &accept, &m), 0); /* it is at work */
	assert_int_equal(m.type, KH_SEARCH_JOB_PROGRESS);
	assert_int_equal(kill(t.pid, SIGTERM), 0);
	listen_to_the_end(&t);
	assert_int_equal(t.status, 0);
	kh_auto_cases struct kh_cases c = KH_CASES_NONE;
	assert_int_equal(kh_cases_read(folder, &c), 0);
	assert_true(t.ended && !t.end.complete);
	assert_string_equal(c.last.lack, "interrupted");
}

static void a_job_that_is_none_is_refused(void **state)
{
	static const struct {
		uint16_t type;
		const char *job;
	} rows[] = {{KH_SEARCH_JOB_START, "{}"}, {KH_SEARCH_JOB_START, "not json"}, {KH_SEARCH_JOB_END, "{}"}};
	(void)state;
	for (size_t i = 0; i < KH_COUNT(rows); i++) {
		struct told t = {0};
		start(&t, rows[i].type, rows[i].job);
		listen_to_the_end(&t);
		assert_int_not_equal(t.status, 0);
		assert_false(t.ended);
	}
}

KH_TESTS_WITH(set_up, tear_down, finds_follows_and_lists_what_it_cannot_read, tells_once_what_stays_and_what_went, places_that_are_not_there_are_no_lack, stops_when_it_is_asked_to, a_job_that_is_none_is_refused)
