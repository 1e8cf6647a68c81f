/* khien-document-worker: reads documents and looks for marks of state secrets. It gets rules and then one open file after the other from the process that started it (search/protocol.h), and has
 * no other rights: not to open, to write, to start or to reach anything. It is not for people to start. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "sandbox/given.h"
#include "sandbox/nursery.h"
#include "sandbox/sandbox.h"
#include "sandbox/serve.h"
#include "search/look.h"
#include "search/protocol.h"

#include <locale.h>
#include <string.h>
#include <unistd.h>

struct searcher {
	struct kh_search_setup setup;
	struct kh_secrecy_rules *rules;
	struct kh_sha256 digest; /* of the rules */
	struct kh_given letters; /* Tesseract's, mapped until the process ends */
	struct kh_given given;   /* the file */
	struct kh_look look;
};

/* ---- getting ready ---- */

static int enter_sandbox(const struct kh_search_setup *setup)
{
	static const int keep[] = {KH_WORKER_SOCK};
	const struct kh_sandbox_policy policy = {
		.profile = KH_SANDBOX_NURSERY,
		.keep_fds = keep,
		.keep_fds_count = KH_COUNT(keep),
		.change_user = true,
		.uid = KH_SANDBOX_NOBODY,
		.gid = KH_SANDBOX_NOBODY,
		.limits = {.address_space = KH_SEARCH_MEMORY + 2 * setup->max_size + 2 * setup->limits.held_bytes, .open_files = 16},
	};
	return kh_sandbox_enter(&policy);
}

static int add_rules(struct searcher *s, const struct kh_ipc_message *m)
{
	static const struct kh_given_limits limits = {KH_SEARCH_MAX_RULES, KH_SEARCH_MAX_RULES};
	int error = 0;
	kh_auto_free char *path = kh_strndup((const char *)m->payload, m->len);
	if (kh_given_take(&s->given, m->fd, &limits, &error) != KH_GIVEN_TAKEN)
		return kh_fail(KH_E_TOO_LARGE, "%s: more than %d KiB of rules, or not to be read", path, (int)(KH_SEARCH_MAX_RULES / KH_KIB));
	kh_sha256_add(&s->digest, s->given.bytes, s->given.n);
	int r = kh_secrecy_rules_add(s->rules, path, (const char *)s->given.bytes, s->given.n);
	kh_given_back(&s->given);
	return r;
}

static int take_letters(struct searcher *s, int fd)
{
	int error = 0;
	if (kh_given_take(&s->letters, fd, &(struct kh_given_limits){KH_SEARCH_MAX_LETTERS, 0}, &error) != KH_GIVEN_TAKEN)
		return kh_fail(KH_E_TOO_LARGE, "the trained data of Tesseract");
	s->look.options.letters = s->letters.bytes;
	s->look.options.letters_size = s->letters.n;
	return 0;
}

static int send_ready(struct searcher *s)
{
	const struct kh_sandbox_status sandbox = kh_sandbox_status();
	struct kh_search_ready ready = {sandbox.landlock_abi, sandbox.user_changed, {0}};
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_sha256_final(&s->digest, ready.rules);
	kh_search_encode_ready(&ready, &b);
	return kh_ipc_send(KH_WORKER_SOCK, KH_SEARCH_READY, b.data, b.len, -1);
}

static int set_up(struct searcher *s, const struct kh_ipc_message *m)
{
	int r = kh_search_decode_setup(m->payload, m->len, &s->setup);
	r = r < 0 ? r : kh_secrecy_rules_finish(s->rules);
	r = r < 0 ? r : enter_sandbox(&s->setup);
	if (r < 0)
		return r;
	s->look.options.limits = &s->setup.limits;
	s->look.options.ocr = s->setup.ocr;
	s->look.secrecy = kh_secrecy_new(s->rules, s->setup.show);
	r = send_ready(s);
	return r < 0 ? r : 1;
}

/* The rules are our own, and are read before the sandbox is entered. */
static int get_ready(void *context, struct kh_ipc_message *m)
{
	struct searcher *s = context;
	if (m->type == KH_SEARCH_RULES && m->fd >= 0)
		return add_rules(s, m);
	if (m->type == KH_SEARCH_LETTERS && m->fd >= 0)
		return take_letters(s, m->fd);
	return m->type == KH_SEARCH_SETUP ? set_up(s, m) : kh_fail(KH_E_SYNTAX, "message %d instead of rules", m->type);
}

static int refuse(int error)
{
	kh_ignore(kh_ipc_send(KH_WORKER_SOCK, KH_SEARCH_REFUSED, kh_fail_detail(), KH_MIN(strlen(kh_fail_detail()), (size_t)1000), -1));
	return error;
}

/* ---- one file ---- */

static void search_file(struct searcher *s, int fd, struct kh_search_reply *reply)
{
	static const enum kh_search_outcome outcomes[] = {
		[KH_GIVEN_TAKEN] = KH_SEARCH_READ, [KH_GIVEN_TOO_LARGE] = KH_SEARCH_TOO_LARGE, [KH_GIVEN_UNREADABLE] = KH_SEARCH_UNREADABLE};
	reply->outcome = outcomes[kh_given_take(&s->given, fd, &(struct kh_given_limits){s->setup.max_size, KH_SEARCH_COPIED}, &reply->error)];
	if (reply->outcome == KH_SEARCH_READ && kh_look_at(&s->look, s->given.bytes, s->given.n, &reply->report) < 0)
		reply->outcome = KH_SEARCH_READER_FAILED;
	kh_given_back(&s->given);
}

static int answer(void *context, struct kh_ipc_message *m)
{
	struct kh_search_reply reply = {0};
	kh_auto_buf struct kh_buf b = KH_BUF_MAX(KH_IPC_MAX_INLINE);
	int r = m->type == KH_SEARCH_FILE && m->fd >= 0 ? kh_search_decode_file(m->payload, m->len, &reply.id) : kh_fail(KH_E_SYNTAX, "message %d instead of a file", m->type);
	if (r < 0)
		return r;
	search_file(context, m->fd, &reply);
	kh_search_encode_reply(&reply, &b);
	kh_search_report_done(&reply.report);
	return kh_ipc_send(KH_WORKER_SOCK, KH_SEARCH_RESULT, b.data, b.len, -1);
}

int main(void)
{
	static struct searcher s;
	kh_log_set_program("khien-document-worker");
	setlocale(LC_CTYPE, "C.UTF-8"); /* names in archives */
	s.rules = kh_secrecy_rules_new();
	kh_sha256_init(&s.digest);
	int r = kh_worker_serve(get_ready, &s);
	if (r < 0 && r != KH_E_WORKER_FAILED)
		r = refuse(r);
	r = r < 0 ? r : kh_nursery_serve();
	r = r < 0 ? r : kh_worker_serve(answer, &s);
	bool done = r == 0 || r == KH_E_WORKER_FAILED; /* the host has closed the connection: nothing more to do */
	if (!done)
		kh_log(KH_LOG_ERROR, "giving up", KH_ERR(r));
	_exit(done ? 0 : 1);
}
