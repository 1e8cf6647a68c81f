#include "unpack/gap.h"

static const char *const gap_names[KH_GAP_COUNT] = {
	[KH_GAP_DEPTH] = "depth limit",
	[KH_GAP_MEMBERS] = "member count limit",
	[KH_GAP_MEMBER_BYTES] = "member size limit",
	[KH_GAP_TOTAL_BYTES] = "unpacked size limit",
	[KH_GAP_RATIO] = "expansion ratio limit",
	[KH_GAP_TIME] = "time limit",
	[KH_GAP_ENCRYPTED] = "encrypted",
	[KH_GAP_DAMAGED] = "damaged or of an unknown kind",
	[KH_GAP_MATCHES] = "too many matches of one string",
	[KH_GAP_DETECTIONS] = "more detections than are listed",
	[KH_GAP_CLAMAV] = "failure of ClamAV's engine",
	[KH_GAP_CLAMAV_LIMIT] = "limit of ClamAV's engine",
	[KH_GAP_FORMAT_LIMIT] = "limit of the reader of its format",
	[KH_GAP_PICTURES] = "pictures not read",
};

const char *kh_gap_name(enum kh_gap_kind k)
{
	return gap_names[k];
}

const char *kh_gap_code(enum kh_gap_kind k)
{
	static const char *const codes[KH_GAP_COUNT] = {
		[KH_GAP_DEPTH] = "depth",     [KH_GAP_MEMBERS] = "members",       [KH_GAP_MEMBER_BYTES] = "member_bytes", [KH_GAP_TOTAL_BYTES] = "total_bytes",
		[KH_GAP_RATIO] = "ratio",     [KH_GAP_TIME] = "time",             [KH_GAP_ENCRYPTED] = "encrypted",       [KH_GAP_DAMAGED] = "damaged",
		[KH_GAP_MATCHES] = "matches", [KH_GAP_DETECTIONS] = "detections", [KH_GAP_CLAMAV] = "clamav",             [KH_GAP_CLAMAV_LIMIT] = "clamav_limit",
		[KH_GAP_FORMAT_LIMIT] = "format_limit", [KH_GAP_PICTURES] = "pictures",
	};
	return codes[k];
}
