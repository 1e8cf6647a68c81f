/* khien-simulate: many agents in one process, speaking docs/protocol.md to a real server.
 *
 *     khien-simulate enroll URL CA.pem TOKEN N IDENTITIES   enrols N endpoints with one token; keeps what they got in a file
 *     khien-simulate events URL CA.pem IDENTITIES ENDPOINTS BATCHES RECORDS RATE
 *                                                           each endpoint says hello, then sends its batches: RATE 0, one behind the other's acknowledgement;
 *                                                           else so that RATE events fall due in a second, and a batch's time counts from when it fell due
 *     khien-simulate hold URL CA.pem IDENTITIES N SECONDS   N endpoints hold a long poll each
 *
 * Each prints one line of JSON with what was measured. URL is https://ADDRESS:PORT with an IPv4 address. */
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/time.h"
#include "content.h"
#include "crypto/random.h"
#include "crypto/x509.h"
#include "os/file.h"
#include "wire.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

enum { OPENING_AT_ONCE = 64, EVENTS_AT_ONCE = 256 };

static void die(const char *what)
{
	fprintf(stderr, "khien-simulate: %s\n", what);
	exit(1);
}

static void must(int r, const char *doing)
{
	if (r == 0)
		return;
	kh_auto_free char *text = kh_format("%s: %s", doing, kh_fail_detail());
	die(text);
}

static int64_t number(const char *text, int64_t max)
{
	int64_t n = 0;
	if (!kh_parse_int(text, 1, max, &n))
		die("expected a number greater than 0");
	return n;
}

static struct sockaddr_in address_of(const char *url)
{
	char host[64] = {0};
	unsigned port = 0;
	struct sockaddr_in a = {.sin_family = AF_INET};
	if (sscanf(url, "https://%63[0-9.]:%u", host, &port) != 2 || inet_pton(AF_INET, host, &a.sin_addr) != 1)
		die("expected https://IPv4:PORT");
	a.sin_port = htons((uint16_t)port);
	return a;
}

static char *file_text(const char *path)
{
	struct kh_buf b = KH_BUF_INIT;
	must(kh_file_read(path, KH_MAX_BUF, &b), path);
	return kh_buf_take(&b);
}

/* ---- enrolling ---- */

static char *question(const char *token, int64_t i, const char *key)
{
	kh_auto_free char *csr = NULL, *hostname = kh_format("may-%05lld", (long long)i);
	char fingerprint[65] = {0};
	uint64_t random[4];
	kh_random_bytes(random, sizeof random);
	for (size_t k = 0; k < KH_COUNT(random); k++)
		snprintf(fingerprint + 16 * k, 17, "%016llx", (unsigned long long)random[k]);
	must(kh_x509_request(key, "khien", &csr), "making a certificate request");
	kh_auto_json json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "token", token, "csr", csr, "hostname", hostname, "os", "Debian GNU/Linux 12", "agent_version", "simulated",
					      "fingerprint", fingerprint, "time_ms", (json_int_t)kh_now_ms());
	json_t *kept = json_string(fingerprint);
	json_object_set_new(body, "fingerprint", kept);
	return kh_json_dump(body);
}

/* One line of the identities' file: what the server answered, with the key and the fingerprint. */
static void enroll_one(struct wire *w, const char *token, int64_t i, FILE *out)
{
	kh_auto_free char *key = NULL;
	must(kh_x509_key_create(&key), "making a key");
	kh_auto_free char *asked = question(token, i, key);
	wire_request(w, "POST", "/agent/v1/enroll", "Content-Type: application/json\r\n", asked, strlen(asked));
	wire_finish(w);
	if (w->state == WIRE_FAILED || w->status != 200)
		die(w->state == WIRE_FAILED ? w->error : wire_reply_body(w));
	kh_auto_json json_t *answer = json_loads(wire_reply_body(w), 0, NULL), *sent = json_loads(asked, 0, NULL);
	kh_auto_json json_t *line = json_pack("{s:O,s:O,s:s,s:O}", "endpoint", json_object_get(answer, "endpoint"), "certificate", json_object_get(answer, "certificate"), "key", key, "fingerprint",
					      json_object_get(sent, "fingerprint"));
	kh_auto_free char *text = kh_json_dump(line);
	fprintf(out, "%s\n", text);
}

static int enroll(char **args)
{
	const struct sockaddr_in to = address_of(args[0]);
	kh_auto_free char *ca = file_text(args[1]);
	int64_t n = number(args[3], 1000000), start = kh_monotonic_ms();
	FILE *out = fopen(args[4], "w");
	if (!out)
		die(args[4]);
	gnutls_certificate_credentials_t credentials = wire_credentials(ca, NULL, NULL);
	struct wire w;
	wire_open(&w, &to, credentials);
	wire_finish(&w);
	for (int64_t i = 0; i < n; i++)
		enroll_one(&w, args[2], i, out);
	wire_close(&w);
	gnutls_certificate_free_credentials(credentials);
	double seconds = (double)(kh_monotonic_ms() - start) / 1000;
	printf("{\"enrolled\":%lld,\"seconds\":%.2f,\"per_second\":%.0f}\n", (long long)n, seconds, (double)n / seconds);
	return fclose(out);
}

/* ---- endpoints and the loop that drives them ---- */

struct endpoint {
	struct wire wire;
	gnutls_certificate_credentials_t credentials;
	char *fingerprint, *hello;
	int64_t next_batch; /* -1: hello was not answered yet */
	int64_t sent_us;
	bool watched, writable; /* what epoll looks for */
};

struct fleet {
	struct endpoint *v;
	size_t n, opened, opening, idle;
	struct sockaddr_in to;
	int epoll;
	int64_t opened_ms;
	KH_ARRAY(int64_t) latencies_us;
	/* What an endpoint does next when its wire is idle; false: nothing, it stays open. */
	bool (*next)(struct fleet *f, struct endpoint *e);
	struct kh_buf *batches;
	int64_t batches_n;
	double interval_us; /* between batches of the fleet; 0: as fast as they are acknowledged */
	int64_t start_us;
	size_t due; /* the next batch to fall due: of endpoint due % n its batch due / n */
};

static int64_t now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

static void load_fleet(struct fleet *f, const char *url, const char *ca_path, const char *identities, size_t n)
{
	struct rlimit limit = {0};
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	kh_auto_free char *ca = file_text(ca_path), *text = file_text(identities);
	char *rest = text;
	f->to = address_of(url);
	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	f->v = kh_alloc_array(n, sizeof *f->v);
	for (f->n = 0; f->n < n; f->n++) {
		char *line = kh_split(&rest, "\n");
		kh_auto_json json_t *identity = line ? json_loads(line, 0, NULL) : NULL;
		if (!identity)
			die("fewer identities than endpoints wanted");
		f->v[f->n] = (struct endpoint){
			.wire = {.fd = -1},
			.credentials = wire_credentials(ca, json_string_value(json_object_get(identity, "certificate")), json_string_value(json_object_get(identity, "key"))),
			.fingerprint = kh_strdup(json_string_value(json_object_get(identity, "fingerprint"))),
			.next_batch = -1,
		};
	}
}

static void watch(struct fleet *f, struct endpoint *e)
{
	bool writable = e->wire.state == WIRE_WANTS_WRITE;
	struct epoll_event event = {.events = writable ? EPOLLOUT : EPOLLIN, .data.ptr = e};
	if (e->watched && e->writable == writable)
		return;
	kh_assert(epoll_ctl(f->epoll, e->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, e->wire.fd, &event) == 0);
	e->watched = true;
	e->writable = writable;
}

/* Until it has to wait. */
static void drive(struct fleet *f, struct endpoint *e)
{
	bool was_connected = e->wire.connected;
	for (wire_step(&e->wire); e->wire.state == WIRE_IDLE; wire_step(&e->wire)) {
		if (e->wire.status && e->wire.status != 200)
			die(wire_reply_body(&e->wire));
		if (!f->next(f, e)) {
			f->idle++;
			break;
		}
	}
	if (e->wire.state == WIRE_FAILED)
		die(e->wire.error);
	f->opening -= !was_connected && e->wire.connected;
	if (f->opening == 0 && f->opened == f->n && !f->opened_ms)
		f->opened_ms = kh_monotonic_ms();
	watch(f, e);
}

static void open_more(struct fleet *f)
{
	while (f->opened < f->n && f->opening < OPENING_AT_ONCE) {
		struct endpoint *e = &f->v[f->opened++];
		f->opening++;
		wire_open(&e->wire, &f->to, e->credentials);
		watch(f, e);
	}
}

static void send_due(struct fleet *f);

/* Until all endpoints have nothing to do any more, or it is time. */
static void run_fleet(struct fleet *f, int64_t until_ms)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	while (f->idle < f->n && kh_monotonic_ms() < until_ms) {
		open_more(f);
		send_due(f);
		int n = epoll_wait(f->epoll, events, EVENTS_AT_ONCE, f->interval_us > 0 ? 1 : 100);
		for (int i = 0; i < n; i++)
			drive(f, events[i].data.ptr);
	}
}

static void say_hello(struct endpoint *e, const char *epoch)
{
	kh_auto_json json_t *body = json_pack("{s:s,s:s,s:s,s:s,s:I,s:i,s:s,s:i}", "fingerprint", e->fingerprint, "agent_version", "simulated", "hostname", "may", "os", "Debian GNU/Linux 12",
					      "time_ms", (json_int_t)kh_now_ms(), "clock_offset_ms", 0, "epoch", epoch, "last_seq", 0);
	free(e->hello);
	e->hello = kh_json_dump(body);
	wire_request(&e->wire, "POST", "/agent/v1/hello", "Content-Type: application/json\r\n", e->hello, strlen(e->hello));
}

static void free_fleet(struct fleet *f)
{
	for (size_t i = 0; i < f->n; i++) {
		wire_close(&f->v[i].wire);
		gnutls_certificate_free_credentials(f->v[i].credentials);
		free(f->v[i].fingerprint);
		free(f->v[i].hello);
	}
	free(f->v);
	kh_array_done(&f->latencies_us);
	close(f->epoll);
}

/* ---- events ---- */

static bool greet(struct fleet *f, struct endpoint *e)
{
	(void)f;
	if (e->next_batch == 0)
		return false;
	if (e->wire.status)
		e->next_batch = 0; /* answered */
	else
		say_hello(e, CONTENT_EPOCH);
	return e->wire.state != WIRE_IDLE;
}

static void send_batch(struct fleet *f, struct endpoint *e, int64_t from_us)
{
	const struct kh_buf *batch = &f->batches[e->next_batch++];
	wire_request(&e->wire, "POST", "/agent/v1/batch", "Content-Type: application/x-ndjson\r\nContent-Encoding: zstd\r\n", batch->data, batch->len);
	e->sent_us = from_us;
}

static void note_answer(struct fleet *f, struct endpoint *e)
{
	if (!kh_starts_with(wire_reply_body(&e->wire), "{\"ack\":"))
		die(wire_reply_body(&e->wire));
	kh_array_push(&f->latencies_us, now_us() - e->sent_us);
}

static bool send_next(struct fleet *f, struct endpoint *e)
{
	if (e->next_batch)
		note_answer(f, e);
	if (e->next_batch == f->batches_n)
		return false;
	send_batch(f, e, now_us());
	return true;
}

static bool wait_for_due(struct fleet *f, struct endpoint *e)
{
	note_answer(f, e);
	f->idle -= e->next_batch < f->batches_n; /* drive() counts it; it is idle only when it has sent all */
	return false;
}

/* Batches fall due whether or not the server keeps up: one that cannot be sent because the one before is not answered waits, and its time runs. */
static void send_due(struct fleet *f)
{
	while (f->interval_us > 0 && f->due < f->n * (size_t)f->batches_n) {
		struct endpoint *e = &f->v[f->due % f->n];
		int64_t due_us = f->start_us + (int64_t)((double)f->due * f->interval_us);
		if (now_us() < due_us || e->wire.state != WIRE_IDLE)
			return;
		f->due++;
		send_batch(f, e, due_us);
		drive(f, e);
	}
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

static double percentile_ms(const struct fleet *f, double share)
{
	return f->latencies_us.n ? (double)f->latencies_us.v[(size_t)(share * (double)(f->latencies_us.n - 1))] / 1000 : 0;
}

static void send_all(struct fleet *f, int64_t records, int64_t rate)
{
	f->idle = 0;
	f->start_us = now_us();
	f->interval_us = rate ? 1e6 * (double)records / (double)rate : 0;
	f->next = rate ? wait_for_due : send_next;
	for (size_t i = 0; !rate && i < f->n; i++)
		if (send_next(f, &f->v[i]))
			drive(f, &f->v[i]);
	run_fleet(f, INT64_MAX);
}

static int events(char **args)
{
	struct fleet f = {.next = greet, .batches_n = number(args[4], 100000)};
	int64_t records = number(args[5], KH_MAX_BATCH_RECORDS), rate = kh_streq(args[6], "0") ? 0 : number(args[6], INT64_MAX);
	size_t bytes = 0, unpacked = 0, packed = 0;
	load_fleet(&f, args[0], args[1], args[2], (size_t)number(args[3], 100000));
	f.batches = kh_alloc_array((size_t)f.batches_n, sizeof *f.batches);
	for (int64_t i = 0; i < f.batches_n; i++) {
		content_batch(1 + i * records, records, kh_now_ms(), &f.batches[i], &bytes);
		unpacked += bytes;
		packed += f.batches[i].len;
	}
	run_fleet(&f, INT64_MAX);

	send_all(&f, records, rate);
	double seconds = (double)(now_us() - f.start_us) / 1e6, total = (double)f.n * (double)f.batches_n * (double)records;

	qsort(f.latencies_us.v, f.latencies_us.n, sizeof *f.latencies_us.v, by_size);
	printf("{\"endpoints\":%zu,\"batches\":%lld,\"records\":%lld,\"events\":%.0f,\"seconds\":%.3f,\"events_per_s\":%.0f,\"batches_per_s\":%.0f,\"bytes_per_event\":%.0f,\"packed_per_event\":%.0f,"
	       "\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"max_ms\":%.1f}\n",
	       f.n, (long long)f.batches_n, (long long)records, total, seconds, total / seconds, total / seconds / (double)records, (double)unpacked / (double)(f.batches_n * records),
	       (double)packed / (double)(f.batches_n * records), percentile_ms(&f, 0.5), percentile_ms(&f, 0.99), percentile_ms(&f, 1));
	for (int64_t i = 0; i < f.batches_n; i++)
		kh_buf_done(&f.batches[i]);
	free(f.batches);
	free_fleet(&f);
	return 0;
}

/* ---- holding ---- */

static bool hold_poll(struct fleet *f, struct endpoint *e)
{
	if (e->next_batch < 0) {
		(void)f;
		e->next_batch = 0;
		say_hello(e, CONTENT_EPOCH);
	} else {
		wire_request(&e->wire, "GET", "/agent/v1/orders?after=0&wait=300", "", NULL, 0);
	}
	return true;
}

static int hold(char **args)
{
	struct fleet f = {.next = hold_poll};
	load_fleet(&f, args[0], args[1], args[2], (size_t)number(args[3], 100000));
	int64_t start = kh_monotonic_ms(), until = start + number(args[4], 100000) * 1000;
	while (kh_monotonic_ms() < until && !f.opened_ms)
		run_fleet(&f, kh_monotonic_ms() + 100);
	printf("{\"held\":%zu,\"opened_in_s\":%.2f,\"handshakes_per_s\":%.0f}\n", f.n, (double)(f.opened_ms - start) / 1000, (double)f.n * 1000 / (double)(f.opened_ms - start));
	fflush(stdout);
	run_fleet(&f, until);
	free_fleet(&f);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *verb;
		int args;
		int (*run)(char **args);
	} verbs[] = {{"enroll", 5, enroll}, {"events", 7, events}, {"hold", 5, hold}};
	for (size_t i = 0; argc > 1 && i < KH_COUNT(verbs); i++)
		if (kh_streq(argv[1], verbs[i].verb) && argc == 2 + verbs[i].args)
			return verbs[i].run(argv + 2);
	fprintf(stderr, "usage: khien-simulate enroll URL CA TOKEN N IDENTITIES\n"
			"       khien-simulate events URL CA IDENTITIES ENDPOINTS BATCHES RECORDS RATE\n"
			"       khien-simulate hold URL CA IDENTITIES N SECONDS\n");
	return 2;
}
