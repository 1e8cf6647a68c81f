/* The sending half of notice.h: nothing is locked while a mail server thinks. */
#include "server/alert/notice.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/str.h"
#include "base/time.h"
#include "http/mail.h"
#include "os/file.h"
#include "server/server.h"
#include "server/trouble.h"

#define MAX_PASSWORD 1024

struct waiting {
	int64_t id, tries;
	char *channel, *receiver, *subject, *body;
};

struct letters {
	KH_ARRAY(struct waiting) of;
};

static void letters_done(struct letters *letters)
{
	kh_array_each(&letters->of, w) {
		free(w->channel);
		free(w->receiver);
		free(w->subject);
		free(w->body);
	}
	kh_array_done(&letters->of);
}

static int read_waiting(struct kh_db *db, int64_t now_s, struct letters *ret)
{
	kh_auto_stmt struct kh_stmt *s = NULL;
	int r = kh_db_query(db, &s,
			    "SELECT n.id, (SELECT COUNT(*) FROM notice_try t WHERE t.notice_id = n.id), n.channel, n.receiver, n.subject, n.body FROM notice n"
			    " WHERE n.state = 'waiting' AND n.next_s <= ?1 ORDER BY n.next_s, n.id LIMIT ?2",
			    now_s, KH_NOTICES_AT_ONCE);
	while (kh_stmt_next(s, &r))
		(void)kh_array_push(&ret->of, ((struct waiting){kh_stmt_int(s, 0), kh_stmt_int(s, 1), kh_strdup(kh_stmt_text(s, 2)), kh_strdup(kh_stmt_text(s, 3)),
								kh_strdup(kh_stmt_text(s, 4)), kh_strdup(kh_stmt_text(s, 5))}));
	return r;
}

/* ---- one ---- */

/* The first line of the file. */
static int read_password(const char *path, char **ret)
{
	kh_auto_buf struct kh_buf text = KH_BUF_INIT;
	int r = kh_file_read(path, MAX_PASSWORD, &text);
	if (r < 0)
		return r;
	*ret = kh_strndup(kh_buf_text(&text), strcspn(kh_buf_text(&text), "\r\n"));
	return 0;
}

static int check_mail_server(const struct kh_server_settings *settings)
{
	bool set = settings->smtp_url && *settings->smtp_url && settings->smtp_from && *settings->smtp_from;
	return set ? 0 : kh_fail(KH_E_NOT_SUPPORTED, "no mail server is set (smtp.url, smtp.from)");
}

static int send_mail(const struct kh_server_settings *settings, const struct waiting *w)
{
	kh_auto_free char *password = NULL;
	int r = check_mail_server(settings);
	if (r < 0)
		return r;
	r = settings->smtp_password_file && *settings->smtp_password_file ? read_password(settings->smtp_password_file, &password) : 0;
	if (r < 0)
		return r;
	struct kh_mail_server server = {settings->smtp_url, settings->smtp_user, password, settings->smtp_ca_file, !settings->smtp_tls};
	return kh_mail_send(&server, &(struct kh_mail){settings->smtp_from, w->receiver, w->subject, w->body, kh_now_s()});
}

struct outcome {
	int64_t id, now_s, next_s;
	const char *state, *error;
};

static int write_outcome(struct kh_db *writer, void *arg)
{
	const struct outcome *o = arg;
	int r = kh_db_run(writer, "INSERT INTO notice_try(notice_id, at_s, error) VALUES(?1, ?2, ?3)", o->id, o->now_s, o->error);
	return r < 0 ? r : kh_db_run(writer, "UPDATE notice SET state = ?2, next_s = ?3, done_s = CASE WHEN ?2 = 'waiting' THEN NULL ELSE CAST(?4 AS BIGINT) END WHERE id = ?1", o->id, o->state, o->next_s, o->now_s);
}

/* What was sent is noted, also when the thread is to stop: else it would be sent again. */
static int note_outcome(struct kh_server *server, struct outcome *o)
{
	const kh_stop_flag *stop = kh_stop_flag_of_thread();
	kh_stop_by(NULL);
	int r = kh_store_write(server->store, write_outcome, o);
	kh_stop_by(stop);
	return r;
}

/* Of mail the log tells once what is wrong with the server, not again with every letter. What is wrong with one letter alone, and of webhooks, it tells each time; each try of each is kept. */
static bool is_news(struct kh_server *server, const struct waiting *w, int error)
{
	if (!kh_streq(w->channel, "mail") || error == KH_E_INVALID_FIELD)
		return true;
	return error != KH_E_NOT_SUPPORTED && kh_trouble_note(server->troubles, KH_SERVER_TROUBLE_MAIL, error, kh_now_s());
}

static int deliver(struct kh_server *server, const struct waiting *w)
{
	const struct kh_server_settings *settings = &server->settings;
	int r = kh_streq(w->channel, "mail") ? send_mail(settings, w) : kh_webhook_post(w->receiver, settings->smtp_ca_file, w->body);
	if (r == KH_E_STOPPED)
		return r;
	kh_auto_free char *error = r < 0 ? kh_strdup(kh_fail_detail()) : NULL;
	struct outcome o = {.id = w->id, .now_s = kh_now_s(), .error = error};
	bool last = w->tries + 1 >= KH_NOTICE_TRIES || r == KH_E_NOT_SUPPORTED || r == KH_E_INVALID_FIELD;
	o.state = r == 0 ? "sent" : last ? "failed" : "waiting";
	o.next_s = o.now_s + (INT64_C(60) << w->tries);
	if (is_news(server, w, r) && r < 0)
		kh_log(KH_LOG_WARNING, "a notice was not sent", KH_I("notice", w->id), KH_S("channel", w->channel), KH_ERR(r));
	return note_outcome(server, &o);
}

/* Told once, whether there is anything to be sent or not. */
static void tell_of_missing_server(struct kh_server *server)
{
	int r = check_mail_server(&server->settings);
	if (kh_trouble_note(server->troubles, KH_SERVER_TROUBLE_MAIL_UNSET, r, kh_now_s()) && r < 0)
		kh_log(KH_LOG_WARNING, "alerts are mailed to nobody", KH_ERR(r));
}

int kh_notices_deliver(struct kh_server *server)
{
	struct letters letters KH_CLEANUP(letters_done) = {0};
	struct kh_db *db = NULL;
	tell_of_missing_server(server);
	int r = kh_store_reader(server->store, &db);
	if (r == 0)
		r = read_waiting(db, kh_now_s(), &letters);
	kh_array_each(&letters.of, w) {
		r = r < 0 ? r : kh_stop_check();
		r = r < 0 ? r : deliver(server, w);
	}
	return r;
}
