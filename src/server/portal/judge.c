#include "server/portal/judge.h"

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/str.h"
#include "base/time.h"

#include <stdio.h>

void kh_suspicions_done(struct kh_suspicions *s)
{
	kh_array_each(&s->of, one) free(one->detail);
	kh_array_done(&s->of);
}

/* The detail is taken over. */
static void suspect(const struct kh_judging *j, enum kh_portal_alarm_kind kind, char *detail, struct kh_suspicions *ret)
{
	struct kh_suspicion one = {.kind = kind, .fetch = j->fetch, .detail = detail};
	if (j->forgiven & 1U << kind)
		free(detail);
	else
		kh_array_push(&ret->of, one);
}

#define SAY(message, ...) kh_text_with(kh_language(), (message), __VA_ARGS__)
#define NUMBER_SIZE 24

static const char *number(int64_t n, char out[NUMBER_SIZE])
{
	snprintf(out, NUMBER_SIZE, "%lld", (long long)n);
	return out;
}

static bool is_mended(const struct kh_judging *j, enum kh_portal_alarm_kind kind)
{
	return j->mended & 1U << kind;
}

/* ---- the page ---- */

static const char *who_sees(enum kh_look look)
{
	static const enum kh_message messages[KH_LOOKS] = {KH_T_PORTAL_SEEN_BY_READER, KH_T_PORTAL_SEEN_BY_SEARCH, KH_T_PORTAL_SEEN_BY_VISITOR};
	return kh_text(kh_language(), messages[look]);
}

static void suspect_find(const struct kh_judging *j, enum kh_portal_alarm_kind kind, int find, enum kh_message message, struct kh_suspicions *ret)
{
	if (find < 0)
		return;
	const struct kh_page_find *f = &j->fetched->page.finds.v[find];
	suspect(j, kind, SAY(message, {"word", f->word}, {"where", f->where}, {"who", who_sees(j->look)}), ret);
}

static void judge_change(const struct kh_judging *j, const struct kh_change *c, struct kh_suspicions *ret)
{
	char text[NUMBER_SIZE], shape[NUMBER_SIZE];
	if (c->boast >= 0)
		suspect_find(j, KH_PORTAL_ALARM_KIND_DEFACE, c->boast, KH_T_PORTAL_BOAST, ret);
	else if (c->another && j->look == KH_LOOK_READER && !is_mended(j, KH_PORTAL_ALARM_KIND_DEFACE))
		suspect(j, KH_PORTAL_ALARM_KIND_DEFACE,
			c->title ? SAY(KH_T_PORTAL_TITLE, {"before", j->known->page.title}, {"now", j->fetched->page.title}, {"text", number(c->text, text)}, {"shape", number(c->shape, shape)})
				 : SAY(KH_T_PORTAL_CHANGED, {"text", number(c->text, text)}, {"shape", number(c->shape, shape)}),
			ret);
}

static void judge_links(const struct kh_judging *j, const struct kh_change *c, struct kh_suspicions *ret)
{
	char hosts[NUMBER_SIZE], hidden[NUMBER_SIZE];
	if (c->betting >= 0)
		suspect_find(j, KH_PORTAL_ALARM_KIND_INJECTED, c->betting, KH_T_PORTAL_BETTING, ret);
	else if (c->injected && j->look == KH_LOOK_READER && !is_mended(j, KH_PORTAL_ALARM_KIND_INJECTED))
		suspect(j, KH_PORTAL_ALARM_KIND_INJECTED, SAY(KH_T_PORTAL_LINKS, {"hosts", number((int64_t)c->new_hosts, hosts)}, {"hidden", number((int64_t)c->new_hidden_hosts, hidden)}), ret);
}

struct kh_change kh_judge_change(const struct kh_judging *j)
{
	return j->fetched->has_page ? kh_page_compare(j->known, &j->fetched->page) : (struct kh_change){0};
}

static void judge_page(const struct kh_judging *j, struct kh_suspicions *ret)
{
	struct kh_change c = kh_page_compare(j->known, &j->fetched->page);
	judge_change(j, &c, ret);
	judge_links(j, &c, ret);
	suspect_find(j, KH_PORTAL_ALARM_KIND_HIDDEN_FRAME, c.frame, KH_T_PORTAL_FRAME, ret);
	suspect_find(j, KH_PORTAL_ALARM_KIND_MALWARE, c.malware, KH_T_PORTAL_MALWARE, ret);
	suspect_find(j, KH_PORTAL_ALARM_KIND_REDIRECT, c.redirect, KH_T_PORTAL_REDIRECT_IN_PAGE, ret);
}

/* ---- where it leads ---- */

static void judge_redirect(const struct kh_judging *j, struct kh_suspicions *ret)
{
	char host[KH_HOST_SIZE] = "", own[KH_HOST_SIZE] = "";
	if (!kh_url_host(j->fetched->url, host) || !kh_url_host(j->own_url, own) || kh_host_same_site(host, own))
		return;
	bool learned = *j->site->host && kh_host_same_site(host, j->site->host);
	if (!learned && (*j->site->host || j->look != KH_LOOK_READER) && !is_mended(j, KH_PORTAL_ALARM_KIND_REDIRECT))
		suspect(j, KH_PORTAL_ALARM_KIND_REDIRECT, SAY(KH_T_PORTAL_REDIRECT, {"url", j->fetched->url}, {"who", who_sees(j->look)}), ret);
}

/* ---- the portal as a whole ---- */

static const char *status_words(enum kh_portal_status status)
{
	return kh_codes_portal_status[status].text[kh_language()];
}

static void judge_reach(const struct kh_judging *j, struct kh_suspicions *ret)
{
	char http[NUMBER_SIZE];
	enum kh_portal_status status = j->fetched->status;
	if (status == KH_PORTAL_STATUS_PRIVATE)
		suspect(j, KH_PORTAL_ALARM_KIND_REDIRECT, SAY(KH_T_PORTAL_PRIVATE, {"url", j->fetched->url}), ret);
	else if (status == KH_PORTAL_STATUS_HTTP_ERROR)
		suspect(j, KH_PORTAL_ALARM_KIND_DOWN, SAY(KH_T_PORTAL_HTTP, {"http", number(j->fetched->http, http)}), ret);
	else
		suspect(j, KH_PORTAL_ALARM_KIND_DOWN, SAY(KH_T_PORTAL_DOWN, {"what", status_words(status)}, {"detail", j->fetched->detail}), ret);
}

static void judge_certificate(const struct kh_judging *j, struct kh_suspicions *ret)
{
	const struct kh_site_certificate *c = &j->fetched->certificate, *known = &j->site->certificate;
	char until[KH_ISO_SIZE];
	if (!c->any) {
		if (known->any && !is_mended(j, KH_PORTAL_ALARM_KIND_CERTIFICATE))
			suspect(j, KH_PORTAL_ALARM_KIND_CERTIFICATE, kh_strdup(kh_text(kh_language(), KH_T_PORTAL_NO_TLS)), ret);
		return;
	}
	bool accepted = *j->site->accepted && kh_streq(j->site->accepted, c->pin);
	kh_time_local(c->until_s, until);
	if (c->until_s <= j->now_s)
		suspect(j, KH_PORTAL_ALARM_KIND_CERTIFICATE, SAY(KH_T_PORTAL_EXPIRED, {"until", until}), ret);
	else if (!c->name_fits && !accepted)
		suspect(j, KH_PORTAL_ALARM_KIND_CERTIFICATE, kh_strdup(kh_text(kh_language(), KH_T_PORTAL_OTHER_NAME)), ret);
	else if (!c->trusted && !accepted)
		suspect(j, KH_PORTAL_ALARM_KIND_CERTIFICATE, SAY(KH_T_PORTAL_UNTRUSTED, {"issuer", c->issuer}), ret);
	else if (c->until_s < j->now_s + j->certificate_days * KH_DAY_S)
		suspect(j, KH_PORTAL_ALARM_KIND_CERTIFICATE, SAY(KH_T_PORTAL_EXPIRES, {"until", until}), ret);
	else if (known->any && *known->issuer && !kh_streq(known->issuer, c->issuer) && !is_mended(j, KH_PORTAL_ALARM_KIND_CERTIFICATE))
		suspect(j, KH_PORTAL_ALARM_KIND_CERTIFICATE, SAY(KH_T_PORTAL_ISSUER, {"before", known->issuer}, {"now", c->issuer}), ret);
}

static void judge_headers(const struct kh_judging *j, struct kh_suspicions *ret)
{
	unsigned lost = j->site->own_url ? j->site->headers & ~j->fetched->headers : 0;
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	for (unsigned i = 0; i < KH_SECURITY_HEADERS; i++)
		if (lost & 1U << i)
			kh_buf_add_item(&b, kh_security_header_names[i]);
	if (lost && !is_mended(j, KH_PORTAL_ALARM_KIND_HEADERS))
		suspect(j, KH_PORTAL_ALARM_KIND_HEADERS, SAY(KH_T_PORTAL_HEADERS, {"headers", kh_buf_text(&b)}), ret);
}

static char *names_text(const struct kh_names *names)
{
	kh_auto_buf struct kh_buf b = KH_BUF_INIT;
	kh_array_each(&names->of, name) kh_buf_add_item(&b, *name);
	return kh_strdup(kh_buf_text(&b));
}

/* Nobody serves the name any more: it was taken out, or its zone has ended. */
static bool is_gone(const struct kh_judging *j)
{
	return j->site->addresses.of.n && j->fetched->addresses.asked && !j->fetched->addresses.of.n;
}

/* A site whose addresses were all new more than once lives behind a network of delivery: then only its name servers tell. */
static void judge_names(const struct kh_judging *j, struct kh_suspicions *ret)
{
	const struct kh_site *site = j->site;
	bool addresses = site->moves < KH_REGION_CHANGES && kh_names_are_others(&site->addresses, &j->fetched->addresses);
	bool servers = kh_names_are_others(&site->servers, &j->fetched->servers);
	if ((!addresses && !servers && !is_gone(j)) || is_mended(j, KH_PORTAL_ALARM_KIND_DNS))
		return;
	kh_auto_free char *before = names_text(servers ? &site->servers : &site->addresses), *now = names_text(servers ? &j->fetched->servers : &j->fetched->addresses);
	if (is_gone(j))
		suspect(j, KH_PORTAL_ALARM_KIND_DNS, SAY(KH_T_PORTAL_NO_ADDRESSES, {"before", before}), ret);
	else
		suspect(j, KH_PORTAL_ALARM_KIND_DNS, SAY(servers ? KH_T_PORTAL_SERVERS : KH_T_PORTAL_ADDRESSES, {"before", before}, {"now", now}), ret);
}

/* ---- the whole ---- */

void kh_judge(const struct kh_judging *j, struct kh_suspicions *ret)
{
	bool whole = j->first && j->look == KH_LOOK_READER;
	if (whole)
		judge_names(j, ret);
	if (j->fetched->status != KH_PORTAL_STATUS_UP) {
		if (whole)
			judge_reach(j, ret);
		return;
	}
	if (whole) {
		judge_certificate(j, ret);
		judge_headers(j, ret);
	}
	judge_redirect(j, ret);
	judge_page(j, ret);
}
