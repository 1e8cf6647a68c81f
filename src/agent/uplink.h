/* The uplink: the only process of the agent that has a network. It is `khien-agent role uplink`, started by the broker with one end of their kh_ipc_pair() (agent/link.h)
 * as descriptor KH_WORKER_SOCK. Before its first connection it gives up everything but Internet sockets and the few files that name resolution reads.
 *
 * It says hello, sends what the spool holds, waits for orders on a second connection, and tells the broker of every change. What fails for now is tried
 * again with back-off; what needs a person (revoked, unknown certificate) ends the trying until the broker starts it anew. With a new certificate or identity
 * it hands the credentials to the broker and ends: the broker starts it with them. */
#pragma once

#include "base/attr.h"

/* Runs until the broker goes away or there are new credentials; the exit status of the process. */
int kh_uplink_main(int sock) KH_MUST_USE;
