#include "base/alloc.h"
#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "server/gateway/inside.h"

#include <stdio.h>

/* A batch that waits for the commit, and the request that waits with it. */
struct waiting {
	struct kh_ingest_job job; /* first: the two are cast into each other */
	struct kh_request *request;
};

/* On ingest's thread. The batch itself is released in kh_agent_batch_end(), which other threads do. */
static void stored(struct kh_ingest_job *job, int result, int64_t ack)
{
	struct kh_request *r = ((struct waiting *)job)->request;
	char text[40];
	if (result < 0)
		kh_respond_error(r, result, NULL);
	else
		kh_respond(r, 200, "application/json", text, (size_t)snprintf(text, sizeof text, "{\"ack\":%lld}", (long long)ack));
	kh_request_resume(r);
}

void kh_agent_batch_end(struct kh_request *r)
{
	struct waiting *w = r->data;
	if (w)
		kh_batch_done(&w->job.batch);
	free(w);
	r->data = NULL;
}

int kh_agent_batch(struct kh_gateway *g, struct kh_request *r)
{
	struct kh_agent agent = {0};
	int e = kh_agent_identify(g, r, false, &agent);
	if (e < 0)
		return e;
	struct waiting *w = r->data = kh_alloc(sizeof *w);
	w->request = r;
	e = kh_batch_read(kh_buf_text(&r->body), r->body.len, kh_request_header(r, "Content-Encoding"), &w->job.batch);
	if (e == 0)
		e = kh_clock_check(r, w->job.batch.time_ms, w->job.batch.clock_offset_ms);
	if (e == KH_E_WRONG_CLOCK)
		return 0; /* answered */
	if (e < 0)
		return e;
	kh_buf_done(&r->body);
	w->job.from = (struct kh_batch_origin){.endpoint_id = agent.endpoint_id, .received_s = kh_now_s(), .address = r->remote};
	w->job.language = r->language;
	w->job.done = stored;
	kh_request_suspend(r); /* it is: we are in a worker; and stays so when the queue takes it */
	e = kh_ingest_put(g->ingest, &w->job);
	return e ? e : KH_HTTP_SUSPENDED;
}
