/* Running: `khien-server serve`. */
#include "server/server.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/log.h"
#include "base/settings.h"
#include "base/str.h"
#include "base/time.h"
#include "base/version.h"
#include "http/server.h"
#include "os/file.h"
#include "os/service.h"
#include "server/api/api.h"
#include "server/files.h"
#include "server/gateway/gateway.h"
#include "server/job.h"
#include "server/portal/watch.h"

#include <pthread.h>
#include <signal.h>

/* ---- agents' paths to the gateway, all others to the API and the console ---- */

static int begin(void *app, struct kh_request *r, struct kh_request_plan *ret_plan)
{
	struct kh_server *server = app;
	return kh_gateway_owns(r->path) ? kh_gateway_begin(server->gateway, r, ret_plan) : kh_api_begin(server->api, r, ret_plan);
}

static int handle(void *app, struct kh_request *r)
{
	struct kh_server *server = app;
	return kh_gateway_owns(r->path) ? kh_gateway_handle(server->gateway, r) : kh_api_handle(server->api, r);
}

static void end(void *app, struct kh_request *r)
{
	struct kh_server *server = app;
	if (kh_gateway_owns(r->path))
		kh_gateway_end(server->gateway, r);
}

/* ---- starting ---- */

static int renew_certificate(struct kh_server *server)
{
	bool made = false;
	int r = kh_data_renew_certificate(&server->settings, server->ca, kh_now_s(), &made);
	if (r < 0 || !made)
		return r;
	kh_log(KH_LOG_INFO, "TLS certificate renewed", KH_S("name", server->settings.names[0]));
	free(kh_take(server->tls_certificate));
	return kh_data_read(server->data_dir, KH_FILE_CERTIFICATE, &server->tls_certificate);
}

static int listen_for_requests(struct kh_server *server)
{
	kh_auto_free char *address = NULL;
	uint16_t port = 0;
	kh_server_listen(&server->settings, &address, &port);
	struct kh_http_server_options options = {
		.address = address,
		.port = port,
		.certificate_pem = server->tls_certificate,
		.key_pem = server->tls_key,
		.client_ca_pem = kh_ca_certificate(server->ca),
		.threads = (unsigned)server->settings.http_threads,
		.max_connections = (unsigned)server->settings.http_connections,
	};
	int r = kh_http_server_new(&options, &(struct kh_http_handler){.app = server, .begin = begin, .handle = handle, .end = end}, &server->http);
	return r < 0 ? kh_fail_in(r, "%s", server->settings.listen) : 0;
}

static int start(struct kh_server *server)
{
	struct kh_gateway_options gateway = {.store = server->store, .ca = server->ca, .server_pin = server->server_pin, .order_key = &server->order_key,
						 .data_dir = server->data_dir, .content_keys = server->settings.content_keys};
	int r = renew_certificate(server);
	if (r == 0)
		r = kh_gateway_new(&gateway, &server->gateway);
	if (r == 0)
		r = kh_api_new(server, &server->api);
	return r < 0 ? r : listen_for_requests(server);
}

/* In the order that lets every answer out: no new requests, what waits is answered, the last connection goes, then those who answered. */
static void stop(struct kh_server *server)
{
	if (server->http)
		kh_http_server_quiesce(server->http);
	if (server->gateway)
		kh_gateway_stop(server->gateway);
	kh_http_server_free(kh_take(server->http));
	kh_api_free(kh_take(server->api));
	kh_gateway_free(kh_take(server->gateway));
}

/* ---- the whole ---- */

/* One that does not hear it waits in vain and starts the server anew: that is its own to say. */
static void note_told(int r)
{
	if (r < 0)
		kh_log(KH_LOG_WARNING, "the service manager was not told", KH_ERR(r));
}

static void set_log(const struct kh_server *server)
{
	kh_log_set_program("khien-server");
	kh_log_set_level((enum kh_log_level)kh_settings_place(KH_SERVER_SETTINGS, "log_level", server->settings.log_level));
}

/* Before any thread begins, so that all inherit the mask and the signals wait for sigwait(). */
static sigset_t catch_signals(void)
{
	sigset_t ending;
	sigemptyset(&ending);
	sigaddset(&ending, SIGTERM);
	sigaddset(&ending, SIGINT);
	pthread_sigmask(SIG_BLOCK, &ending, NULL);
	signal(SIGPIPE, SIG_IGN);
	return ending;
}

int kh_server_serve(struct kh_server *server)
{
	kh_auto_fd int lock = -1;
	set_log(server);
	int r = kh_data_lock(server->data_dir, &lock);
	if (r < 0)
		return r;
	sigset_t ending = catch_signals();
	struct kh_watch_threads *watchers = NULL;
	r = start(server);
	if (r == 0)
		r = kh_watch_start(server, &watchers);
	if (r == 0) {
		struct kh_jobs *jobs = kh_jobs_start(server);
		kh_log(KH_LOG_INFO, "serving", KH_S("version", KH_VERSION), KH_S("listen", server->settings.listen), KH_S("name", server->settings.names[0]),
		       KH_S("data", server->data_dir));
		note_told(kh_service_ready());
		int number = 0;
		sigwait(&ending, &number);
		kh_log(KH_LOG_INFO, "stopping", KH_S("signal", strsignal(number)));
		note_told(kh_service_stopping());
		kh_watch_stop(watchers);
		kh_jobs_stop(jobs);
	}
	/* What went wrong must not be forgotten by what stopping does. */
	kh_auto_free char *detail = kh_strdup(kh_fail_detail());
	stop(server);
	return r < 0 ? kh_fail(r, "%s", detail) : 0;
}
