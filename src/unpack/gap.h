/* Why a part of a file was not looked at: told by those who take it apart, and by those who look at what is inside. */
#pragma once

enum kh_gap_kind {
	KH_GAP_DEPTH,
	KH_GAP_MEMBERS,
	KH_GAP_MEMBER_BYTES,
	KH_GAP_TOTAL_BYTES,
	KH_GAP_RATIO,
	KH_GAP_TIME,
	KH_GAP_ENCRYPTED,
	KH_GAP_DAMAGED,    /* cut short, or of a kind that cannot be unpacked */
	KH_GAP_MATCHES,    /* a string of a rule was found so often that the search for it was given up */
	KH_GAP_DETECTIONS, /* more were found than are listed */
	KH_GAP_CLAMAV,       /* libclamav did not come to an end with it */
	KH_GAP_CLAMAV_LIMIT, /* libclamav ended at a limit of its own, other than of time */
	KH_GAP_PICTURES,     /* pictures that may bear a text were not read by OCR */
	KH_GAP_FORMAT_LIMIT, /* larger, or of more parts, than the reader of its format goes */
	KH_GAP_COUNT
};
const char *kh_gap_name(enum kh_gap_kind k); /* "depth limit" … */
const char *kh_gap_code(enum kh_gap_kind k); /* for programs: "depth" … */
