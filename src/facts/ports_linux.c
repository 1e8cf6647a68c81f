#include "facts/ctx.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "facts/format/procnet.h"
#include "facts/limits.h"
#include "facts/tree.h"

struct listener {
	struct kh_socket socket;
	const char *protocol;
	const struct kh_process *process; /* the first that holds it; NULL when it cannot be seen */
};

struct listeners {
	struct listener *v; /* sorted by inode */
	size_t n, cap;
};

/* Ports the kernel gives to clients: a UDP socket there is no service. */
static void client_ports(int root, int64_t *ret_low, int64_t *ret_high)
{
	char text[64];
	*ret_low = 32768;
	*ret_high = 60999;
	if (!kh_tree_line(root, "/proc/sys/net/ipv4/ip_local_port_range", text, sizeof text))
		return;
	char *rest = text, *low = kh_split(&rest, " \t"), *high = rest ? kh_trim(rest) : NULL;
	kh_ignore(kh_parse_int(low, 0, 65535, ret_low));
	kh_ignore(kh_parse_int(high, 0, 65535, ret_high));
}

static int read_table(int root, const char *path, const char *protocol, bool v6, struct listeners *listeners)
{
	int64_t low = 0, high = 0;
	bool udp = kh_streq(protocol, "udp");
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	struct kh_sockets sockets = {0};
	client_ports(root, &low, &high);
	int r = kh_tree_read(root, path, KH_MAX_BUF, &text);
	if (r == 0 && !strstr(kh_buf_text(&text), "local_address"))
		r = kh_fail(KH_E_SYNTAX, "%s has no heading", path);
	if (r == 0)
		r = kh_sockets_parse(text.data, text.len, v6, udp ? KH_SOCKET_CLOSE : KH_SOCKET_LISTEN, &sockets);
	kh_array_each(&sockets, s)
		if (r == 0 && !(udp && s->port >= low && s->port <= high))
			kh_array_push(listeners, ((struct listener){.socket = *s, .protocol = protocol}));
	kh_array_done(&sockets);
	return r;
}

static int compare_inodes(const void *a, const void *b)
{
	const struct listener *x = a, *y = b;
	return x->socket.inode < y->socket.inode ? -1 : x->socket.inode > y->socket.inode;
}

static struct listener *by_inode(const struct listeners *listeners, uint64_t inode)
{
	struct listener key = {.socket.inode = inode};
	return listeners->n ? bsearch(&key, listeners->v, listeners->n, sizeof key, compare_inodes) : NULL;
}

static void match_sockets(const struct kh_process_link *link, const struct kh_process *process, struct listeners *listeners)
{
	for (size_t i = 0; link && i < link->sockets_n; i++) {
		struct listener *listener = by_inode(listeners, link->sockets[i]);
		if (listener && !listener->process)
			listener->process = process;
	}
}

static void fill_row(struct kh_facts_ctx *ctx, const struct listener *l, struct kh_facts_rows *rows)
{
	char text[KH_IP_TEXT];
	kh_row_begin(rows);
	kh_row_text(rows, KH_PORTS_PROTOCOL, l->protocol);
	kh_row_int(rows, KH_PORTS_PORT, l->socket.port);
	kh_row_text(rows, KH_PORTS_ADDRESS, kh_ip_text(&l->socket.local, text));
	kh_row_text(rows, KH_PORTS_FAMILY, l->socket.local.v6 ? "ipv6" : "ipv4");
	kh_row_bool(rows, KH_PORTS_EXPOSED, !kh_ip_is_loopback(&l->socket.local));
	if (l->process) {
		kh_row_text(rows, KH_PORTS_PROGRAM, l->process->program ? l->process->program : l->process->name);
		kh_row_text(rows, KH_PORTS_SERVICE, l->process->unit);
	}
	kh_row_text(rows, KH_PORTS_ACCOUNT, kh_user_name(kh_ctx_users(ctx), l->socket.uid));
}

/* Several processes may share one address (SO_REUSEPORT): one row. */
static bool is_repeated(const struct listeners *listeners, const struct listener *l)
{
	for (const struct listener *other = listeners->v; other < l; other++)
		if (kh_streq(other->protocol, l->protocol) && other->socket.port == l->socket.port && other->socket.uid == l->socket.uid &&
		    memcmp(&other->socket.local, &l->socket.local, sizeof l->socket.local) == 0)
			return true;
	return false;
}

int kh_facts_ports(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	struct listeners listeners = {0};
	int r = read_table(ctx->root, "/proc/net/tcp", "tcp", false, &listeners);
	static const struct {
		const char *path, *protocol;
		bool v6;
	} others[] = {{"/proc/net/tcp6", "tcp", true}, {"/proc/net/udp", "udp", false}, {"/proc/net/udp6", "udp", true}};
	for (size_t i = 0; r == 0 && i < KH_COUNT(others); i++) {
		r = read_table(ctx->root, others[i].path, others[i].protocol, others[i].v6, &listeners);
		if (r == KH_E_NOT_FOUND) /* no IPv6 in this kernel */
			r = 0;
	}
	if (listeners.n > 1)
		qsort(listeners.v, listeners.n, sizeof *listeners.v, compare_inodes);
	const struct kh_processes *processes = kh_ctx_processes(ctx);
	kh_array_each(processes, p)
		if (r == 0)
			match_sockets(kh_process_link_of(&ctx->links, p->pid), p, &listeners);
	kh_array_each(&listeners, l)
		if (r == 0 && !is_repeated(&listeners, l))
			fill_row(ctx, l, rows);
	kh_array_done(&listeners);
	return r;
}
