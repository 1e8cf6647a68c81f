/* Infected files found on access are put into quarantine by a child of the broker, `khien-agent role take`: copying would hold the broker up, and the guard may not write. The
 * child has the broker's rights and ends with its one file, which it is given as the descriptor that was scanned. Over their kh_ipc_pair() it gets one
 * KH_TAKE_FILE (JSON of guard/infected.h, and the descriptor), and answers with a detection record when the file is in the quarantine. */
#pragma once

#include "base/attr.h"

enum kh_take_message {
	KH_TAKE_FILE = 1,
	KH_TAKE_RECORD,
};

/* The child. */
int kh_take_away_main(int sock) KH_MUST_USE;
