#include "base/array.h"
#include "facts/format/procnet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kh_sockets sockets = {0};
	struct kh_routes routes = {0};
	struct kh_addresses addresses = {0};
	const char *text = (const char *)data;
	kh_ignore(kh_sockets_parse(text, size, false, KH_SOCKET_LISTEN, &sockets));
	kh_ignore(kh_sockets_parse(text, size, true, KH_SOCKET_LISTEN, &sockets));
	kh_ignore(kh_routes_parse_v4(text, size, &routes));
	kh_ignore(kh_routes_parse_v6(text, size, &routes));
	kh_ignore(kh_addresses_parse_v4(text, size, &addresses));
	kh_ignore(kh_addresses_parse_v6(text, size, &addresses));
	kh_array_done(&sockets);
	kh_array_done(&routes);
	kh_array_done(&addresses);
	return 0;
}
