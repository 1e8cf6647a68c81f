/* The agent's local sockets, for other programs of this machine (kh_ipc messages over SOCK_SEQPACKET sockets in the run directory; owner root, group of the settings, 0660).
 *
 * events.sock takes records. A producer has a number of its own (any 64 bits that no other uses) and counts its records 1, 2, 3…:
 *
 *     → KH_EVENTS_RECORD   u64 producer, u64 n, u32 class (enum kh_spool_class), one JSON object that begins with {"kind":"event", or {"kind":"detection",
 *     ← KH_EVENTS_DURABLE  u64 n: all up to it are on disk
 *
 * A record is answered when it is durable; one that was not answered is sent again, under the same n, and is stored once all the same. Records may be sent ahead of
 * answers. A message that is not as above ends the connection, and so do some fifty answers that were not read; with more than 32 connections the one that was silent longest ends.
 *
 * status.sock answers KH_STATUS_ASK with KH_STATUS_ANSWER, a JSON object (docs/protocol.md, "Status"). */
#pragma once

enum kh_intake_type {
	KH_EVENTS_RECORD = 1,
	KH_EVENTS_DURABLE,
	KH_STATUS_ASK,
	KH_STATUS_ANSWER,
};

#define KH_EVENTS_SOCKET "events.sock"
#define KH_STATUS_SOCKET "status.sock"
