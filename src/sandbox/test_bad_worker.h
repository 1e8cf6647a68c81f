/* For tests of what hosts workers (sandbox/crew.h): a worker that does what the first word of each file says. With other files it does as it should. */
#pragma once

#include "ipc/ipc.h"
#include "sandbox/worker.h"

#include <stdint.h>

struct bad_worker {
	int (*send_ready)(void);
	void (*send_reply)(uint64_t id, int pass_fd); /* that the file is clean */
	int (*read_file)(const struct kh_ipc_message *m, uint64_t *ret_id);
	uint16_t result; /* type of a message with a reply */
};

/* After it was set up. The exit status of the process. */
int bad_worker_serve(const struct bad_worker *w);

int bad_worker_receive(struct kh_ipc_message *m); /* the next message, waited for as long as it takes */
