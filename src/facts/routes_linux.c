#include "facts/ctx.h"
#include "facts/interfaces.h"

#include "base/alloc.h"
#include "base/array.h"
#include "base/str.h"

#include <stdio.h>

#define ROUTE_UP 0x1
#define ROUTE_REJECT 0x200
#define ROUTE_ANYCAST 0x00100000
#define ROUTE_LOCAL 0x80000000u

/* Not a way to anywhere: the machine itself, one link, multicast, a refusal. */
static bool is_left_out(const struct kh_route *r)
{
	const uint8_t *d = r->destination.bytes;
	bool v6_link = r->destination.v6 && r->length && ((d[0] == 0xfe && (d[1] & 0xc0) == 0x80) || d[0] == 0xff);
	bool v4_link = !r->destination.v6 && r->length && ((d[0] == 169 && d[1] == 254) || (d[0] & 0xf0) == 0xe0);
	return !(r->flags & ROUTE_UP) || (r->flags & (ROUTE_REJECT | ROUTE_ANYCAST | ROUTE_LOCAL)) || v6_link || v4_link || kh_streq(r->interface, "lo");
}

static void fill_row(int root, const struct kh_route *r, struct kh_facts_rows *rows)
{
	char text[KH_IP_TEXT], destination[KH_IP_TEXT + 8];
	snprintf(destination, sizeof destination, "%s/%u", kh_ip_text(&r->destination, text), r->length);
	kh_row_begin(rows);
	kh_row_text(rows, KH_ROUTES_DESTINATION, destination);
	kh_row_text(rows, KH_ROUTES_FAMILY, r->destination.v6 ? "ipv6" : "ipv4");
	if (!kh_ip_is_any(&r->gateway))
		kh_row_text(rows, KH_ROUTES_GATEWAY, kh_ip_text(&r->gateway, text));
	kh_row_text(rows, KH_ROUTES_INTERFACE, r->interface);
	kh_row_text(rows, KH_ROUTES_INTERFACE_KIND, kh_interface_kind(root, r->interface));
	kh_row_int(rows, KH_ROUTES_METRIC, r->metric);
	kh_row_bool(rows, KH_ROUTES_IS_DEFAULT, r->length == 0);
}

int kh_facts_routes(struct kh_facts_ctx *ctx, struct kh_facts_rows *rows)
{
	struct kh_routes routes = {0};
	int r = kh_routes_read(ctx->root, &routes);
	kh_array_each(&routes, route)
		if (r == 0 && !is_left_out(route))
			fill_row(ctx->root, route, rows);
	kh_array_done(&routes);
	return r;
}
