/* Every maximum of the HTTP server and client, with the reason for its size. What belongs to the wire of agents stands in base/limits.h. */
#pragma once

#include "base/limits.h"

#define KH_HTTP_CONNECTION_MEMORY (8 * KH_KIB)   /* request line, headers and read buffer of one connection: longer headers get 431 */
#define KH_HTTP_MAX_DISCARD (8 * KH_MIB)         /* of a body that is too large, read and thrown away so that the peer gets its 413 */
#define KH_HTTP_MAX_REQUEST_S 300                /* from the headers to the end of the body: 4 MiB over 128 kbit/s take 262 s */
#define KH_HTTP_IDLE_S 90                        /* without a byte; suspended requests do not count */
#define KH_HTTP_MAX_CONNECTIONS 20000            /* some 20 KiB each */
#define KH_HTTP_BACKLOG 4096                     /* a server that comes back is met by all its agents at once */
#define KH_HTTP_MAX_QUEUED 1000                  /* requests that wait for a worker thread; more are told to come again */
#define KH_HTTP_MAX_FILES 2000                   /* the console has about 60 */
#define KH_HTTP_MAX_FILES_BYTES (64 * KH_MIB)    /* all of them, held in memory */
#define KH_HTTP_MAX_REPLY (16 * KH_MIB)          /* the client's default for one reply */
