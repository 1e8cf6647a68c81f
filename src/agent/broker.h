/* The broker: the agent's main process. It keeps the spool, starts and watches its children (uplink, collector, scan), hands records to the uplink, takes orders
 * from it, and listens to local producers. It parses no foreign bytes: rows, detections and hand-ins pass through as they are.
 *
 * One thread; kh_broker_run() is a loop over what can be waited for, until SIGTERM or SIGINT. */
#pragma once

#include "base/attr.h"
#include "gen/settings.h"

/* Takes the settings over. KH_E_IN_USE when another agent uses the state directory. */
int kh_broker_run(struct kh_agent_settings *settings) KH_MUST_USE;
