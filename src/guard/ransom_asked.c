#include "guard/ransom_asked.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "guard/ransom_part.h"
#include "os/file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4
#define MAX_QUESTION 64

struct asker {
	int fd; /* -1: nobody */
	int64_t until_ms;
};

struct kh_ransom_asked {
	int listener;
	char *path;
	struct asker askers[KH_RANSOM_ASKED_MOST];
};

#define each_asker(a, one) for (struct asker *one = (a)->askers; one < (a)->askers + KH_RANSOM_ASKED_MOST; one++)

static int listen_at(struct kh_ransom_asked *a)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	a->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (strlen(a->path) >= sizeof address.sun_path)
		return kh_fail(KH_E_INVALID_CONFIG, "run: %s is too long for a socket", a->path);
	memcpy(address.sun_path, a->path, strlen(a->path));
	unlink(a->path);
	mode_t before = umask(0177);
	int r = a->listener < 0 || bind(a->listener, (const struct sockaddr *)&address, sizeof address) < 0 || listen(a->listener, BACKLOG) < 0 ? kh_fail_errno("%s", a->path) : 0;
	umask(before);
	return r;
}

int kh_ransom_asked_new(const char *path, struct kh_ransom_asked **ret)
{
	struct kh_ransom_asked *a = kh_alloc(sizeof *a);
	*a = (struct kh_ransom_asked){.listener = -1, .path = kh_strdup(path)};
	each_asker(a, one)
		one->fd = -1;
	int r = listen_at(a);
	if (r == 0)
		*ret = a;
	else
		kh_ransom_asked_free(a);
	return r;
}

static void forget(struct asker *one)
{
	kh_fd_close(&one->fd);
	*one = (struct asker){.fd = -1};
}

void kh_ransom_asked_free(struct kh_ransom_asked *a)
{
	if (!a)
		return;
	each_asker(a, one)
		forget(one);
	kh_fd_close(&a->listener);
	unlink(a->path);
	free(a->path);
	free(a);
}

void kh_ransom_asked_fds(const struct kh_ransom_asked *a, struct pollfd ret[KH_RANSOM_ASKED_FDS])
{
	ret[0] = (struct pollfd){.fd = a->listener, .events = POLLIN};
	for (size_t i = 0; i < KH_RANSOM_ASKED_MOST; i++)
		ret[1 + i] = (struct pollfd){.fd = a->askers[i].fd, .events = POLLIN};
}

int64_t kh_ransom_asked_due(const struct kh_ransom_asked *a)
{
	int64_t due = INT64_MAX;
	for (size_t i = 0; i < KH_RANSOM_ASKED_MOST; i++)
		if (a->askers[i].fd >= 0)
			due = KH_MIN(due, a->askers[i].until_ms);
	return due;
}

/* A free place, or that of the one that is silent longest. */
static void take_in(struct kh_ransom_asked *a, int64_t now_ms)
{
	struct asker *place = a->askers;
	int fd = accept4(a->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	each_asker(a, one)
		if (place->fd >= 0 && (one->fd < 0 || one->until_ms < place->until_ms))
			place = one;
	forget(place);
	*place = (struct asker){fd, now_ms + KH_RANSOM_ASKED_MS};
}

static void answer_one(struct asker *one, kh_ransom_answer answer, void *context)
{
	const struct kh_ipc_accept accept = {.timeout_ms = 0, .max_len = MAX_QUESTION};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_recv(one->fd, &accept, &m);
	kh_auto_free char *text = r == 0 ? answer(context, &m) : NULL;
	if (text)
		kh_ignore(kh_ipc_send_large(one->fd, KH_RANSOM_ANSWER, text, strlen(text)));
	forget(one);
}

void kh_ransom_asked_serve(struct kh_ransom_asked *a, const struct pollfd fds[KH_RANSOM_ASKED_FDS], int64_t now_ms, kh_ransom_answer answer, void *context)
{
	for (size_t i = 0; i < KH_RANSOM_ASKED_MOST; i++) {
		struct asker *one = &a->askers[i];
		if (one->fd >= 0 && one->fd == fds[1 + i].fd && fds[1 + i].revents)
			answer_one(one, answer, context);
		else if (one->fd >= 0 && one->until_ms <= now_ms)
			forget(one);
	}
	if (fds[0].revents)
		take_in(a, now_ms);
}
