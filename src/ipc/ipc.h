/* Messages between our own processes, over a connected pair of SOCK_SEQPACKET sockets, with a file descriptor along when asked for.
 *
 * The receiver trusts nothing: it says how large a message may be and whether a descriptor may come with it, and what does not fit is an
 * error after which the connection is of no more use (close it, kill the process at the other end). Whatever descriptors arrived are
 * closed. The errors:
 *
 *     KH_E_TIMEOUT        nothing came (or could be sent) in time
 *     KH_E_STOPPED        the thread is to stop (base/stop.h)
 *     KH_E_WORKER_FAILED  the peer has closed the connection
 *     KH_E_TOO_LARGE      larger than the receiver allows, or than can be sent
 *     KH_E_SYNTAX         cut short, a wrong header, or a payload that is not sealed
 *     KH_E_FORBIDDEN      a descriptor that was not expected, or more than one
 *
 * Wire: an 8-byte header (u16 type, u16 flags, u32 payload length; little endian), then the payload. With flag 1 the payload is not in the
 * message: it is the content of the memfd that comes with it, sealed against writing, growing, shrinking and further seals, so that it
 * cannot change while it is read. A message carries at most one descriptor, that memfd included. */
#pragma once

#include "base/attr.h"
#include "base/limits.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KH_IPC_MAX_INLINE (64 * KH_KIB) /* payload inside a message: a fraction of the kernel's socket buffer (208 KiB) */
#define KH_IPC_MAX_SEALED KH_MAX_BUF    /* payload in a memfd */
#define KH_IPC_SEND_TIMEOUT_MS 10000    /* a peer that reads nothing for so long is hanging */

/* Two connected sockets, closed on exec. The caller closes them. */
int kh_ipc_pair(int ret_socks[2]) KH_MUST_USE;

/* Sends one message; pass_fd (-1: none) goes along and stays the caller's. Waits at most KH_IPC_SEND_TIMEOUT_MS. */
int kh_ipc_send(int sock, uint16_t type, const void *payload, size_t len, int pass_fd) KH_MUST_USE;

/* A sealed memfd with a copy of the bytes, which can be sent to many; the caller closes it. */
int kh_ipc_seal(const void *bytes, size_t len, int *ret_memfd) KH_MUST_USE;
int kh_ipc_send_sealed(int sock, uint16_t type, int memfd, size_t len) KH_MUST_USE;

/* kh_ipc_send without a descriptor, for a payload of any size up to KH_IPC_MAX_SEALED. */
int kh_ipc_send_large(int sock, uint16_t type, const void *payload, size_t len) KH_MUST_USE;

/* What the receiver allows. */
struct kh_ipc_accept {
	int timeout_ms; /* -1: wait for ever */
	size_t max_len; /* of the payload; above KH_IPC_MAX_INLINE, it may also come sealed */
	bool with_fd;   /* a descriptor may come along */
};

/* A received message. Start with KH_IPC_MESSAGE_INIT; each receive releases what the message held before and uses its memory again. */
struct kh_ipc_message {
	uint16_t type;
	const uint8_t *payload; /* lent until the next receive */
	size_t len;
	int fd; /* -1: none; closed with the message unless taken */

	uint8_t *buffer; /* private, as the rest */
	size_t buffer_size;
	void *mapped;
};
#define KH_IPC_MESSAGE_INIT {.fd = -1}

int kh_ipc_recv(int sock, const struct kh_ipc_accept *accept, struct kh_ipc_message *message) KH_MUST_USE;
int kh_ipc_take_fd(struct kh_ipc_message *message) KH_MUST_USE; /* the caller closes it; -1 when there is none */
void kh_ipc_message_done(struct kh_ipc_message *message);
#define kh_auto_ipc_message KH_CLEANUP(kh_ipc_message_done)
