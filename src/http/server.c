#include "http/inside.h"

#include "base/alloc.h"
#include "base/error.h"
#include "os/file.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DEFAULT_WORKERS = 4, STOP_WAIT_S = 5, OTHER_DESCRIPTORS = 256 };

/* TLS 1.3 only. AES-128-GCM first: with AES-NI it costs half of what ChaCha20 does; X25519 first for the same reason. */
static const char priorities[] = "NONE:+VERS-TLS1.3:+AES-128-GCM:+CHACHA20-POLY1305:+AES-256-GCM:+AEAD:+SHA256:+SHA384:+GROUP-X25519:+GROUP-SECP256R1:"
				 "+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-EDDSA-ED25519:+SIGN-RSA-PSS-RSAE-SHA256:+CTYPE-X509:%SERVER_PRECEDENCE";

void kh_http_note(struct kh_http_server *server, int64_t *what, int by)
{
	pthread_mutex_lock(&server->lock);
	*what += by;
	if (!*what)
		pthread_cond_broadcast(&server->fewer);
	pthread_mutex_unlock(&server->lock);
}

static int parse_address(const char *address, uint16_t port, struct sockaddr_storage *ret, socklen_t *ret_n)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(port)};
	if (inet_pton(AF_INET, address, &four.sin_addr) == 1) {
		memcpy(ret, &four, *ret_n = sizeof four);
		return 0;
	}
	if (inet_pton(AF_INET6, address, &six.sin6_addr) == 1) {
		memcpy(ret, &six, *ret_n = sizeof six);
		return 0;
	}
	return kh_fail(KH_E_INVALID_FIELD, "not an IP address to listen on: %s", address);
}

static int listen_on(const char *address, uint16_t port, int *ret_fd, uint16_t *ret_port)
{
	struct sockaddr_storage sa = {0};
	socklen_t n = 0;
	int r = parse_address(address ? address : "::", port, &sa, &n);
	if (r < 0)
		return r;
	kh_auto_fd int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const int on = 1, off = 0;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    (sa.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) || bind(fd, (struct sockaddr *)&sa, n) < 0 ||
	    listen(fd, KH_HTTP_BACKLOG) < 0 || getsockname(fd, (struct sockaddr *)&sa, &n) < 0)
		return kh_fail_errno("listening on %s port %u", address ? address : "::", port);
	*ret_port = ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&sa)->sin6_port : ((struct sockaddr_in *)&sa)->sin_port);
	*ret_fd = fd;
	fd = -1;
	return 0;
}

/* libmicrohttpd takes any text and fails each handshake later: look at what we give it. */
static int check_credentials(const struct kh_http_server_options *o)
{
	bool match = false;
	struct kh_certificate_info ca;
	int r = kh_x509_matches(o->certificate_pem, o->key_pem, &match);
	if (r == 0 && !match)
		r = kh_fail(KH_E_CRYPTO, "the key is not that of the certificate");
	if (r < 0)
		return kh_fail_in(KH_E_CRYPTO, "the server's certificate");
	if (o->client_ca_pem && kh_x509_info(o->client_ca_pem, &ca) < 0)
		return kh_fail_in(KH_E_CRYPTO, "the authority of the clients");
	return 0;
}

/* The usual soft limit of 1024 would end the story at a thousand agents. What the hard limit does not allow is not reached: the next connection waits. */
static void raise_descriptor_limit(unsigned connections)
{
	struct rlimit limit = {0};
	rlim_t wanted = connections + OTHER_DESCRIPTORS;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = KH_MIN(wanted, limit.rlim_max);
	setrlimit(RLIMIT_NOFILE, &limit);
}

static unsigned cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);
	return n < 1 ? 1 : (unsigned)KH_MIN(n, 64);
}

static struct MHD_Daemon *start_daemon(struct kh_http_server *server, const struct kh_http_server_options *o)
{
	unsigned threads = o->threads ? o->threads : cpus(), connections = o->max_connections ? o->max_connections : KH_HTTP_MAX_CONNECTIONS;
	raise_descriptor_limit(connections);
	struct MHD_OptionItem items[] = {
		{MHD_OPTION_LISTEN_SOCKET, server->listen_fd, NULL},
		{MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)priorities},
		{MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)o->certificate_pem},
		{MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)o->key_pem},
		{MHD_OPTION_CONNECTION_MEMORY_LIMIT, KH_HTTP_CONNECTION_MEMORY, NULL},
		{MHD_OPTION_CONNECTION_LIMIT, connections, NULL},
		{MHD_OPTION_PER_IP_CONNECTION_LIMIT, o->max_per_address, NULL},
		{MHD_OPTION_CONNECTION_TIMEOUT, o->idle_s ? o->idle_s : KH_HTTP_IDLE_S, NULL},
		{MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
		/* A thread pool of one is none to libmicrohttpd; then the daemon's own thread does all. */
		{threads > 1 ? MHD_OPTION_THREAD_POOL_SIZE : MHD_OPTION_END, threads, NULL},
		{MHD_OPTION_END, 0, NULL},
	};
	struct MHD_OptionItem trust[] = {
		{o->client_ca_pem ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0, (void *)(uintptr_t)o->client_ca_pem},
		{MHD_OPTION_END, 0, NULL},
	};
	/* poll, not epoll: libmicrohttpd 0.9.75 with epoll turns in circles for as long as a TLS handshake waits for the peer, so that one silent stranger would
	 * take a whole processor. Suspended connections are not polled, so the list stays short; measured with 4,000 idle connections it costs less. */
	return MHD_start_daemon(MHD_USE_TLS | MHD_USE_POLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, kh_exchange_on_request, server,
				MHD_OPTION_ARRAY, trust, MHD_OPTION_ARRAY, items, MHD_OPTION_NOTIFY_COMPLETED, kh_exchange_on_completed, server,
				MHD_OPTION_NOTIFY_CONNECTION, kh_peer_on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK, kh_exchange_unescape, server, MHD_OPTION_END);
}

int kh_http_server_new(const struct kh_http_server_options *options, const struct kh_http_handler *handler, struct kh_http_server **ret)
{
	kh_auto_http_server struct kh_http_server *server = kh_alloc(sizeof *server);
	server->handler = *handler;
	server->listen_fd = -1;
	pthread_mutex_init(&server->lock, NULL);
	pthread_cond_init(&server->fewer, NULL);
	kh_workers_start(server, options->workers ? options->workers : DEFAULT_WORKERS);
	int r = check_credentials(options);
	if (r == 0)
		r = listen_on(options->address, options->port, &server->listen_fd, &server->port);
	if (r < 0)
		return r;
	server->daemon = start_daemon(server, options);
	if (!server->daemon)
		return kh_fail_errno("starting the HTTPS server");
	*ret = kh_take(server);
	return 0;
}

void kh_http_server_quiesce(struct kh_http_server *server)
{
	if (!server->daemon || atomic_exchange(&server->quiescing, true))
		return;
	MHD_quiesce_daemon(server->daemon);
	kh_fd_close(&server->listen_fd); /* ours again */
}

/* Whoever holds a request will resume it: for that we wait as long as it takes. A peer that does not take its answer is waited for only so long. */
static void wait_for_requests(struct kh_http_server *server)
{
	struct timespec until = {0};
	pthread_mutex_lock(&server->lock);
	while (server->suspended)
		pthread_cond_wait(&server->fewer, &server->lock);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_WAIT_S;
	while (server->active && pthread_cond_timedwait(&server->fewer, &server->lock, &until) == 0)
		;
	pthread_mutex_unlock(&server->lock);
}

void kh_http_server_free(struct kh_http_server *server)
{
	if (!server)
		return;
	kh_http_server_quiesce(server);
	wait_for_requests(server);
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	kh_workers_stop(&server->workers);
	kh_fd_close(&server->listen_fd);
	pthread_mutex_destroy(&server->lock);
	pthread_cond_destroy(&server->fewer);
	free(server);
}

uint16_t kh_http_server_port(const struct kh_http_server *server)
{
	return server->port;
}

void kh_http_server_count(struct kh_http_server *server, struct kh_http_counts *ret)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
	struct kh_http_counts counts = {.requests = atomic_load(&server->requests), .connections = info ? info->num_connections : 0};
	pthread_mutex_lock(&server->lock);
	counts.suspended = server->suspended;
	pthread_mutex_unlock(&server->lock);
	pthread_mutex_lock(&server->workers.lock);
	counts.queued = (int64_t)server->workers.queued;
	pthread_mutex_unlock(&server->workers.lock);
	*ret = counts;
}
