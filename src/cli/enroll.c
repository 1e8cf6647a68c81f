#include "base/address.h"
#include "base/alloc.h"
#include "base/error.h"
#include "gen/cli_khien.h"
#include "identity/enrol.h"
#include "os/file.h"

#include <stdio.h>

/* What a person can do about it, beside the sentence that says what is wrong. */
static bool advice_for(int error, enum kh_message *ret)
{
	static const struct {
		int error;
		enum kh_message advice;
	} table[] = {
		{KH_E_TOKEN_INVALID, KH_T_ENROLL_ASK_FOR_LINK},   {KH_E_TOKEN_EXPIRED, KH_T_ENROLL_ASK_FOR_LINK},
		{KH_E_TOKEN_USED, KH_T_ENROLL_ASK_FOR_LINK},      {KH_E_PIN_MISMATCH, KH_T_ENROLL_WRONG_SERVER},
		{KH_E_UNREACHABLE, KH_T_ENROLL_CHECK_NETWORK},    {KH_E_TIMEOUT, KH_T_ENROLL_CHECK_NETWORK},
		{KH_E_WRONG_CLOCK, KH_T_ENROLL_SET_CLOCK},        {KH_E_EXISTS, KH_T_ENROLL_USE_FORCE},
		{KH_E_PERMISSION, KH_T_ENROLL_USE_ROOT},          {KH_E_USAGE, KH_T_ENROLL_COPY_LINK},
	};
	for (size_t i = 0; i < KH_COUNT(table); i++)
		if (table[i].error == error) {
			*ret = table[i].advice;
			return true;
		}
	return false;
}

static int enrol(const struct kh_cli_call *call, const struct kh_enrolment_link *link, const char *state_dir, struct kh_identity *ret)
{
	const struct kh_enrol_options options = {
		.state_dir = state_dir,
		.configured_proxy = kh_cli_text(call, "proxy"),
		.force = kh_cli_flag(call, "force"),
	};
	return kh_enrol(link, &options, ret);
}

static void advise(const struct kh_cli_call *call, const struct kh_enrolment_link *link, int error)
{
	enum kh_message advice = 0;
	if (advice_for(error, &advice))
		fprintf(stderr, "%s\n", kh_text(call->language, advice));
	if (error != KH_E_UNREACHABLE)
		return;
	/* Most often it is the name: offices seldom have a name service that knows the server. */
	const char *host = strstr(link->server_url, "://") + 3;
	kh_auto_free char *name = kh_strndup(host, strcspn(host, ":"));
	kh_auto_free char *use_address = kh_text_with(call->language, KH_T_ENROLL_USE_ADDRESS, {"name", name});
	if (*name != '[' && !kh_is_ip(name))
		fprintf(stderr, "%s\n", use_address);
}

int kh_verb_enroll(struct kh_cli_call *call)
{
	const char *state_dir = kh_cli_text(call, "state") ? kh_cli_text(call, "state") : KH_STATE_DIR;
	kh_auto_identity struct kh_identity identity = {0};
	kh_auto_enrolment_link struct kh_enrolment_link link = {0};
	int r = kh_enrolment_link_parse(call->args[0], &link);
	if (r == 0)
		r = enrol(call, &link, state_dir, &identity);
	if (r < 0) {
		int status = kh_cli_report_error(call->program, call->language, r);
		advise(call, &link, r);
		return status;
	}
	kh_auto_free char *done = kh_text_with(call->language, KH_T_ENROLL_DONE, {"unit", identity.unit_name}, {"server", identity.server_url}, {"id", identity.endpoint});
	puts(done);
	return 0;
}
