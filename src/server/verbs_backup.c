/* khien-server backup|restore */
#include "base/size.h"
#include "base/alloc.h"
#include "base/error.h"
#include "gen/cli_khien_server.h"
#include "server/audit/audit.h"
#include "server/backup.h"
#include "server/verb/verb.h"

#include <inttypes.h>
#include <stdio.h>

static int note_backup(struct kh_db *db, void *arg)
{
	const struct kh_verb *v = arg;
	return kh_audit_append(db, &(struct kh_audit){.actor = v->actor, .action = KH_AUDIT_ACTION_SERVER_BACKUP, .target = v->call->args[0]});
}

int kh_verb_backup(struct kh_cli_call *call)
{
	kh_auto_verb struct kh_verb v = {0};
	int64_t bytes = 0;
	int r = kh_verb_open(call, &v);
	if (r == 0)
		r = kh_backup_make(v.server, call->args[0], kh_cli_flag(call, "force"), &bytes);
	if (r == 0)
		r = kh_store_write(v.server->store, note_backup, &v);
	char size[KH_SIZE_TEXT];
	kh_size_text(v.language, (uint64_t)bytes, size);
	return r < 0 ? r : kh_verb_say(&v, KH_T_SERVER_BACKUP_MADE, {"path", call->args[0]}, {"size", size});
}

int kh_verb_restore(struct kh_cli_call *call)
{
	kh_auto_server_settings struct kh_server_settings settings = {0};
	KH_CLEANUP(kh_backup_restored_done) struct kh_backup_restored restored = {0};
	kh_auto_free char *actor = kh_verb_actor();
	int r = kh_verb_settings(call, &settings);
	if (r == 0)
		r = kh_backup_restore(&settings, call->args[0], kh_cli_flag(call, "force"), actor, &restored);
	if (r < 0)
		return r;
	char at[KH_ISO_SIZE];
	r = kh_print(kh_text_with(call->language, KH_T_SERVER_RESTORED, {"at", kh_verb_time(restored.made_s, at)}, {"path", settings.data}));
	if (r == 0 && restored.old_dir)
		r = kh_print(kh_text_with(call->language, KH_T_SERVER_RESTORED_OLD, {"path", restored.old_dir}));
	return r;
}
