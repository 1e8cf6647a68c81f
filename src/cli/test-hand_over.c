#include "base/alloc.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/json.h"
#include "base/test.h"
#include "cli/hand_over.h"
#include "ipc/ipc.h"
#include "ipc/local.h"
#include "spool/spool.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char run[] = "/tmp/khien-test-XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(run))
		return -1;
	snprintf(path, sizeof path, "%s/%s", run, KH_EVENTS_SOCKET);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(run);
}

static int listen_here(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, path, sizeof path);
	unlink(path);
	int fd = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 1), 0);
	return fd;
}

/* An agent that answers every record; exits with 0 when it got `expected` good ones in order. */
static pid_t agent(int listener, uint64_t expected, bool answers)
{
	pid_t pid = fork();
	if (pid)
		return pid;
	int fd = accept(listener, NULL, NULL);
	const struct kh_ipc_accept accept_any = {.timeout_ms = 10000, .max_len = KH_IPC_MAX_INLINE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	uint64_t got = 0, producer = 0, n = 0;
	while (kh_ipc_recv(fd, &accept_any, &m) == 0) {
		struct kh_cursor c = kh_cursor_of(m.payload, m.len);
		uint32_t class_ = 0;
		kh_auto_json json_t *record = NULL;
		if (!kh_cursor_u64le(&c, &producer) || !kh_cursor_u64le(&c, &n) || !kh_cursor_u32le(&c, &class_) || n != got + 1 || !producer ||
		    class_ != KH_SPOOL_DETECTION || kh_json_parse((const char *)c.at, kh_cursor_left(&c), &record) < 0)
			_exit(2);
		const char *kind = json_string_value(json_object_get(record, "kind")), *where = json_string_value(json_object_get(record, "path"));
		if (!kind || strcmp(kind, "detection") != 0 || !where || *where != '/')
			_exit(3);
		got++;
		kh_auto_buf struct kh_buf answer = KH_BUF_INIT;
		kh_buf_add_u64le(&answer, got);
		if (!answers)
			_exit(0);
		kh_ignore(kh_ipc_send(fd, KH_EVENTS_DURABLE, answer.data, answer.len, -1));
	}
	_exit(got == expected ? 0 : 4);
}

static const struct kh_detection found[] = {{(char *)"yara", (char *)"A", NULL, false}, {(char *)"yara", (char *)"B", (char *)"m", true}};
static const struct kh_scan_result infected = {.path = "relative/file", .verdict = KH_VERDICT_INFECTED, .detections = found, .detection_count = 2};
static const struct kh_scan_result clean = {.path = "/clean", .verdict = KH_VERDICT_CLEAN};

static void hands_everything_over(void **state)
{
	(void)state;
	int listener = listen_here();
	pid_t pid = agent(listener, 2000, true);
	struct kh_hand_over h;
	kh_hand_over_init(&h, run);
	for (int i = 0; i < 1000; i++) {
		kh_hand_over_result(&h, &infected);
		kh_hand_over_result(&h, &clean);
	}
	assert_int_equal(kh_hand_over_finish(&h), 0);
	assert_int_equal(h.durable, 2000);
	int status = 0;
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	close(listener);
}

static void no_agent_is_no_error(void **state)
{
	(void)state;
	unlink(path);
	struct kh_hand_over h;
	kh_hand_over_init(&h, run);
	kh_hand_over_result(&h, &infected);
	kh_hand_over_result(&h, &infected);
	assert_int_equal(kh_hand_over_finish(&h), 0);
	assert_int_equal(h.sent, 0);
	close(listen_here()); /* the socket of an agent that has ended */
	kh_hand_over_init(&h, run);
	kh_hand_over_result(&h, &infected);
	assert_int_equal(kh_hand_over_finish(&h), 0);
}

static void says_when_the_agent_ended_before_it_had_all(void **state)
{
	(void)state;
	int listener = listen_here();
	pid_t pid = agent(listener, 0, false);
	struct kh_hand_over h;
	kh_hand_over_init(&h, run);
	kh_hand_over_result(&h, &infected);
	assert_int_equal(kh_hand_over_finish(&h), KH_E_WORKER_FAILED);
	waitpid(pid, NULL, 0);
	close(listener);
}

KH_TESTS_WITH(setup, teardown, hands_everything_over, no_agent_is_no_error, says_when_the_agent_ended_before_it_had_all)
