/* Routes of spec/api/alerts.yaml. */
#include "base/error.h"
#include "server/alert/notice.h"
#include "server/api/call.h"
#include "server/register/register.h"

int kh_route_notice_list(struct kh_api_call *call)
{
	const struct kh_register *reg = NULL;
	json_t *items = NULL;
	int r = kh_register_find(kh_call_text(call, "register"), &reg);
	if (r == 0)
		r = kh_notices_list(call->db, &call->scope, reg->name, kh_call_int(call, "record"), &items);
	if (r == 0)
		kh_call_answer(call, kh_call_page(items, (int64_t)json_array_size(items)));
	return r;
}
