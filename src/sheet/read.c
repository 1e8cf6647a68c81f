/* The side of sheet.h that holds rights: it looks at nothing of the file. */
#include "base/alloc.h"
#include "base/error.h"
#include "base/i18n.h"
#include "base/str.h"
#include "ipc/ipc.h"
#include "os/file.h"
#include "sandbox/worker.h"
#include "sheet/sheet.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

/* "name: detail": only what a file can be at fault for is believed. */
static int error_of(const char *said, size_t n)
{
	static const int known[] = {KH_E_SYNTAX, KH_E_ENCODING, KH_E_TOO_LARGE, KH_E_NOT_SUPPORTED};
	kh_auto_free char *text = kh_strndup(said, n);
	char *detail = strstr(text, ": ");
	if (detail)
		*detail = '\0';
	for (size_t i = 0; detail && i < KH_COUNT(known); i++)
		if (kh_streq(kh_error_info(known[i])->name, text))
			return kh_fail(known[i], "%s", detail + 2);
	return kh_fail(KH_E_WORKER_FAILED, "reading a table");
}

static int ask(enum kh_sheet_form form, const void *bytes, size_t n, const struct kh_worker *w, int output)
{
	uint8_t as = (uint8_t)form;
	const struct kh_ipc_accept accept = {.timeout_ms = KH_SHEET_TIMEOUT_MS, .max_len = KH_IPC_MAX_INLINE};
	kh_auto_ipc_message struct kh_ipc_message m = KH_IPC_MESSAGE_INIT;
	int r = kh_ipc_send_large(w->sock, KH_SHEET_FILE, bytes, n);
	if (r == 0)
		r = kh_ipc_send(w->sock, KH_SHEET_GO, &as, 1, output);
	if (r == 0)
		r = kh_ipc_recv(w->sock, &accept, &m);
	if (r == 0 && m.type != KH_SHEET_DONE)
		r = kh_fail(KH_E_WORKER_FAILED, "a malformed answer");
	return r == 0 && m.len ? error_of((const char *)m.payload, m.len) : r;
}

static int decode(int output, struct kh_sheet *ret)
{
	off_t n = lseek(output, 0, SEEK_END);
	void *bytes = n > 0 ? mmap(NULL, (size_t)n, PROT_READ, MAP_PRIVATE, output, 0) : MAP_FAILED;
	if (bytes == MAP_FAILED)
		return kh_fail(KH_E_WORKER_FAILED, "a malformed answer");
	int r = kh_sheet_decode(bytes, (size_t)n, ret);
	munmap(bytes, (size_t)n);
	return r;
}

/* The worker is dead before its answer is looked at: nobody changes it meanwhile. */
static int run(enum kh_sheet_form form, const void *bytes, size_t n, const char *path, int output)
{
	kh_auto_worker struct kh_worker w = KH_WORKER_NONE;
	kh_auto_free char *beside = NULL;
	int r = path ? 0 : kh_worker_path("khien-sheet-worker", &beside);
	if (r == 0)
		r = kh_worker_spawn(path ? path : beside, NULL, &w);
	return r < 0 ? r : ask(form, bytes, n, &w, output);
}

int kh_sheet_read(const void *bytes, size_t n, const char *worker, struct kh_sheet *ret)
{
	return kh_sheet_read_form(KH_SHEET_TABLE, bytes, n, worker, ret);
}

int kh_sheet_read_form(enum kh_sheet_form form, const void *bytes, size_t n, const char *worker, struct kh_sheet *ret)
{
	if (n == 0)
		return kh_fail(KH_E_SYNTAX, "the file is empty");
	if (n > KH_SHEET_MAX_FILE)
		return kh_fail(KH_E_TOO_LARGE, "the file has more than %lu bytes", KH_SHEET_MAX_FILE);
	if (pthread_mutex_trylock(&one_at_a_time) != 0)
		return kh_fail(KH_E_BUSY, "another table is being read; try again in a minute");
	kh_auto_fd int output = memfd_create("khien-sheet", MFD_CLOEXEC);
	int r = output < 0 ? kh_fail_errno("memory for a table") : run(form, bytes, n, worker, output);
	if (r == 0)
		r = decode(output, ret);
	pthread_mutex_unlock(&one_at_a_time);
	return r;
}
