#include "server/register/register.h"

#include "base/error.h"
#include "base/str.h"

int kh_register_find(const char *name, const struct kh_register **ret)
{
	for (const struct kh_register *reg = kh_registers; reg->name; reg++)
		if (kh_streq(reg->name, name)) {
			*ret = reg;
			return 0;
		}
	return kh_fail(KH_E_UNKNOWN_REGISTER, "%s", name);
}

const struct kh_register_field *kh_register_field(const struct kh_register *reg, const char *name)
{
	for (const struct kh_register_field *f = reg->fields; f->name; f++)
		if (kh_streq(f->name, name))
			return f;
	return NULL;
}

const struct kh_register_state *kh_register_state(const struct kh_register *reg, const char *name)
{
	for (const struct kh_register_state *s = reg->states; s->name; s++)
		if (kh_streq(s->name, name))
			return s;
	return NULL;
}

const struct kh_register_move *kh_register_move(const struct kh_register *reg, const char *name)
{
	for (const struct kh_register_move *m = reg->moves; m->name; m++)
		if (kh_streq(m->name, name))
			return m;
	return NULL;
}

bool kh_register_lists(const char *const *names, const char *name)
{
	for (; *names; names++)
		if (kh_streq(*names, name))
			return true;
	return false;
}
