#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "base/test.h"
#include "base/test_dir.h"
#include "guard/ransom_asked.h"
#include "guard/ransom_part.h"
#include "os/local.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/khien-asked-XXXXXX";
static size_t asked;

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return kh_test_remove(dir);
}

static struct kh_ransom_asked *open_asked(void)
{
	struct kh_ransom_asked *a = NULL;
	kh_auto_free char *path = kh_format("%s/" KH_RANSOM_SOCKET, dir);
	struct stat st;
	assert_int_equal(kh_ransom_asked_new(path, &a), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	asked = 0;
	return a;
}

static int connect_to(void)
{
	int fd = -1;
	assert_int_equal(kh_local_connect(dir, KH_RANSOM_SOCKET, &fd), 0);
	return fd;
}

static char *answer(void *context, const struct kh_ipc_message *m)
{
	asked++;
	return m->type == KH_RANSOM_ASK ? kh_strdup(context) : NULL;
}

/* As the watch does: poll without waiting, serve what there is, until nothing is left to do. It never waits, or this would hang. */
static void serve(struct kh_ransom_asked *a, int64_t now_ms, const char *text)
{
	for (int n = 1; n > 0;) {
		struct pollfd fds[KH_RANSOM_ASKED_FDS];
		kh_ransom_asked_fds(a, fds);
		n = poll(fds, KH_RANSOM_ASKED_FDS, 0);
		kh_ransom_asked_serve(a, fds, now_ms, answer, (void *)(uintptr_t)text);
	}
}

static void expect_answer(int fd, size_t n)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = KH_IPC_MAX_SEALED};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	assert_int_equal(kh_ipc_recv(fd, &accept, &m), 0);
	assert_int_equal(m.type, KH_RANSOM_ANSWER);
	assert_int_equal(m.len, n);
}

/* KH_E_WORKER_FAILED: it was closed; KH_E_TIMEOUT: nothing was said. */
static void expect_nothing(int fd, int how)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = 64};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	assert_int_equal(kh_ipc_recv(fd, &accept, &m), how);
}

static void answers_and_closes(void **state)
{
	(void)state;
	struct kh_ransom_asked *a = open_asked();
	kh_auto_free char *large = kh_alloc(KH_MIB + 1);
	memset(large, 'x', KH_MIB);
	for (int i = 0; i < 2; i++) {
		int fd = connect_to();
		serve(a, 0, "{}");
		assert_int_equal(kh_ipc_send(fd, KH_RANSOM_ASK, NULL, 0, -1), 0);
		serve(a, 0, i ? large : "{}");
		expect_answer(fd, i ? KH_MIB : 2);
		expect_nothing(fd, KH_E_WORKER_FAILED);
		close(fd);
	}
	assert_int_equal(kh_ransom_asked_due(a), INT64_MAX);
	int fd = connect_to();
	assert_int_equal(kh_ipc_send(fd, 99, NULL, 0, -1), 0);
	serve(a, 0, "{}");
	expect_nothing(fd, KH_E_WORKER_FAILED);
	assert_int_equal(asked, 3);
	close(fd);
	kh_ransom_asked_free(a);
}

/* One that says nothing, and one that reads nothing, hold up nobody, and are forgotten. */
static void waits_for_nobody(void **state)
{
	(void)state;
	struct kh_ransom_asked *a = open_asked();
	int silent[KH_RANSOM_ASKED_MOST], deaf = connect_to(), honest = -1;
	assert_int_equal(kh_ipc_send(deaf, KH_RANSOM_ASK, NULL, 0, -1), 0);
	for (size_t i = 0; i < KH_COUNT(silent); i++) {
		silent[i] = connect_to();
		serve(a, (int64_t)i, "{}");
	}
	assert_int_equal(asked, 1);
	assert_int_equal(kh_ransom_asked_due(a), KH_RANSOM_ASKED_MS);
	honest = connect_to(); /* in the place of the one that is silent longest */
	assert_int_equal(kh_ipc_send(honest, KH_RANSOM_ASK, NULL, 0, -1), 0);
	serve(a, 100, "{}");
	expect_answer(honest, 2);
	expect_nothing(silent[0], KH_E_WORKER_FAILED);
	expect_nothing(silent[1], KH_E_TIMEOUT);
	serve(a, KH_RANSOM_ASKED_MS + 1, "{}");
	expect_nothing(silent[1], KH_E_WORKER_FAILED);
	expect_nothing(silent[2], KH_E_TIMEOUT);
	for (size_t i = 0; i < KH_COUNT(silent); i++)
		close(silent[i]);
	close(deaf), close(honest);
	kh_ransom_asked_free(a);
}

KH_TESTS_WITH(make_dir, remove_dir, answers_and_closes, waits_for_nobody)
