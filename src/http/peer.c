#include "http/inside.h"

#include "base/alloc.h"
#include "base/time.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <sys/socket.h>

static void write_address(const struct sockaddr *address, char remote[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;
	const char *text = NULL;
	if (address && address->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		text = inet_ntop(AF_INET, &six->sin6_addr.s6_addr[12], remote, INET6_ADDRSTRLEN);
	else if (address && address->sa_family == AF_INET6)
		text = inet_ntop(AF_INET6, &six->sin6_addr, remote, INET6_ADDRSTRLEN);
	else if (address && address->sa_family == AF_INET)
		text = inet_ntop(AF_INET, &four->sin_addr, remote, INET6_ADDRSTRLEN);
	if (!text)
		remote[0] = '\0';
}

void kh_peer_on_connection(void *cls, struct MHD_Connection *connection, void **context, enum MHD_ConnectionNotificationCode code)
{
	(void)cls;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		free(*context);
		*context = NULL;
		return;
	}
	struct peer *peer = kh_alloc(sizeof *peer);
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	write_address(info ? info->client_addr : NULL, peer->remote);
	*context = peer;
}

static enum kh_client_state state_of(gnutls_session_t session)
{
	gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID, (void *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT, 0};
	unsigned status = 0;
	if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0)
		return KH_CLIENT_UNKNOWN;
	const unsigned untimely = GNUTLS_CERT_EXPIRED | GNUTLS_CERT_NOT_ACTIVATED;
	if (status & ~(untimely | GNUTLS_CERT_INVALID))
		return KH_CLIENT_UNKNOWN;
	if (status & untimely)
		return KH_CLIENT_EXPIRED;
	return status ? KH_CLIENT_UNKNOWN : KH_CLIENT_OK;
}

void kh_peer_look(struct peer *peer, struct MHD_Connection *connection)
{
	struct kh_client_certificate *client = &peer->client;
	if (peer->looked) {
		int64_t now = kh_now_s();
		if (client->state == KH_CLIENT_OK && (now > client->info.not_after_s || now < client->info.not_before_s))
			client->state = KH_CLIENT_EXPIRED;
		return;
	}
	peer->looked = true;
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	gnutls_session_t session = info ? info->tls_session : NULL;
	unsigned n = 0;
	const gnutls_datum_t *chain = session ? gnutls_certificate_get_peers(session, &n) : NULL;
	if (!chain || !n)
		return;
	client->state = state_of(session);
	if (client->state != KH_CLIENT_UNKNOWN && kh_x509_info_der(chain[0].data, chain[0].size, &client->info) < 0)
		client->state = KH_CLIENT_UNKNOWN;
}
