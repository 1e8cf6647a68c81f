/* The state of the agent that runs on this machine, as it says it itself (docs/protocol.md, "Status"). */
#pragma once

#include "base/attr.h"
#include "gen/cli_khien.h"

#include <jansson.h>

/* Of the agent whose sockets are in the call's --run. Positive: nobody listens, which was said; it is the exit status. */
int kh_agent_status(const struct kh_cli_call *call, json_t **ret) KH_MUST_USE;
